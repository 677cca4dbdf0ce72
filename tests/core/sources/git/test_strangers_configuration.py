"""Nothing that a stranger's repository configures is run: neither in a checkout, nor when it is mirrored."""

from pathlib import Path

import pytest

from aura_core.errors import InvalidRequest, UnknownRevision
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from tests.support import GitRepository


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A file that a command of the stranger's would create."""
    return tmp_path / "mark"


@pytest.fixture
def stranger(tmp_path: Path, mark: Path) -> GitRepository:
    repository = GitRepository(tmp_path / "stranger")
    repository.commit({"a.py": "def go():\n    return 1\n", ".gitattributes": "*.py filter=evil diff=evil\n"})
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
    script.chmod(0o755)
    for hook in ("post-checkout", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman", "post-index-change"):
        (repository.path / ".git" / "hooks").mkdir(exist_ok=True)
        (repository.path / ".git" / "hooks" / hook).symlink_to(script)
    (tmp_path / "included").write_text(f"[core]\n\tfsmonitor = {script}\n\tsshCommand = {script}\n")
    config = repository.path / ".git" / "config"
    config.write_text(
        config.read_text() + f"[include]\n\tpath = {tmp_path}/included\n"
        f"[core]\n\tfsmonitor = {script}\n\tsshCommand = {script}\n\tpager = {script}\n\teditor = {script}\n"
        f"\talternateRefsCommand = {script}\n\tgitProxy = {script}\n"
        f'[filter "evil"]\n\tclean = {script}\n\tsmudge = {script}\n\tprocess = {script}\n'
        f'[diff "evil"]\n\tcommand = {script}\n\ttextconv = {script}\n'
        f"[uploadpack]\n\tpackObjectsHook = {script}\n[credential]\n\thelper = {script}\n[gpg]\n\tprogram = {script}\n"
    )
    return repository


def test_a_checkout_is_read_without_a_program_of_its_own(stores: Stores, stranger: GitRepository, mark: Path) -> None:
    aura = Aura(stores, local=True)
    repo = aura.add(str(stranger.path), from_cli=True).id
    aura.index(repo)
    (stranger.path / "a.py").write_text("def go():\n    return 2\n")
    aura.index(repo)
    assert aura.at(repo).graph().find("go")
    assert not mark.exists()


def test_a_mirror_is_fetched_without_a_program_of_the_remote(
    stores: Stores, stranger: GitRepository, mark: Path
) -> None:
    aura = Aura(stores)
    repo = aura.add(f"file://{stranger.path}", from_cli=True).id
    aura.index(repo)
    assert aura.at(repo).graph().find("go")
    assert not mark.exists()


@pytest.mark.parametrize("option", ["--upload-pack=touch {mark}", "-cfoo=bar", "--output={mark}", "-"])
def test_no_text_of_a_user_becomes_an_option(stores: Stores, stranger: GitRepository, mark: Path, option: str) -> None:
    aura, text = Aura(stores), option.format(mark=mark)
    repo = aura.add(f"file://{stranger.path}", from_cli=True).id
    aura.index(repo)
    for ask in (
        lambda: aura.index(repo, revision=text),
        lambda: aura.at(repo, text),
        lambda: aura.add(f"ssh://{text}/a", from_cli=False),
        lambda: aura.add(f"git@{text}:a", from_cli=False),
    ):
        with pytest.raises((UnknownRevision, InvalidRequest)):
            ask()
    assert not mark.exists()


def test_a_question_opens_no_repository_that_nobody_registered(
    stores: Stores, stranger: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise AssertionError(path)

    monkeypatch.setattr("aura_core.sources.identity.open_repository", refuse)
    with pytest.raises(Exception, match="There is no repository"):
        Aura(stores).repository(str(stranger.path))
