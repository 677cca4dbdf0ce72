import pytest

from aura_core.sources.rules.file_kinds import is_lfs_pointer, looks_binary, reason_by_name


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
