import os
import re
import subprocess
from pathlib import Path

import pytest

from aura_core.errors import InvalidRequest, UnsupportedRepository
from aura_core.model.repository import RepositoryKind
from aura_core.sources import identify
from tests.support import GitRepository


def test_a_path_inside_a_checkout_is_its_top_folder(repo: GitRepository) -> None:
    repo.commit({"pkg/deep/a.py": ""})
    ids = {
        identify(str(p), from_cli=True).id
        for p in (repo.path, repo.path / "pkg" / "deep", repo.path / ".git", repo.path / "pkg/deep/a.py")
    }
    repository = identify(str(repo.path / "pkg"), from_cli=True)
    assert ids == {repository.id}
    assert (repository.kind, repository.origin, repository.name) == (RepositoryKind.LOCAL, str(repo.path), "repo")


def test_a_link_to_a_checkout_is_the_checkout(repo: GitRepository, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repo.path)
    assert identify(str(tmp_path / "link"), from_cli=True).origin == str(repo.path)


def test_a_plain_folder_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "Some Notes").mkdir()
    repository = identify(str(tmp_path / "Some Notes"), from_cli=True)
    assert repository.kind is RepositoryKind.FOLDER
    assert repository.id.startswith("some-notes-")


def test_a_file_in_no_repository_is_refused(tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text("x = 1\n")
    with pytest.raises(InvalidRequest, match="is a file outside of every repository"):
        identify(str(tmp_path / "alone.py"), from_cli=True)


def test_an_empty_git_folder_does_not_make_a_repository(tmp_path: Path) -> None:
    (tmp_path / "plain" / ".git").mkdir(parents=True)
    assert identify(str(tmp_path / "plain"), from_cli=True).kind is RepositoryKind.FOLDER


def test_each_linked_worktree_is_a_repository_of_its_own(repo: GitRepository, tmp_path: Path) -> None:
    repo.commit({"a.py": ""})
    repo.git("worktree", "add", "-q", str(tmp_path / "second"), "-b", "other")
    first, second = (identify(str(p), from_cli=True) for p in (repo.path, tmp_path / "second"))
    assert first.id != second.id
    assert second.origin == str(tmp_path / "second")


def test_a_bare_repository_is_named_without_its_suffix(tmp_path: Path) -> None:
    GitRepository(tmp_path / "tool.git", bare=True)
    repository = identify(str(tmp_path / "tool.git"), from_cli=True)
    assert (repository.kind, repository.name) == (RepositoryKind.LOCAL, "tool")


def test_relative_paths_and_the_home_sign_are_for_the_command_line(
    repo: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo.path.parent)
    assert identify("repo", from_cli=True).origin == str(repo.path)
    monkeypatch.setenv("HOME", str(repo.path.parent))
    assert identify("~/repo", from_cli=True).origin == str(repo.path)
    for text in ("repo", "~/repo", "../repo"):
        with pytest.raises(InvalidRequest, match="absolute"):
            identify(text, from_cli=False)


@pytest.mark.parametrize("text", ["", "   ", "/no/such/folder", "a\0b", "~nobody-of-this-name", "~0"])
def test_what_is_not_there_is_refused_with_the_field(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        identify(text, from_cli=True)
    assert caught.value.details == {"field": "repo"}
    assert caught.value.remedy


def test_the_home_never_indexes_itself(tmp_path: Path) -> None:
    (tmp_path / "home" / "mirrors" / "x").mkdir(parents=True)
    for text in (tmp_path / "home", tmp_path / "home" / "mirrors" / "x", f"file://{tmp_path}/home/mirrors/x"):
        with pytest.raises(InvalidRequest, match="never indexed"):
            identify(str(text), from_cli=True, home=tmp_path / "home")
    assert identify(str(tmp_path), from_cli=True, home=tmp_path / "home").kind is RepositoryKind.FOLDER


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://GitHub.com/Org/Name.git", "https://github.com/Org/Name"),
        ("HTTPS://github.com:443/Org/Name/", "https://github.com/Org/Name"),
        ("https://example.org:8443//a//b.git/", "https://example.org:8443/a/b"),
        ("ssh://git@Host:22/srv/name.git", "ssh://git@host/srv/name"),
        ("ssh://git@host:2222/~me/name", "ssh://git@host:2222/~me/name"),
        ("ssh://git@[::1]:2222/name", "ssh://git@[::1]:2222/name"),
        ("git@GitHub.com:Org/Name.git", "git@github.com:Org/Name"),
        ("host:name.git/", "host:name"),
        ("file:///srv/git/name.git/", "file:///srv/git/name.git"),
    ],
)
def test_an_address_has_one_spelling(text: str, origin: str) -> None:
    repository = identify(text, from_cli=True)
    assert (repository.kind, repository.origin) == (RepositoryKind.MIRROR, origin)
    assert repository.name.lower() == "name" or repository.name == "b"
    assert identify(origin, from_cli=True).id == repository.id


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org/a",
        "git://example.org/a",
        "ext::sh -c id",
        "ext::id",
        "ftp://example.org/a",
        "https://",
        "https:///a",
        "https://example.org",
        "https://example.org/",
        "https://-oProxyCommand=x/a",
        "ssh://-oProxyCommand=x/a",
        "ssh://-lx@host/a",
        "-oProxyCommand=x:a",
        "host:-x",
        "https://example.org/a?b=c",
        "https://example.org/a#b",
        "https://example.org/a b",
        "https://example.org/a\nb",
        "https://example.org:99999/a",
        "https://exa mple.org/a",
        "ssh://host/a\\b",
        "file://other/a",
        "file:///",
        "https://[::1/a",
        "https://example.org/" + "a" * 3_000,
    ],
)
def test_other_addresses_are_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        identify(text, from_cli=True)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text", ["https://me:s3cret@example.org/a", "https://s3cret@example.org/a", "ssh://git:s3cret@example.org/a"]
)
def test_passwords_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        identify(text, from_cli=True)
    assert "s3cret" not in str(caught.value)
    assert "ssh keys" in caught.value.remedy


