"""How commands print: the answer alone on stdout, everything else on stderr, plain where nobody watches."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_CONTROLS = {
    code: "\N{REPLACEMENT CHARACTER}" for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(code) not in "\n\t"
}
"""What a file in a repository must not do to a terminal: move the cursor, set the title, hide text."""

MAX_WARNINGS = 10


def prepare_streams() -> None:
    """Characters that the terminal's encoding lacks are escaped instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def speak_at_once() -> None:
    """For a command that goes on: what it says is out at once, also into a file or a pipe."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


def say(text: str) -> None:
    """Print an answer, a line or many. On a terminal control characters are shown, not obeyed."""
    sys.stdout.write((text.translate(_CONTROLS) if sys.stdout.isatty() else text) + "\n")


def note(text: str) -> None:
    """Tell the person something that is not the answer."""
    sys.stderr.write(f"aura: {text.translate(_CONTROLS)}\n")
    sys.stderr.flush()


def emit(value: object) -> None:
    """Print a JSON value: one line for programs, indented on a terminal."""
    say(json.dumps(value, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False, allow_nan=False))


def emit_line(value: object) -> None:
    """Print one row of JSON lines."""
    say(json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False))


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headers: with rules on a terminal, in aligned columns elsewhere."""
    texts = [[str(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(headers, texts)
        return
    widths = [max(map(len, column)) for column in zip(headers, *texts, strict=True)]
    for line in (headers, *texts):
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def numbered(warnings: Sequence[str], all_of_them: str) -> dict[str, object]:
    """Rows for ``fields``: how many warnings there are, and the first of them. ``all_of_them`` is a command that
    prints all.
    """
    if not warnings:
        return {}
    more = f"; {all_of_them} prints all" if len(warnings) > MAX_WARNINGS else ""
    shown = [w.replace("\n", "\\n").translate(_CONTROLS) for w in warnings[:MAX_WARNINGS]]
    return {"warnings": f"{len(warnings)}{more}", **{f"warning {n}": text for n, text in enumerate(shown, 1)}}


def fields(values: Mapping[str, object]) -> None:
    """Print names and values, one pair a line, aligned; empty values are left out."""
    shown = {name: text for name, value in values.items() if (text := _text(value))}
    width = max(map(len, shown), default=0)
    for name, text in shown.items():
        say(f"{name.ljust(width)}  {text}")


def short(sha: str | None) -> str:
    """A sha as people quote it; a working tree's name whole."""
    if not sha:
        return "-"
    return sha[:12] if len(sha) == 40 else sha


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return "" if value is None else str(value)


def _rich_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*headers, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*(Text(cell.translate(_CONTROLS)) for cell in row))
    Console().print(shown)


def plain(value: Any) -> Any:
    """A dataclass, and what it holds, as JSON values; field by field in the order of their definition."""
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    return value
