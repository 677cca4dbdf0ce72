import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura_core.sources.rules.globs import BadPattern, compile_glob
from aura_core.sources.rules.ignore_files import IgnoreRules, parse_ignore
from tests.support import GitRepository

NAMES = st.sampled_from(["a", "b", "ab", "a.py", "b.py", "x y", "[a]", "!a", "#a"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PIECES = st.sampled_from(
    [
        "a",
        "b",
        "*",
        "**",
        "/",
        "/**/",
        "**/",
        "/**",
        "?",
        "[ab]",
        "[!a]",
        "[a-",
        "\\*",
        "\\",
        ".py",
        "*.py",
        " ",
        "!",
        "#",
        "é",
        "[[:alpha:]]",
        "[^b]",
        "]",
    ]
)
ODD = re.compile(r"[^/]\*\*|\*\*[^/]")
"""Two stars beside a name: gitignore(5) calls them one star, git itself is of two minds."""
LINES = st.lists(
    st.lists(PIECES, min_size=1, max_size=4).map("".join).filter(lambda line: not ODD.search(line)),
    min_size=1,
    max_size=5,
)


@given(top=LINES, below=LINES, paths=st.lists(PATHS, min_size=1, max_size=8, unique=True))
@settings(max_examples=100, deadline=None)
def test_ignore_files_decide_as_git_does(
    tmp_path_factory: pytest.TempPathFactory, top: list[str], below: list[str], paths: list[str]
) -> None:
    repo = GitRepository(tmp_path_factory.mktemp("ignored"))
    texts = {"": "\n".join(top), "a": "\n".join(below)}
    (repo.path / "a").mkdir()
    for folder, text in texts.items():
        (repo.path / folder / ".gitignore").write_bytes(text.encode())
    ours = IgnoreRules({folder: parse_ignore(text.encode()) for folder, text in texts.items()})
    files = [path for path in paths if path != "a"]
    assert [path for path in files if ours.ignores_file(path)] == _ignored_by_git(repo.path, files)


def _ignored_by_git(folder: Path, paths: list[str]) -> list[str]:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    null_separated = b"".join(p.encode() + b"\0" for p in paths)
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=folder,
        env=env,
        input=null_separated,
        capture_output=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return [p.decode() for p in done.stdout.split(b"\0") if p]


@pytest.mark.parametrize(
    ("pattern", "path", "is_folder", "meant"),
    [
        ("*.py", "a/b.py", False, True),
        ("/*.py", "a/b.py", False, False),
        ("build/", "build", False, False),
        ("build/", "x/build", True, True),
        ("a/**/b", "a/b", False, True),
        ("a/**/b", "a/x/y/b", False, True),
        ("**/b", "b", False, True),
        ("a/**", "a", True, False),
        ("a/**", "a/b/c", False, True),
        ("[[:digit:]]x", "7x", False, True),
        ("[!0-9]x", "7x", False, False),
        ("[]a]", "]", False, True),
        ("\\!a", "!a", False, True),
    ],
)
def test_patterns_follow_the_manual(pattern: str, path: str, is_folder: bool, meant: bool) -> None:
    assert compile_glob(pattern).matches(path, os.path.basename(path), is_folder) is meant


@pytest.mark.parametrize("pattern", ["[a", "a\\", "/", "[[:nonsense:]]"])
def test_patterns_that_git_never_matches_are_bad(pattern: str) -> None:
    with pytest.raises(BadPattern):
        compile_glob(pattern)


def test_a_byte_order_mark_and_carriage_returns_are_not_part_of_patterns() -> None:
    lines = parse_ignore(b"\xef\xbb\xbfa.py\r\n# comment\r\n\r\nb.py  \r\nc\\ \r\n")
    assert [line.glob.text for line in lines] == ["c\\ ", "b.py", "a.py"]
