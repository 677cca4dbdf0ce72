"""Typed words as values: what Typer would make of them, and what it refuses."""

from __future__ import annotations

from typing import Annotated

import pytest
import typer
from typer.exceptions import TyperException

from aura_cli.lazy_typer import spare_conversions
from aura_core.model.context import Format

Got = dict[str, object]


def command_of(got: Got) -> object:
    app = typer.Typer(add_completion=False)

    @app.command()
    def ask(
        word: str,
        number: Annotated[int, typer.Option(min=1)] = 7,
        port: int | None = None,
        shape: Format = Format.MARKDOWN,
        entry: list[str] | None = None,
        json: bool = False,
    ) -> None:
        got.update(locals())

    return typer.main.get_command(app)


def outcome(arguments: list[str], *, spared: bool) -> object:
    got: Got = {}
    command = command_of(got)
    if spared:
        spare_conversions(command)
    try:
        command.main(arguments, standalone_mode=False)  # type: ignore[attr-defined]
    except TyperException as error:
        return error.format_message()
    got.pop("got", None)
    return got


@pytest.mark.parametrize(
    "arguments",
    [
        ["word"],
        ["ü", "--number", "9", "--port", "1", "--shape", "xml", "--entry", "a", "--entry", "b", "--json"],
        ["\udcff"],
        ["word", "--number", "many"],
        ["word", "--number", "0"],
        ["word", "--port", "x"],
        ["word", "--shape", "round"],
        [],
    ],
)
def test_values_and_refusals_are_typers_own(arguments: list[str]) -> None:
    assert outcome(arguments, spared=True) == outcome(arguments, spared=False)
