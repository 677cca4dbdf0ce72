"""Commands from the first question on a fresh home to the last, on a real repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aura_cli.home import running_server
from tests.cli.conftest import Aura
from tests.support import PATIENCE_SECONDS, GitRepository

KEYS = [
    "repo",
    "sha",
    "digest",
    "encoding",
    "tokens",
    "max_tokens",
    "text",
    "items",
    "omitted",
    "nodes_truncated",
    "replay_id",
    "engine",
    "lag",
]
ITEM_KEYS = [
    "uid",
    "path",
    "start_line",
    "end_line",
    "symbol",
    "kind",
    "level",
    "tokens",
    "blob",
    "why",
    "scores",
    "spans",
]


@pytest.fixture
def here(shop: GitRepository, monkeypatch: pytest.MonkeyPatch) -> GitRepository:
    """The current folder is a committed repository."""
    monkeypatch.chdir(shop.path)
    return shop


def test_the_first_question_registers_and_indexes_saying_so(aura: Aura, here: GitRepository) -> None:
    ran = aura("context", "how does a voucher change the price", "--budget", "2000")
    assert ran.code == 0
    assert "1 - voucher.share" in ran.out
    assert "registered" in ran.err
    assert "is not indexed yet" in ran.err
    again = aura("context", "how does a voucher change the price", "--budget", "2000")
    assert again.out == ran.out
    assert "indexed yet" not in again.err


def test_json_of_a_context_has_exactly_the_documented_keys(aura: Aura, here: GitRepository) -> None:
    ran = aura("context", "apply a voucher", "--budget", "800", "--json")
    assert len(ran.out.splitlines()) == 1
    pack = json.loads(ran.out)
    assert list(pack) == KEYS
    assert pack["items"]
    assert all(list(item) == ITEM_KEYS for item in pack["items"])
    assert all(list(o) == ["uid", "symbol", "tokens", "reason"] for o in pack["omitted"])
    assert 0 < pack["tokens"] <= pack["max_tokens"] == 800
    assert pack["sha"] == here.git("rev-parse", "HEAD")


def test_options_of_a_context_reach_the_answer(aura: Aura, here: GitRepository) -> None:
    old = here.git("rev-parse", "HEAD")
    here.commit({"shop/prices.py": "def fresh_price():\n    return 1\n"})
    pack = json.loads(
        aura(
            "context",
            "voucher",
            "--sha",
            old,
            "--encoding",
            "o200k_base",
            "--format",
            "json",
            "--budget",
            "900",
            "--json",
        ).out
    )
    assert (pack["sha"], pack["encoding"]) == (old, "o200k_base")
    assert "apply_voucher" in json.dumps(json.loads(pack["text"]))
    pack = json.loads(aura("context", "anything", "--entry", "fresh_price", "--json").out)
    assert pack["items"][0]["symbol"].endswith("fresh_price")


def test_uncommitted_edits_are_answered_from_and_that_is_said(aura: Aura, here: GitRepository) -> None:
    aura("index")
    here.write({"shop/new.py": "def brand_new_discount():\n    return 7\n"})
    ran = aura("context", "brand new discount", "--json")
    assert "brand_new_discount" in json.loads(ran.out)["text"]
    assert json.loads(ran.out)["sha"].startswith("WORKTREE-")
    assert "working tree" in ran.err
    head = here.git("rev-parse", "HEAD")
    assert "brand_new_discount" not in aura("context", "brand new discount", "--sha", head).out
    (here.path / "shop/new.py").unlink()
    assert json.loads(aura("context", "brand new discount", "--json").out)["sha"] == head


def test_a_plain_folder_is_indexed_as_it_is(aura: Aura, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "a.py").write_text("def lonely():\n    return 1\n")
    pack = json.loads(aura("context", "lonely", "--repo", str(folder), "--json").out)
    assert pack["sha"].startswith("WORKTREE")
    assert "def lonely" in pack["text"]


def test_an_index_says_what_each_step_did_and_then_that_nothing_is_left(aura: Aura, here: GitRepository) -> None:
    first = json.loads(aura("index", "--json").out)
    assert [step["step"] for step in first["steps"]] == ["parse", "graph", "embed", "snapshot", "cluster"]
    assert first["sha"] == here.git("rev-parse", "HEAD")
    second = json.loads(aura("index", "--json").out)
    assert second["nothing_to_do"]
    assert second["digest"] == first["digest"]
    assert "nothing to do" in aura("index").out


def test_an_exact_commit_can_be_indexed(aura: Aura, here: GitRepository) -> None:
    old = here.git("rev-parse", "HEAD")
    here.commit({"shop/prices.py": "x = 1\n"})
    report = json.loads(aura("index", ".", "--sha", "HEAD~1", "--json").out)
    assert report["sha"] == old


def test_search_finds_symbols_and_says_when_there_are_none(aura: Aura, here: GitRepository) -> None:
    ran = aura("search", "apply voucher", "--limit", "2")
    assert "shop/prices.py:" in ran.out.splitlines()[1]
    assert len(ran.out.splitlines()) <= 3
    hits = json.loads(aura("search", "apply voucher", "--json").out)["hits"]
    assert hits[0]["symbol"].endswith("apply_voucher")
    nothing = aura("search", "~~~~")
    assert (nothing.code, nothing.out) == (0, "")
    assert "nothing" in nothing.err


def test_callers_name_what_could_still_be_one(aura: Aura, here: GitRepository) -> None:
    here.commit({"shop/job.py": "def run(job):\n    job.total_price()\n"})
    ran = aura("graph", "callers", "shop.prices.total_price")
    assert "shop/cart.py::Cart.checkout" in ran.out
    assert ran.out.splitlines()[-1] == "1 found, 1 call site in the tree could still be this one"
    value = json.loads(aura("graph", "callers", "total_price", "--json").out)
    assert [n["uid"] for n in value["callers"]] == ["shop/cart.py::Cart.checkout"]
    assert [s["source"] for s in value["could_be"]] == ["shop/job.py"] or value["could_be"][0]["line"] == 2


def test_nobody_is_not_said_of_what_is_handed_to_other_code(aura: Aura, here: GitRepository) -> None:
    text = (
        "import bus\nclass Hook: ...\nclass Late(Hook):\n    def __init__(self): ...\n"
        "class Later(Late): ...\nbus.on(Hook)\ndef go():\n    Later()\n"
    )
    here.commit({"shop/hooks.py": text})
    aura("index")
    ran = aura("graph", "callers", "Hook").out
    assert "Handed to other code" in ran
    assert "0 found, 1 place hands it on, 0 call sites in the tree could still be this one" in ran
    value = json.loads(aura("graph", "callers", "Hook", "--json").out)
    assert [(n["uid"], n["how"], n["lines"]) for n in value["references"]] == [("shop/hooks.py", "argument", [6])]
    value = json.loads(aura("graph", "callers", "Late", "--json").out)
    assert ([n["uid"] for n in value["callers"]], value["constructors"]) == (
        ["shop/hooks.py::go"], ["shop/hooks.py::Late.__init__"],
    )  # fmt: skip
    assert [n["uid"] for n in json.loads(aura("graph", "callers", "Later", "--json").out)["callers"]] == [
        "shop/hooks.py::go"
    ]


def test_callers_below_a_minimum_confidence_are_counted(aura: Aura, here: GitRepository) -> None:
    here.commit({"shop/deal.py": "def deal(x):\n    x.apply_deal()\nclass Deal:\n    def apply_deal(self): ...\n"})
    assert "shop/deal.py::deal" in aura("graph", "callers", "apply_deal").out
    assert aura("graph", "callers", "apply_deal", "--min-confidence", "1").out.startswith(
        "0 found (1 below the minimum), 0 call sites"
    )
    assert json.loads(aura("graph", "callees", "deal", "--min-confidence", "1", "--json").out)["below_minimum"] == 1
    assert aura("graph", "callers", "apply_deal", "--min-confidence", "2").code == 2


def test_the_graph_answers_for_nodes_callees_and_digests(aura: Aura, here: GitRepository) -> None:
    node = aura("graph", "node", "Cart").out
    assert "shop/cart.py:" in node
    assert "Cart.checkout" in node
    assert "total_price" in aura("graph", "callees", "Cart.checkout").out
    digest = aura("graph", "digest").out.strip()
    assert re.fullmatch(r"[0-9a-f]{32}", digest)
    assert json.loads(aura("graph", "digest", "--json").out)["digest"] == digest
    missing = aura("graph", "node", "no_such_thing")
    assert missing.code == 3
    assert "no_such_thing" in missing.err


def test_an_export_is_json_lines_in_a_stable_order(aura: Aura, here: GitRepository) -> None:
    text = aura("graph", "export").out
    assert text == aura("graph", "export").out
    rows = [json.loads(line) for line in text.splitlines()]
    assert {row["type"] for row in rows} <= {"node", "edge", "unresolved"}
    calls = [json.loads(line) for line in aura("graph", "export", "--kind", "CALLS").out.splitlines()]
    assert calls == [row for row in rows if row.get("kind") == "CALLS"]
    assert ("shop.cart.Cart.checkout", "shop.prices.total_price") in {(r["source"], r["target"]) for r in calls}


def test_repositories_are_added_listed_shown_and_forgotten(aura: Aura, here: GitRepository) -> None:
    assert "no repository" in aura("repos").err
    made = aura("repos", "add", ".")
    repo = made.out.strip()
    assert re.fullmatch(r"shop-[0-9a-f]{8}", repo)
    assert aura("repos", "add", str(here.path)).out.strip() == repo
    assert [r["id"] for r in json.loads(aura("repos", "list", "--json").out)] == [repo]
    assert repo in aura("repos", "list").out
    assert str(here.path) in aura("repos", "show").out
    aura("index")
    assert json.loads(aura("repos", "show", repo, "--json").out)["refs"]
    assert aura("repos", "remove", repo).out.strip() == repo
    assert aura("repos", "show", repo).code == 3
    assert (here.path / "shop" / "cart.py").exists()


def test_status_says_how_fresh(aura: Aura, here: GitRepository) -> None:
    assert "no repository" in aura("status").err
    aura("index")
    state = json.loads(aura("status", "--json").out)
    assert state["current"]
    assert state["wanted"] == state["indexed"] == here.git("rev-parse", "HEAD")
    new = here.commit({"a.py": "x = 1\n"})
    text = aura("status").out
    assert "behind     1 commit, " in text
    assert new[:12] in text
    assert "aura dev" in text
    assert len(aura("status", "--all").out.splitlines()) == 2


def test_clusters_are_shown_or_said_to_be_missing(aura: Aura, here: GitRepository) -> None:
    ran = aura("clusters")
    assert ran.code == 0
    assert ran.out or "no clusters" in ran.err
    assert aura("clusters", "--json").code == 0


@pytest.mark.parametrize("command", [["context", "x"], ["search", "x"], ["graph", "digest"], ["clusters"], ["status"]])
def test_an_unknown_repository_is_an_error_that_lists_the_known(
    aura: Aura, here: GitRepository, command: list[str]
) -> None:
    repo = aura("repos", "add", ".").out.strip()
    ran = aura(*command, "--repo", "nobody")
    assert (ran.code, ran.out) == (3, "")
    assert repo in ran.err


def test_an_unknown_commit_is_an_error_of_its_own(aura: Aura, here: GitRepository) -> None:
    ran = aura("context", "x", "--sha", "no-such-branch")
    assert (ran.code, ran.out) == (3, "")
    assert "no-such-branch" in ran.err


def test_the_doctor_finds_a_fresh_machine_well_and_changes_nothing(aura: Aura, tmp_path: Path) -> None:
    ran = aura("doctor")
    assert ran.code == 0, ran.out
    assert not (tmp_path / "aura-home").exists()
    names = {finding["name"] for finding in json.loads(aura("doctor", "--json").out)}
    assert {"aura", "packages", "git", "home", "cache", "data files", "stores", "server", "token"} <= names


def test_the_doctor_says_what_to_do_about_a_home_that_is_a_file(aura: Aura, tmp_path: Path) -> None:
    (tmp_path / "aura-home").write_text("")
    ran = aura("doctor")
    assert ran.code == 7
    assert "AURA_HOME" in ran.out


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """`aura serve` on a free port."""
    child = subprocess.Popen(
        [sys.executable, "-m", "aura_cli", "serve", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    try:
        assert child.stderr is not None
        assert "the API answers at" in child.stderr.readline()
        server = running_server(home)
        assert server is not None
        yield server.api
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE_SECONDS)
    assert not (home / "run.json").exists()
    assert child.returncode in {0, -15}


def cpu_of(arguments: list[str], folder: Path) -> tuple[float, str]:
    """CPU seconds and stdout of a command of its own."""
    code = "import resource, sys\nfrom aura_cli.main import run\ncode = run(sys.argv[1:])\n"
    code += "u = resource.getrusage(resource.RUSAGE_SELF)\n"
    code += "heavy = {'numpy', 'sqlalchemy', 'pygit2'} & set(sys.modules)\n"
    code += "print(u.ru_utime + u.ru_stime, ','.join(sorted(heavy)), file=sys.stderr)\nsys.exit(code)"
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    seconds, _, heavy = ran.stderr.splitlines()[-1].partition(" ")
    assert heavy == ""
    return float(seconds), ran.stdout


@pytest.mark.slow
def test_a_running_server_is_asked_and_sees_edits_that_were_not_committed(
    aura: Aura, here: GitRepository, tmp_path: Path
) -> None:
    aura("index")
    with serving(tmp_path / "aura-home"):
        _seconds, out = cpu_of(["context", "how does a voucher change the price", "--json"], here.path)
        assert json.loads(out)["sha"] == here.git("rev-parse", "HEAD")
        here.write({"shop/new.py": "def brand_new_discount():\n    return 7\n"})
        first = aura("context", "brand new discount", "--json")
        assert "brand_new_discount" in json.loads(first.out)["text"]
        _seconds, out = cpu_of(["context", "brand new discount", "--json"], here.path)
        answer, expected = json.loads(out), json.loads(first.out)
        assert (answer["text"], answer["items"], answer["replay_id"]) == (
            expected["text"],
            expected["items"],
            expected["replay_id"],
        )
        taken = aura("doctor").out
        assert "answers (process" in taken


@pytest.mark.slow
def test_ctrl_c_ends_a_server_quietly(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "aura_cli", "serve", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert child.stderr is not None
    child.stderr.readline()
    time.sleep(0.2)
    child.send_signal(2)
    _, err = child.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in err
    assert child.returncode in {0, 130, -2}


def test_the_entry_for_agents_has_absolute_paths(aura: Aura) -> None:
    entry = json.loads(aura("mcp", "--print-config").out)["mcpServers"]["aura"]
    assert os.path.isabs(entry["command"])
    assert os.path.isabs(entry["env"]["AURA_HOME"])
