"""What goes to stdout and stderr."""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType

import pytest
from rich.console import Console
from rich.progress import Progress

from aura_cli import output, progress, run_follow
from aura_core.model.context import Format
from aura_pipelines.run_progress import StepProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Pair:
    shape: Format
    inner: object


def test_json_is_one_line_for_programs_and_indented_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, lines in ((io.StringIO(), 1), (Terminal(), 3)):
        monkeypatch.setattr(sys, "stdout", stream)
        output.emit({"name": "Zoë"})
        assert json.loads(stream.getvalue()) == {"name": "Zoë"}
        assert len(stream.getvalue().splitlines()) == lines


def test_control_characters_reach_programs_but_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, expected in ((io.StringIO(), "\x1b[2Ja\tb\x9b"), (Terminal(), "\\x1b[2Ja\tb\\x9b")):
        monkeypatch.setattr(sys, "stdout", stream)
        output.say("\x1b[2Ja\tb\x9b")
        assert stream.getvalue() == expected + "\n"


def test_tables_are_aligned_columns_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("A", "LONG"), [("wide cell", 1), ("x", 22)])
    assert capsys.readouterr().out == "A          LONG\nwide cell  1\nx          22\n"


def test_tables_on_a_terminal_keep_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    output.table(("A", "B"), [("[red]not markup", "2")])
    assert "[red]not markup" in stream.getvalue()


def test_a_narrow_terminal_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setenv("COLUMNS", "40")
    path, symbol = "src/some/long/folder/decorators.py:352", "SomeRatherLongClassName.method_of_it"
    output.table(("WHERE", "SYMBOL", "SCORE"), [(path, symbol, "1.540")])
    rows = stream.getvalue().splitlines()[1:]
    assert all(len(row) <= 40 for row in rows)
    assert Counter("".join(rows).replace(" ", "")) == Counter(path + symbol + "1.540")


def test_fields_leave_out_what_is_empty_and_keep_zero(capsys: pytest.CaptureFixture[str]) -> None:
    output.fields({"none": None, "empty": "", "map": {"a": 1, "b": 2}, "zero": 0})
    assert capsys.readouterr().out == "map   a 1, b 2\nzero  0\n"


def test_values_become_json_all_the_way_down() -> None:
    made = output.plain(Pair(Format.XML, MappingProxyType({"x": (Pair(Format.JSON, None),)})))
    assert json.loads(json.dumps(made)) == {"shape": "xml", "inner": {"x": [{"shape": "json", "inner": None}]}}


def test_progress_is_silent_for_a_second_and_then_says_each_step_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with progress.progress() as report:
        for at, step, done in (
            (100.5, "parse", 1),
            (101.5, "parse", 2),
            (102.0, "parse", 3),
            (102.1, "graph", 0),
            (107.2, "graph", 9),
        ):
            now[0] = at
            report(step, done, 10)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        "aura: reading files, 2 of 10\naura: finding who calls what\naura: finding who calls what, 9 of 10\n"
    )


def test_only_the_bar_of_the_step_that_works_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    now, stream = [100.0], Terminal()
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sys, "stderr", stream)
    bars = progress.Bars()
    now[0] = 102.0
    for step, done, total in (("wait", 0, 0), ("parse", 5, 10), ("graph", 0, 0)):
        bars(step, done, total)
        *earlier_tasks, last_task = bars.tasks
        assert all(task.finished and task.total is not None for task in earlier_tasks), step
        assert not last_task.finished
    bars.close()


def test_the_bars_of_a_run_move_only_while_their_step_works() -> None:
    with Progress(console=Console(file=io.StringIO())) as bars:
        tasks = run_follow.add_bars(bars)
        run_follow.move_bars({"parse": StepProgress("done"), "graph": StepProgress("running")}, bars, tasks)
        totals = [task.total for task in bars.tasks]
    # A bar without a total moves by itself.
    assert totals == [1, None, 1, 1, 1]


def test_progress_on_a_terminal_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    now, stream = [100.0], Terminal()
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.progress() as report:
        report("parse", 1, 10)
        assert stream.getvalue() == ""
        now[0] = 102.0
        report("parse", 5, 10)
        report("wait", 0, 0)
    assert "reading files" in stream.getvalue()
    assert not stream.getvalue().endswith("10")
