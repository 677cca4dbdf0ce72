import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aura_core.settings import Settings
from aura_core.sources import Source, identify, open_source
from aura_core.sources.git import recent_trees
from aura_core.sources.rules.selection import Entry
from tests.core.sources.conftest import Opener
from tests.support import GitRepository

PATHS = st.sampled_from(
    [
        "a.py",
        "b.py",
        "d/a.py",
        "d/pic.png",
        "d/raw",
        "vendor/v.py",
        "gen/x_pb2.py",
        ".auraignore",
        "d/.gitattributes",
        "d/e/%FF.py",
    ]
)
TEXTS = st.sampled_from(["", "one\n", "two\n", "d/\n", "a.py linguist-generated\n", "nul\0\n", "x" * 2_000])
TREES = st.dictionaries(PATHS, st.tuples(TEXTS, st.booleans()), max_size=7)


@given(history=st.lists(TREES, min_size=2, max_size=5))
@limits(max_examples=40, deadline=None)
def test_a_tree_advanced_from_another_commits_equals_one_judged_anew(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, tuple[str, bool]]]
) -> None:
    repo = GitRepository(tmp_path_factory.mktemp("advanced"))
    shas = [_commit(repo, tree) for tree in history]
    settings = Settings(home=repo.path.parent / "home", max_file_bytes=1_000)
    source = open_source(identify(str(repo.path), from_cli=True), settings)
    for sha in [*shas, *reversed(shas)]:
        advanced = source.tree(sha)
        recent_trees._last.clear()
        fresh = source.tree(sha)
        assert advanced == fresh


def _commit(repo: GitRepository, tree: dict[str, tuple[str, bool]]) -> str:
    repo.git("rm", "-rqf", "--ignore-unmatch", ".")
    for path, (text, is_link) in tree.items():
        file = repo.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if is_link:
            file.symlink_to("nowhere")
        else:
            file.write_text(text)
    return repo.commit()


def test_the_next_commit_looks_only_at_what_changed(
    repo: GitRepository, source_of: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repo.commit({f"{n}.unknown": str(n) for n in range(50)})
    second = repo.commit({"3.unknown": "changed", "new.unknown": "n", "4.unknown": None})
    source: Source = source_of(repo.path)
    source.tree(first)
    looked: list[str] = []
    judge = type(source).head_bytes  # type: ignore[attr-defined]

    def watched(self: Source, entry: Entry) -> bytes:
        looked.append(entry.path)
        data: bytes = judge(self, entry)
        return data

    monkeypatch.setattr(type(source), "head_bytes", watched)
    tree = source.tree(second)
    assert sorted(set(looked)) == ["3.unknown", "new.unknown"]
    assert len(tree.files) == 50


def test_settings_are_not_mixed_up(repo: GitRepository, source_of: Opener) -> None:
    sha = repo.commit({"a.py": "x" * 1_500})
    assert len(source_of(repo.path).tree(sha).files) == 1
    smaller = Settings(home=repo.path.parent / "home", max_file_bytes=1_000)
    assert open_source(identify(str(repo.path), from_cli=True), smaller).tree(sha).skipped == {"too_large": 1}


def test_only_a_few_repositories_are_remembered(
    repo: GitRepository, source_of: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_trees, "MAX_REPOSITORIES", 1)
    sha = repo.commit({"a.py": "a"})
    source_of(repo.path).tree(sha)
    other = GitRepository(repo.path.parent / "other")
    source_of(other.path).tree(other.commit({"b.py": "b"}))
    assert [key[0] for key in recent_trees._last] == [str(other.path)]


def test_lag_behind_a_commit_that_is_gone_is_still_counted(repo: GitRepository, source_of: Opener) -> None:
    repo.commit({"a.py": "a"})
    second = repo.commit({"a.py": "b"})
    assert source_of(repo.path).commits_between("0" * 40, second) == 2