def test_file_addresses_are_for_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="command line"):
        identify(f"file://{tmp_path}", from_cli=False)


def test_a_local_folder_with_a_colon_wins_over_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "host:name").mkdir()
    monkeypatch.chdir(tmp_path)
    assert identify("host:name", from_cli=True).kind is RepositoryKind.FOLDER
    assert identify("host:name", from_cli=False).kind is RepositoryKind.MIRROR


@pytest.mark.parametrize("name", ["x" * 200, "Ünï cödé", "...", "-", "a b&c"])
def test_an_id_is_short_and_plain(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", identify(str(tmp_path / name), from_cli=True).id)


def test_who_added_it_is_remembered(tmp_path: Path) -> None:
    assert identify(str(tmp_path), from_cli=True).added_by == "cli"
    assert identify(str(tmp_path), from_cli=False).added_by == "api"


def test_a_path_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(odd)
    with pytest.raises(InvalidRequest, match="UTF-8"):
        identify(os.fsdecode(odd), from_cli=True)


def test_sha256_object_names_are_named(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    subprocess.run(["git", "init", "-q", "--object-format=sha256", tmp_path / "r"], check=True)
    with pytest.raises(UnsupportedRepository, match="SHA-256"):
        identify(str(tmp_path / "r"), from_cli=True)


def test_reftables_are_named(repo: GitRepository) -> None:
    repo.git("config", "core.repositoryformatversion", "1")
    repo.git("config", "extensions.refstorage", "reftable")
    with pytest.raises(UnsupportedRepository, match="reftable") as caught:
        identify(str(repo.path), from_cli=True)
    assert "refs migrate" in caught.value.remedy


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_another_users_repository_is_named(repo: GitRepository) -> None:
    for folder in (repo.path, repo.path / ".git"):
        os.chown(folder, 12_345, 12_345)
    with pytest.raises(UnsupportedRepository, match="another user") as caught:
        identify(str(repo.path), from_cli=True)
    assert "safe.directory" in caught.value.remedy


def test_files_kept_in_another_folder_are_refused(repo: GitRepository, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    repo.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    with pytest.raises(UnsupportedRepository, match="another folder"):
        identify(str(repo.path), from_cli=True)
