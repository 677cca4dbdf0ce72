"""``aura verify`` as people type it."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Aura
from tests.support import GitRepository


@pytest.fixture
def here(shop: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    monkeypatch.chdir(shop.path)
    return shop


def spoil() -> None:
    """Another fragment under every key."""
    with sqlite3.connect(Path(os.environ["AURA_HOME"]) / "store.db") as database:
        database.execute("UPDATE fragments SET data = (SELECT data FROM fragments ORDER BY length(data) DESC LIMIT 1)")


def test_an_equal_index_is_said_to_be_equal(aura: Aura, here: GitRepository) -> None:
    first = here.git("rev-parse", "HEAD")
    aura("index")
    here.commit({"shop/cart.py": "def empty():\n    pass\n"})
    aura("index")
    for choice in ((), ("--sha", "main"), ("--range", f"{first}..main"), ("--sample", "1")):
        ran = aura("verify", *choice)
        assert ran.code == 0, ran.err
        assert ran.out.splitlines()[-1] == "1 commit is equal"


def test_a_difference_is_printed_and_ends_with_eight(aura: Aura, here: GitRepository) -> None:
    aura("index")
    spoil()
    ran = aura("verify")
    assert ran.code == 8
    assert "differs" in ran.out
    assert "README.md: " in ran.out
    assert "differ from a clean rebuild" in ran.err


def test_json_lists_every_commit_also_when_they_differ(aura: Aura, here: GitRepository) -> None:
    aura("index")
    spoil()
    ran = aura("verify", "--json")
    assert ran.code == 8
    (commit,) = json.loads(ran.out)["commits"]
    assert list(commit) == ["sha", "equality", "digest", "rebuilt", "difference"]
    assert commit["equality"] == "differs"


def test_a_commit_that_is_not_indexed_is_not_called_equal(aura: Aura, here: GitRepository) -> None:
    aura("index")
    sha = here.commit({"x.py": "x = 1\n"})
    ran = aura("verify", "--sha", sha)
    assert ran.code == 4
    assert ran.out.strip() == "1 commit is not indexed"
    assert "aura index --sha" in ran.err


def test_a_sample_of_nothing_is_not_called_equal(aura: Aura, here: GitRepository) -> None:
    aura("index")
    with sqlite3.connect(Path(os.environ["AURA_HOME"]) / "store.db") as database:
        database.execute("UPDATE snapshots SET versions = 'older'")
    ran = aura("verify", "--sample", "5")
    assert ran.code == 4
    assert ran.out.strip() == "no commit to verify"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--sha", "nothing"), 3),
        (("--range", "main"), 2),
        (("--sample", "-1"), 2),
        (("--sha", "main", "--sample", "2"), 2),
    ],
)
def test_wrong_input_is_refused(aura: Aura, here: GitRepository, arguments: tuple[str, ...], code: int) -> None:
    aura("index")
    assert aura("verify", *arguments).code == code
