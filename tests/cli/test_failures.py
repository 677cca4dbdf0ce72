"""How commands end badly."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aura_cli import failures, main
from aura_core.errors import AmbiguousSymbol, AuraError, UnknownRepository
from tests.cli.conftest import Aura


def test_a_misspelt_command_names_the_right_one(aura: Aura) -> None:
    ran = aura("serch", "x")
    assert (ran.code, ran.out) == (2, "")
    assert "No such command 'serch'" in ran.err
    assert "'search'" in ran.err
    assert "aura --help" in ran.err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["context"], "TASK"),
        (["context", "x", "--budget", "63"], "--budget"),
        (["context", "x", "--budget", "many"], "--budget"),
        (["context", "x", "--format", "html"], "--format"),
        (["context", ""], "empty"),
        (["search", "x", "--limit", "0"], "--limit"),
        (["index", "--frobnicate"], "--frobnicate"),
        (["graph", "export", "--kind", "FRIENDS"], "FRIENDS"),
        (["serve", "--port", "70000"], "--port"),
    ],
)
def test_wrong_input_is_one_sentence_and_a_remedy_on_stderr(aura: Aura, arguments: list[str], word: str) -> None:
    ran = aura(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert word in ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) == 2


def test_a_task_over_the_limit_is_refused_before_anything_is_opened(aura: Aura, tmp_path: Path) -> None:
    ran = aura("context", "x" * 100_001)
    assert ran.code == 2
    assert "100,000" in ran.err
    assert not (tmp_path / "aura-home").exists()


def test_known_errors_end_with_their_own_exit_code_and_list_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    assert failures.report_error(UnknownRepository("There is none.", remedy="Add it.", known=["a-1", "b-2"])) == 3
    assert capsys.readouterr().err == "aura: There is none.\n  known: a-1, b-2\n  Add it.\n"
    assert failures.report_error(AmbiguousSymbol("Two.", candidates=[f"s{i}" for i in range(25)])) == 3
    assert capsys.readouterr().err.endswith("s19 and 5 more\n")


def test_a_bug_shows_no_traceback_but_logs_one(aura: Aura, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(_arguments: object) -> int:
        raise ZeroDivisionError("by the way")

    monkeypatch.setattr(main, "_run", broken)
    ran = aura("version")
    assert ran.code == 1
    assert "ZeroDivisionError: by the way" in ran.err
    assert "Traceback" not in ran.err
    log = tmp_path / "aura-home" / "logs" / "aura.log"
    assert str(log) in ran.err
    assert "ZeroDivisionError: by the way" in log.read_text()
    assert not (tmp_path / "aura-home").stat().st_mode & 0o077
    monkeypatch.setenv("AURA_DEBUG", "1")
    assert "Traceback" in aura("version").err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "store.db"), 7),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "home"), 7),
        (MemoryError(), AuraError.exit_code),
        (KeyboardInterrupt(), 130),
    ],
)
def test_what_the_machine_refuses_is_no_bug(
    aura: Aura, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: BaseException, code: int
) -> None:
    def refused(_arguments: object) -> int:
        raise error

    monkeypatch.setattr(main, "_run", refused)
    ran = aura("version")
    assert ran.code == code
    assert not (tmp_path / "aura-home" / "logs" / "aura.log").exists()
    assert (ran.err == "") == isinstance(error, KeyboardInterrupt)


def test_a_reader_that_goes_away_ends_a_command_quietly() -> None:
    shell = f"{sys.executable} -m aura_cli --help | true; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert ran.stdout.strip() in {"0", str(failures.BROKEN_PIPE)}


@pytest.mark.parametrize("value", ["many", "-1", "99999"])
def test_a_variable_that_is_not_valid_is_named(aura: Aura, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AURA_PORT", value)
    ran = aura("repos", "list")
    assert ran.code == 2
    assert "AURA_PORT" in ran.err
    assert "docs/settings.md" in ran.err


def test_a_list_that_is_not_json_is_named(aura: Aura, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURA_REPO_ROOTS", "/a:/b")
    ran = aura("repos", "list")
    assert ran.code == 2
    assert "AURA_REPO_ROOTS" in ran.err
    assert "JSON" in ran.err
