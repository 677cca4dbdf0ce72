"""What a newcomer reads: the first index, the first question, edits, and mistakes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository

JARGON = ("digest", "manifest", "silhouette", "vectors", "span", "cl100k_base", "fragment", "view_bytes", "sha ")


@pytest.fixture
def here(shop: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    monkeypatch.chdir(shop.path)
    return shop


def test_the_first_success_has_no_jargon_and_says_what_comes_next(aura: Aura, here: GitRepository) -> None:
    ran = aura("index")
    head = here.git("rev-parse", "HEAD")[:12]
    assert re.fullmatch(r"repository  shop-\w{8}", ran.out.splitlines()[0])
    assert ran.out.splitlines()[1:5] == [
        f"indexed     commit {head}",
        "files       4",
        "symbols     12",
        "relations   14 (calls, imports, base classes, contents)",
    ]
    assert "ask about it: aura context " in ran.err
    answer = aura("context", "how does a voucher change the price", "--budget", "400")
    assert re.search(rf"^aura: \d+ excerpts of {head} in \d+ of 400 tokens$", answer.err, re.MULTILINE)
    assert not [word for word in JARGON if word in ran.out + ran.err + answer.err]


def test_what_is_skipped_is_said_with_its_reasons(aura: Aura, here: GitRepository) -> None:
    here.commit(
        {"a.png": b"\x89PNG", "b.png": b"\x89PNG", "node_modules/x.js": "x", "calls.py": "def f(x):\n    x.y()\n"}
    )
    out = aura("index").out
    assert "files       5; 3 skipped (2 binary, 1 vendored)\n" in out
    assert "; 1 call could not be resolved\n" in out


def test_a_question_says_what_it_brings_in_first(aura: Aura, here: GitRepository) -> None:
    assert "is not indexed yet; indexing it first (once; " in aura("search", "voucher").err
    here.write({"new.py": "def brand_new():\n    pass\n"})
    edited = aura("search", "brand new")
    assert "aura: bringing in your edits\n" in edited.err
    assert "not indexed yet" not in edited.err
    assert "bringing in" not in aura("search", "brand new").err
    old = here.git("rev-parse", "HEAD")[:12]
    here.commit()
    assert f"aura: bringing in what has changed since {old}" in aura("search", "brand new").err
    assert " at HEAD~1 is not indexed yet" not in aura("search", "voucher", "--sha", "HEAD~1").err


def test_the_status_names_the_edits(aura: Aura, here: GitRepository) -> None:
    aura("index")
    assert "your edits" not in aura("status").out
    assert "behind      no: this is the newest commit" not in aura("status", "--json").out
    here.write({"shop/cart.py": None, "new\x1b[2J.py": "x = 1\n"})
    assert "your edits  2 files: new\\x1b[2J.py, shop/cart.py; the next question" in aura("status").out
    assert json.loads(aura("status", "--json").out)["edits"] == ["new\x1b[2J.py", "shop/cart.py"]
    here.write({f"many/{number:02}.py": "x = 1\n" for number in range(20)})
    assert re.search(r"your edits  22 files: many/00\.py, .*many/09\.py and 12 more files;", aura("status").out)
    assert json.loads(aura("status", "--json", "--sha", "HEAD").out)["edits"] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["graph", "callers", "x", "--min-confidence", "2"], "it must be less than or equal to 1."),
        (["serve", "--port", "abc"], "it must be a valid integer."),
        (["graph", "neighbours", "x", "--kind", "CALL"], "Invalid value for '--kind': 'CALL' is not one of"),
        (["version", "x"], "Got unexpected words: (x)."),
        (["graph", "find", " "], "The pattern is empty."),
    ],
)
def test_a_mistake_is_answered_in_plain_words(
    aura: Aura, here: GitRepository, arguments: list[str], sentence: str
) -> None:
    ran = aura(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert "Value error" not in ran.err
    assert "parse string" not in ran.err


def run(words: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = f"{sys.executable} -m aura_cli {words}"
    env = {**os.environ, **variables}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_both_outputs_in_one_file_are_whole_lines(here: GitRepository) -> None:
    ran = run("context 'how does a voucher change the price' 2>&1", here.path)
    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout
    assert "\r" not in ran.stdout
    own = [line for line in ran.stdout.splitlines() if "aura: " in line]
    assert all(line.startswith("aura: ") for line in own)
    # In the order in which they were written: what is done first, the answer, what it costs.
    assert ran.stdout.index("indexing it first") < ran.stdout.index("### ") < ran.stdout.index(" tokens")


def test_a_reader_that_goes_away_hears_nothing_of_it(here: GitRepository) -> None:
    run("index", here.path)
    ran = run("graph export 2>&1 | head -n 1", here.path)
    assert len(ran.stdout.splitlines()) == 1
    assert ran.stderr == ""


def test_signs_that_an_encoding_lacks_have_a_plain_form(here: GitRepository) -> None:
    run("index", here.path)
    ran = run("graph neighbours total_price", here.path, PYTHONIOENCODING="ascii")
    assert ran.returncode == 0
    assert "-> " in ran.stdout
    assert "<- " in ran.stdout
    assert "\\u" not in ran.stdout
