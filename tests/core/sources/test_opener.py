from pathlib import Path

from aura_core.settings import Settings
from aura_core.sources import FolderSource, LocalSource, MirrorSource, RepositorySources, identify
from tests.support import GitRepository


def test_a_repository_is_opened_by_its_kind(repo: GitRepository, sources: RepositorySources, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    addresses = (str(repo.path), f"file://{repo.path}", str(tmp_path / "notes"))
    kinds = [type(sources.open(identify(address, from_cli=True))) for address in addresses]
    assert kinds == [LocalSource, MirrorSource, FolderSource]


def test_a_checkout_is_watched_until_it_is_unwatched_or_the_sources_are_closed(
    repo: GitRepository, sources: RepositorySources
) -> None:
    repository = identify(str(repo.path), from_cli=True)
    assert not sources.is_watched(repository)
    watcher = sources.watch(repository)
    assert sources.watch(repository) is watcher
    assert sources.is_watched(repository)
    sources.unwatch(repository)
    assert not sources.is_watched(repository)
    sources.watch(repository)
    sources.close()
    assert not sources.is_watched(repository)


def test_two_homes_in_one_process_share_no_watcher(
    repo: GitRepository, sources: RepositorySources, tmp_path: Path
) -> None:
    repository = identify(str(repo.path), from_cli=True)
    sources.watch(repository)
    assert not RepositorySources(Settings(home=tmp_path / "other")).is_watched(repository)
