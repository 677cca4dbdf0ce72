import pytest

from aura_core.sources.paths import decode_path, display_path, encode_path
from aura_core.sources.rules.attributes import Attributes, parse_attributes
from aura_core.sources.rules.file_kinds import is_lfs_pointer, looks_binary, reason_by_name
from aura_core.sources.worktree.files import hash_file, read_file
from tests.support import GitRepository


@pytest.mark.parametrize(
    ("data", "is_binary"),
    [
        (b"a\0b", True),
        (b"a" * 9_000 + b"\0", False),
        (b"\xff\xfea\0", False),
        (b"", False),
        (b"caf\xe9", False),
    ],
)
def test_a_nul_among_the_first_bytes_says_that_a_file_is_binary(data: bytes, is_binary: bool) -> None:
    assert looks_binary(data) is is_binary


def test_lfs_pointers_are_told_by_their_first_line() -> None:
    assert is_lfs_pointer(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    assert not is_lfs_pointer(b"version 1\n")


@pytest.mark.parametrize(
    ("name", "reason"),
    [("a.PY", None), ("x.JPG", "binary"), ("Cargo.lock", "generated"), ("x.pot", "translations"), ("Makefile", None)],
)
def test_names_say_it_without_regard_to_case(name: str, reason: str | None) -> None:
    assert reason_by_name(name) == reason


def test_the_last_line_of_the_deepest_attribute_file_wins() -> None:
    top = parse_attributes(
        b"*.py linguist-generated\nb.py !linguist-generated\n*.js linguist-generated=false linguist-vendored=true\n[bad filter=x\n"
    )
    rules = Attributes({"": top, "d": parse_attributes(b"a.py -linguist-generated\n")})
    said = {path: rules.get(path, "linguist-generated") for path in ("a.py", "b.py", "d/a.py", "d/c.py", "x.js", "x.c")}
    assert said == {"a.py": True, "b.py": None, "d/a.py": False, "d/c.py": True, "x.js": False, "x.c": None}
    assert rules.get("x.js", "linguist-vendored") is True


def test_a_quoted_attribute_pattern_is_a_c_string() -> None:
    rules = Attributes(
        {"": parse_attributes(b'"\\303\\251 x.py" filter=lfs\n"tab\\there" filter=lfs\n"bad\\x" filter=lfs\n')}
    )
    assert [rules.get(path, "filter") for path in ("é x.py", "tab\there", "e x.py")] == ["lfs", "lfs", None]


@pytest.mark.parametrize("raw", [b"plain", "é".encode(), b"\xff\xfe", b"mixed\xe9" + "é".encode()])
def test_a_working_path_can_be_turned_back(raw: bytes) -> None:
    assert encode_path(decode_path(raw)) == raw
    assert display_path(decode_path(raw)).encode()


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
