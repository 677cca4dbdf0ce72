"""The `aura` command: every subcommand under its name. Importing it loads only what every command needs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from gc import freeze, set_threshold
from typing import Annotated

import typer
from typer.exceptions import TyperException

from aura_cli import failures
from aura_cli.commands import (
    clusters,
    context,
    difference,
    doctor,
    gc,
    graph,
    index,
    mcp,
    repos,
    search,
    serve,
    snapshots,
    status,
    verify,
    version,
    walks,
)
from aura_cli.dev import dev
from aura_cli.examples import example_text
from aura_cli.output import prepare_streams
from aura_core.errors import AuraError, InvalidRequest
from aura_core.private_files import private_umask

EPILOG = (
    "Exit codes: 0 done, 1 a bug, 2 wrong input, 3 unknown name, 4 not indexed or busy, "
    "5 the repository cannot be read, 6 not allowed, 7 a store or this machine, 8 bad graph or index differs, "
    "130 interrupted."
)

MANY_OBJECTS = 200_000
"""New objects between two garbage collections. Imports make hundreds of thousands of objects that stay; a collection
for every 20,000 of them would take 5 % of a command. The garbage between two collections stays below 50 MB.
"""

_PARSER_JARGON = {
    "Value error, ": "",
    ", unable to parse string as an integer": "",
    ", unable to parse string as a number": "",
    "Input should be": "it must be",
    "extra argument(s) (": "words: (",
}
"""Words of the option parser's messages, and what is said instead."""

app = typer.Typer(
    name="aura",
    help="The best context for a task within a token budget, from a code graph of git repositories, at any commit.",
    epilog=EPILOG,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if sys.stdout.isatty() else None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("context", epilog=example_text("context"))(context.context)
app.command("search", epilog=example_text("search"))(search.search)
app.command("index", epilog=example_text("index"))(index.index)
app.add_typer(repos.app, name="repos")
app.command("status", epilog=example_text("status"))(status.status)
app.command("snapshots", epilog=example_text("snapshots"))(snapshots.snapshots)
app.command("verify", epilog=example_text("verify"))(verify.verify)
app.command("gc", epilog=example_text("gc"))(gc.gc)
app.command("clusters", epilog=example_text("clusters"))(clusters.clusters)
app.add_typer(graph.app, name="graph")
app.command("serve", epilog=example_text("serve"))(serve.serve)
app.command("dev", epilog=example_text("dev"))(dev)
app.command("mcp", epilog=example_text("mcp"))(mcp.mcp)
app.command("doctor", epilog=example_text("doctor"))(doctor.doctor)
app.command("version", epilog=example_text("version"))(version.version)
graph.app.command("find", epilog=example_text("graph find"))(walks.find)
graph.app.command("file", epilog=example_text("graph file"))(walks.file)
graph.app.command("at", epilog=example_text("graph at"))(walks.at)
graph.app.command("neighbours", epilog=example_text("graph neighbours"))(walks.neighbours)
graph.app.command("expand", epilog=example_text("graph expand"))(walks.expand_symbol)
graph.app.command("path", epilog=example_text("graph path"))(walks.path)
graph.app.command("diff", epilog=example_text("graph diff"))(difference.diff)


@app.callback(invoke_without_command=True)
def _root(
    invocation: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)] = False,
) -> None:
    if show_version:
        version.version()
        raise typer.Exit
    if invocation.invoked_subcommand is None:
        typer.echo(invocation.get_help())


def main() -> None:
    """Run the command line and end the process with its exit code."""
    set_threshold(MANY_OBJECTS)
    with private_umask():
        code = run(sys.argv[1:])
    freeze()  # so the interpreter's exit does not search every object for cycles, which takes 80 ms
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Errors go to stderr as a sentence."""
    prepare_streams()
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        return failures.report_closed_pipe()
    except KeyboardInterrupt:
        return failures.INTERRUPTED
    except AuraError as error:
        return failures.report_error(error)
    except Exception as error:  # noqa: BLE001 - the last place that can turn a bug into a sentence
        return failures.report_bug(error)
    return code


def _plain_words(message: str) -> str:
    """Return a message of the option parser without the words that it takes over from its validator."""
    for jargon, words in _PARSER_JARGON.items():
        message = message.replace(jargon, words)
    return message if message.endswith((".", "?")) else f"{message}."


def _run(arguments: Sequence[str]) -> int:
    command = typer.main.get_command(app)
    try:
        exit_code = command.main(list(arguments), prog_name="aura", standalone_mode=False)
    except TyperException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "aura")
        raise InvalidRequest(_plain_words(error.format_message()), remedy=f"See `{where} --help`.") from error
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # Typer turns a closed pipe into an exit
            raise error.__context__ from None
        raise
    return exit_code if isinstance(exit_code, int) else 0
