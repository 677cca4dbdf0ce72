import pytest

from aura_core.sources.worktree.files import hash_file, read_file
from tests.support import GitRepository


def test_reading_a_file_stops_at_the_limit_and_at_links(repo: GitRepository) -> None:
    repo.write({"a.txt": "abc"})
    (repo.path / "link").symlink_to("a.txt")
    assert read_file(repo.path, "a.txt", 3) == b"abc"
    assert read_file(repo.path, "a.txt", 2, whole=False) == b"ab"
    assert hash_file(repo.path, "a.txt") == repo.git("hash-object", "a.txt")
    for path, limit in (("a.txt", 2), ("link", 9), (".git", 9), ("none", 9)):
        with pytest.raises(OSError):  # noqa: PT011
            read_file(repo.path, path, limit)
    with pytest.raises(OSError):  # noqa: PT011
        hash_file(repo.path, "link")
