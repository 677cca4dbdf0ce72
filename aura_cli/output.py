"""How commands print: the answer alone on stdout, everything else on stderr, plain text without a terminal."""

from __future__ import annotations

import codecs
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aura_core.model.times import iso_time
from aura_core.visible_text import visible, visible_json, visible_lines

MAX_WARNINGS = 10


_PLAIN_FORMS = {"→": "->", "←": "<-", "…": "...", "│": "|", "└": "`", "·": "-", "“": '"', "”": '"', "’": "'"}
"""What stands for our own signs where the terminal's encoding lacks them."""


def prepare_streams() -> None:
    """Let characters that the terminal's encoding lacks be written plainly or escaped, instead of ending the
    command.
    """
    codecs.register_error("plainreplace", _plain_form)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plainreplace")


def _plain_form(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError) and (plain_form := _PLAIN_FORMS.get(error.object[error.start])):
        return plain_form, error.start + 1
    return codecs.backslashreplace_errors(error)


def flush_every_line() -> None:
    """Write each line at once, also into a file or a pipe, for commands that run on."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


def say(text: str) -> None:
    """Print an answer of one or more lines. A terminal shows control characters and does not obey them: a file of
    a repository must not move the cursor, set the title, or hide and reorder text.
    """
    sys.stdout.write((visible_lines(text) if sys.stdout.isatty() else text) + "\n")


def note(text: str) -> None:
    """Print a message that is not the answer. What was printed before comes first, also where both go to one file."""
    sys.stdout.flush()
    sys.stderr.write(f"aura: {visible_lines(text)}\n")
    sys.stderr.flush()


def emit(value: object) -> None:
    """Print a JSON value: on one line for programs, indented on a terminal."""
    indent = 2 if sys.stdout.isatty() else None
    say(visible_json(json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)))


def emit_line(value: object) -> None:
    """Print one row of JSON lines."""
    say(visible_json(json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)))


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headers: with rules on a terminal, in aligned columns elsewhere."""
    texts = [[visible(str(cell)) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(headers, texts)
        return
    widths = [max(map(len, column)) for column in zip(headers, *texts, strict=True)]
    for line in (headers, *texts):
        say("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def numbered(warnings: Sequence[str], all_of_them: str) -> dict[str, object]:
    """Return rows for ``fields``: the number of warnings and the first of them. ``all_of_them`` is a command that
    prints all.
    """
    if not warnings:
        return {}
    more = f"; {all_of_them} prints all" if len(warnings) > MAX_WARNINGS else ""
    texts = [printable(w) for w in warnings[:MAX_WARNINGS]]
    return {"warnings": f"{len(warnings)}{more}", **{f"warning {n}": text for n, text in enumerate(texts, 1)}}


def printable(text: str) -> str:
    """Return a text of strangers, such as a path, on one line and without control characters."""
    return visible(text)


def fields(values: Mapping[str, object]) -> None:
    """Print names and values, one aligned pair per line, without empty values."""
    texts = {name: text for name, value in values.items() if (text := _text(value))}
    width = max(map(len, texts), default=0)
    for name, text in texts.items():
        say(f"{name.ljust(width)}  {visible(text)}")


def short(sha: str | None) -> str:
    """Return a sha as people quote it; the name of a working tree stays whole."""
    if not sha:
        return "-"
    return sha[:12] if len(sha) == 40 else sha


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    return "" if value is None else str(value)


def _rich_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    # A narrow terminal breaks a cell into lines: nothing is left out.
    columns = [Column(header, overflow="fold") for header in headers]
    grid = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    Console().print(grid)


def plain(value: Any) -> Any:
    """Return a dataclass as JSON values, field by field in the order of their definition. Times become ISO 8601, and
    null while what they belong to has not happened.
    """
    if hasattr(value, "__dataclass_fields__"):
        return {name: _member(name, getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(name): _member(str(name), inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    return value


def _member(name: str, value: Any) -> Any:
    """Return a member of a JSON object. The core's times are seconds since the epoch, 0 for none, under names that end
    in ``_at``, or ``since``.
    """
    if (name.endswith("_at") or name == "since") and isinstance(value, int | float):
        return iso_time(value) if value else None
    return plain(value)
