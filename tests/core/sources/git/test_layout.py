"""What a repository consists of lies in allowed folders, or the repository is refused before it is opened."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aura_core.errors import Forbidden
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.sources.git.layout import read_layout
from tests.support import GitRepository


@pytest.fixture
def secret(tmp_path: Path) -> GitRepository:
    """A repository outside of all allowed folders."""
    repository = GitRepository(tmp_path / "secret")
    repository.commit({"secret.py": "KEY = 1"})
    return repository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def aura(stores: Stores, root: Path) -> Aura:
    return Aura(stores.with_settings(repo_roots=(root,)))


def git_file(top: Path, secret: GitRepository) -> None:
    top.mkdir()
    (top / ".git").write_text(f"gitdir: {secret.path}/.git\n")


def relative_git_file(top: Path, _secret: GitRepository) -> None:
    top.mkdir()
    (top / ".git").write_text("gitdir: ../../secret/.git\n")


def git_link(top: Path, secret: GitRepository) -> None:
    top.mkdir()
    (top / ".git").symlink_to(secret.path / ".git")


def common_folder(top: Path, secret: GitRepository) -> None:
    GitRepository(top).commit({"a.py": "a"})
    (top / ".git" / "commondir").write_text(os.path.relpath(secret.path / ".git", top / ".git"))


def alternates(top: Path, secret: GitRepository) -> None:
    GitRepository(top).commit({"a.py": "a"})
    (top / ".git" / "objects" / "info" / "alternates").write_text(f"# others\n{secret.path}/.git/objects\n")


def alternates_of_alternates(top: Path, secret: GitRepository) -> None:
    GitRepository(top).commit({"a.py": "a"})
    near = GitRepository(top.with_name("near"))
    (top / ".git" / "objects" / "info" / "alternates").write_text(f"{near.path}/.git/objects\n")
    (near.path / ".git" / "objects" / "info" / "alternates").write_text(f"{secret.path}/.git/objects\n")


def linked_objects(top: Path, secret: GitRepository) -> None:
    repo = GitRepository(top)
    (top / ".git" / "objects" / "info").rmdir()
    (top / ".git" / "objects" / "pack").rmdir()
    (top / ".git" / "objects").rmdir()
    (top / ".git" / "objects").symlink_to(secret.path / ".git" / "objects")
    repo.commit({"a.py": "a"})


def linked_pack(top: Path, secret: GitRepository) -> None:
    GitRepository(top).commit({"a.py": "a"})
    secret.git("gc", "-q")
    for file in (secret.path / ".git" / "objects" / "pack").iterdir():
        (top / ".git" / "objects" / "pack" / file.name).symlink_to(file)


ESCAPES = [
    git_file,
    relative_git_file,
    git_link,
    common_folder,
    alternates,
    alternates_of_alternates,
    linked_objects,
    linked_pack,
]


@pytest.mark.parametrize("escape", ESCAPES)
def test_what_leads_out_of_the_roots_is_refused_over_http(
    aura: Aura, root: Path, secret: GitRepository, escape: Callable[[Path, GitRepository], None]
) -> None:
    escape(root / "inner", secret)
    with pytest.raises(Forbidden, match="AURA_REPO_ROOTS"):
        aura.add(str(root / "inner"), from_cli=False)


@pytest.mark.parametrize("escape", [alternates, linked_pack, git_link])
def test_what_leads_out_later_is_refused_when_it_is_opened(
    aura: Aura, root: Path, secret: GitRepository, escape: Callable[[Path, GitRepository], None]
) -> None:
    GitRepository(root / "inner").commit({"a.py": "a"})
    repository = aura.add(str(root / "inner"), from_cli=False)
    assert aura.index(repository.id).sha
    (root / "inner").rename(root / "before")
    escape(root / "inner", secret)
    with pytest.raises(Forbidden, match="AURA_REPO_ROOTS"):
        aura.index(repository.id)
    assert "AURA_REPO_ROOTS" in aura.status(repository.id).problem


def test_a_folder_that_becomes_a_link_out_of_the_roots_is_refused(
    aura: Aura, root: Path, secret: GitRepository
) -> None:
    GitRepository(root / "inner").commit({"a.py": "a"})
    repository = aura.add(str(root / "inner"), from_cli=False)
    (root / "inner").rename(root.parent / "moved")
    (root / "inner").symlink_to(secret.path)
    with pytest.raises(Forbidden):
        aura.index(repository.id)


def test_a_folder_inside_a_repository_that_begins_above_the_roots_is_refused(
    aura: Aura, root: Path, tmp_path: Path
) -> None:
    (root / "inner").mkdir()
    GitRepository(tmp_path)
    with pytest.raises(Forbidden):
        aura.add(str(root / "inner"), from_cli=False)


def test_worktrees_and_alternates_within_the_roots_are_read(aura: Aura, root: Path) -> None:
    main = GitRepository(root / "main")
    sha = main.commit({"a.py": "a"})
    main.git("worktree", "add", "-q", "--detach", str(root / "linked"))
    main.git("clone", "-q", "--shared", str(main.path), str(root / "shared"))
    for name in ("main", "linked", "shared"):
        assert aura.index(aura.add(str(root / name), from_cli=False).id).sha == sha
    layout = read_layout(root / "linked")
    assert layout.common_folder == main.path / ".git"
    assert read_layout(root / "shared").object_folders[1:] == (main.path / ".git" / "objects",)


def test_the_command_line_may_add_what_it_likes(aura: Aura, root: Path, secret: GitRepository) -> None:
    alternates(root / "inner", secret)
    assert aura.index(aura.add(str(root / "inner"), from_cli=True).id).sha
