"""``aura graph``: questions to the graph of one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from aura_cli.options import Json, Repo, Sha
from aura_cli.output import emit, emit_line, fields, plain, say, table
from aura_cli.session import located, opened
from aura_core.model.graph import EdgeKind, Node

if TYPE_CHECKING:
    from aura_core.ports.graph import GraphReader, Neighbour

app = typer.Typer(help="Ask the graph of a snapshot: nodes, edges, ways, the whole of it, its digest.")

Symbol = Annotated[
    str, typer.Argument(metavar="SYMBOL", help="Uid, PATH:LINE, dotted name, qualified name or its last part.")
]
MinConfidence = Annotated[
    float,
    typer.Option(
        "--min-confidence", metavar="P", min=0, max=1, help="Leave out, but count, edges less sure than this (0 to 1)."
    ),
]


class Asked(NamedTuple):
    """An open snapshot and the symbol asked about."""

    head: dict[str, Any]
    reader: GraphReader
    node: Node


@app.command("export")
def export(
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", metavar="K", help="Only rows of this kind or type; may be repeated.", show_default=False
        ),
    ] = None,
    path: Annotated[
        str,
        typer.Option(
            "--path",
            metavar="GLOB",
            help="Only rows in files that fit: a folder, a name, a path with * and **.",
            show_default=False,
        ),
    ] = "",
    repo: Repo = "",
    sha: Sha = "",
) -> None:
    """Print the whole graph as JSON lines.

    Nodes, edges and unresolved calls, sorted: the same bytes for the same digest.
    """
    from aura_core.service.export import row_filter

    rows = row_filter(kind or (), path)
    with opened() as aura:
        for row in located(aura, repo, sha).export(rows):
            emit_line(row)


@app.command("node")
def node(symbol: Symbol, repo: Repo = "", sha: Sha = "", json: Json = False) -> None:
    """Show a symbol.

    Where it is, its signature, what is defined inside.
    """
    with asked(symbol, repo, sha) as (head, reader, found):
        inside = [n.uid for n in reader.neighbours(found.uid, [EdgeKind.CONTAINS], incoming=False)]
    if json:
        emit({**head, "contains": inside})
        return
    fields({**place(found), "contains": ", ".join(inside)})


@app.command("callers")
def callers(
    symbol: Symbol, min_confidence: MinConfidence = 0, repo: Repo = "", sha: Sha = "", json: Json = False
) -> None:
    """Show who calls a symbol.

    And how many calls of its name could not be resolved: they could still be calls of it.
    """
    from aura_core.ports.graph import split_confident

    with asked(symbol, repo, sha) as (head, reader, found):
        answer = reader.callers(found.uid)
    kept, below = split_confident(answer.neighbours, min_confidence)
    if json:
        could_be = [{"source": uid, **plain_site(site)} for uid, site in answer.could_be]
        emit({**head, "callers": [neighbour_value(n) for n in kept], "below_minimum": below, "could_be": could_be})
        return
    _neighbours(kept)
    say(f"{kept_and_below(kept, below)}, {len(answer.could_be)} call sites in the tree could still be this one")


@app.command("callees")
def callees(
    symbol: Symbol, min_confidence: MinConfidence = 0, repo: Repo = "", sha: Sha = "", json: Json = False
) -> None:
    """Show what a symbol calls.

    Inside the repository and outside (`external:…`).
    """
    from aura_core.ports.graph import split_confident

    with asked(symbol, repo, sha) as (head, reader, found):
        called = reader.neighbours(found.uid, [EdgeKind.CALLS], incoming=False)
    kept, below = split_confident(called, min_confidence)
    if json:
        emit({**head, "callees": [neighbour_value(n) for n in kept], "below_minimum": below})
        return
    _neighbours(kept)
    say(kept_and_below(kept, below))


@app.command("digest")
def digest(repo: Repo = "", sha: Sha = "", json: Json = False) -> None:
    """Print the digest of a snapshot.

    Two indexes are equal when their digests are.
    """
    with opened() as aura:
        at = located(aura, repo, sha)
        counts = at.graph().counts() if json else {}
    if json:
        emit({"repo": at.repository.id, "sha": at.sha, "digest": at.digest, "counts": counts})
    else:
        say(at.digest)


@contextmanager
def opened_graph(repo: str, sha: str) -> Iterator[tuple[dict[str, Any], GraphReader]]:
    """(what is asked, its reader) of a snapshot, while its stores are open."""
    with opened() as aura:
        at = located(aura, repo, sha)
        yield at.names, at.graph()


@contextmanager
def asked(symbol: str, repo: str, sha: str) -> Iterator[Asked]:
    """A symbol of an open snapshot."""
    from aura_core.service.symbols import find_symbol

    with opened_graph(repo, sha) as (head, reader):
        found = find_symbol(reader, symbol)
        yield Asked({**head, "node": node_value(found)}, reader, found)


def place(found: Node) -> dict[str, object]:
    """Where a symbol is and what it says of itself."""
    where = f"{found.path}:{found.start_line}-{found.end_line}"
    return {
        "uid": found.uid,
        "name": _name(found),
        "kind": found.kind.value,
        "where": where,
        "signature": found.signature,
        "doc": found.doc,
    }


def plain_site(site: Any) -> dict[str, Any]:
    """An unresolved call site as a JSON value."""
    return {"text": site.text, "reason": site.reason, "line": site.line}


def node_value(found: Node) -> dict[str, Any]:
    """A node as a JSON value."""
    value: dict[str, Any] = plain(found)
    value.pop("extra")
    return value


def neighbour_value(found: Neighbour) -> dict[str, Any]:
    """A neighbour as a JSON value."""
    inner = node_value(found.node) if found.node is not None else None
    return {
        "uid": found.uid,
        "kind": found.kind.value,
        "how": found.resolution.value,
        "confidence": found.confidence,
        "lines": list(found.lines),
        "node": inner,
    }


def _neighbours(found: Any) -> None:
    rows = [(n.uid, ", ".join(map(str, n.lines)), n.resolution.value, f"{n.confidence:.2f}") for n in found]
    if rows:
        table(("SYMBOL", "LINES", "HOW", "CONFIDENCE"), rows)


def kept_and_below(kept: Sequence[Any], below: int) -> str:
    """How many edges are shown, and how many are left out."""
    return f"{len(kept)} found" + (f" ({below} below the minimum)" if below else "")


def _name(found: Node) -> str:
    return ".".join(part for part in (found.module, found.qualname) if part)
