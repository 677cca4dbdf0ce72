"""``aura graph``: questions to the graph of one snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from aura_cli.examples import example_text
from aura_cli.options import Json, Repo, Sha
from aura_cli.output import emit, emit_line, fields, plain, say, table
from aura_cli.session import locate, open_aura
from aura_core.model.graph import EdgeKind, Node
from aura_core.model.words import plural

if TYPE_CHECKING:
    from aura_core.ports.graph import GraphReader, Neighbour

app = typer.Typer(help="Ask the graph of a snapshot: nodes, edges, paths, the whole graph, its digest.")

Symbol = Annotated[
    str, typer.Argument(metavar="SYMBOL", help="Uid, PATH:LINE, dotted name, qualified name or its last part.")
]
MinConfidence = Annotated[
    float,
    typer.Option(
        "--min-confidence",
        metavar="P",
        min=0,
        max=1,
        help="Leave out edges with a lower confidence (0 to 1); they are counted.",
    ),
]


class OpenSymbol(NamedTuple):
    """An open snapshot and one of its symbols. ``others``: uids that the symbol's name could mean too."""

    head: dict[str, Any]
    reader: GraphReader
    node: Node
    others: Sequence[str]


@app.command("export", epilog=example_text("graph export"))
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
    with open_aura() as aura:
        for row in locate(aura, repo, sha).export(rows):
            emit_line(row)


@app.command("node", epilog=example_text("graph node"))
def node(symbol: Symbol, repo: Repo = "", sha: Sha = "", json: Json = False) -> None:
    """Show a symbol.

    Where it is, its signature, and the definitions inside it.
    """
    with open_symbol(symbol, repo, sha) as (head, reader, symbol_node, others):
        inside = [n.uid for n in reader.neighbours(symbol_node.uid, [EdgeKind.CONTAINS], incoming=False)]
    if json:
        emit({**head, "contains": inside})
        return
    fields({**place(symbol_node), "contains": ", ".join(inside)})
    say_others(symbol_node, others)


@app.command("callers", epilog=example_text("graph callers"))
def callers(
    symbol: Symbol, min_confidence: MinConfidence = 0, repo: Repo = "", sha: Sha = "", json: Json = False
) -> None:
    """Show who calls a symbol.

    Apart from these, who hands it to other code, and the number of unresolved calls that could still be calls of it.
    Callers of a class are those of its constructors too.
    """
    from aura_core.ports.graph import split_callers

    with open_symbol(symbol, repo, sha) as (head, reader, symbol_node, others):
        answer, below = split_callers(reader.callers(symbol_node.uid), min_confidence)
    if json:
        could_be = [{"source": uid, **plain_site(site)} for uid, site in answer.could_be]
        emit(
            {
                **head,
                "callers": [neighbour_value(n) for n in answer.neighbours],
                "constructors": list(answer.constructors),
                "references": [neighbour_value(n) for n in answer.references],
                "below_minimum": below,
                "could_be": could_be,
            }
        )
        return
    _neighbours(answer.neighbours)
    if answer.references:
        say("Handed to other code, which may call it:")
        _neighbours(answer.references)
    references = f"{plural(len(answer.references), 'place hands', 'places hand')} it on, " if answer.references else ""
    say(
        f"{edge_counts(answer.neighbours, below)}, {references}"
        f"{plural(len(answer.could_be), 'call site')} in the tree could still be this one"
    )
    if answer.constructors:
        say(f"Counted with it: calls of {', '.join(answer.constructors)}.")
    say_others(symbol_node, others)


@app.command("callees", epilog=example_text("graph callees"))
def callees(
    symbol: Symbol, min_confidence: MinConfidence = 0, repo: Repo = "", sha: Sha = "", json: Json = False
) -> None:
    """Show what a symbol calls.

    Inside the repository and outside (`external:…`).
    """
    from aura_core.ports.graph import split_confident

    with open_symbol(symbol, repo, sha) as (head, reader, symbol_node, others):
        callees = reader.neighbours(symbol_node.uid, [EdgeKind.CALLS], incoming=False)
    edges, below = split_confident(callees, min_confidence)
    if json:
        emit({**head, "callees": [neighbour_value(n) for n in edges], "below_minimum": below})
        return
    _neighbours(edges)
    say(edge_counts(edges, below))
    say_others(symbol_node, others)


@app.command("digest", epilog=example_text("graph digest"))
def digest(repo: Repo = "", sha: Sha = "", json: Json = False) -> None:
    """Print the digest of a snapshot.

    Two indexes are equal when their digests are equal.
    """
    with open_aura() as aura:
        snapshot = locate(aura, repo, sha)
        counts = snapshot.graph().counts() if json else {}
    if json:
        emit({"repo": snapshot.repository.id, "sha": snapshot.sha, "digest": snapshot.digest, "counts": counts})
    else:
        say(snapshot.digest)


@contextmanager
def open_graph(repo: str, sha: str) -> Iterator[tuple[dict[str, Any], GraphReader]]:
    """Yield (head of the answer, graph reader) of a snapshot, while its stores are open."""
    with open_aura() as aura:
        snapshot = locate(aura, repo, sha)
        yield snapshot.names, snapshot.graph()


@contextmanager
def open_symbol(symbol: str, repo: str, sha: str) -> Iterator[OpenSymbol]:
    """Yield a symbol of a snapshot, while its stores are open."""
    from aura_core.service.symbols import choose_symbol

    with open_graph(repo, sha) as (head, reader):
        node, others = choose_symbol(reader, symbol)
        yield OpenSymbol({**head, "node": node_value(node), "others": list(others)}, reader, node, others)


def say_others(node: Node, others: Sequence[str]) -> None:
    """Say which symbol was chosen, when its name could mean others too."""
    if others:
        say(f"This is {node.uid}. The name could also mean {', '.join(others)}.")


def place(node: Node) -> dict[str, object]:
    """Return the place, the signature and the documentation of a symbol."""
    where = f"{node.path}:{node.start_line}-{node.end_line}"
    return {
        "uid": node.uid,
        "name": _name(node),
        "kind": node.kind.value,
        "where": where,
        "signature": node.signature,
        "doc": node.doc,
    }


def plain_site(site: Any) -> dict[str, Any]:
    """Return an unresolved call site as a JSON value."""
    return {"text": site.text, "reason": site.reason, "line": site.line}


def node_value(node: Node) -> dict[str, Any]:
    """Return a node as a JSON value."""
    value: dict[str, Any] = plain(node)
    return value


def neighbour_value(neighbour: Neighbour) -> dict[str, Any]:
    """Return a neighbour as a JSON value."""
    inner = node_value(neighbour.node) if neighbour.node is not None else None
    return {
        "uid": neighbour.uid,
        "kind": neighbour.kind.value,
        "how": neighbour.resolution.value,
        "confidence": neighbour.confidence,
        "lines": list(neighbour.lines),
        "node": inner,
    }


def _neighbours(neighbours: Any) -> None:
    rows = [(n.uid, ", ".join(map(str, n.lines)), n.resolution.value, f"{n.confidence:.2f}") for n in neighbours]
    if rows:
        table(("SYMBOL", "LINES", "HOW", "CONFIDENCE"), rows)


def edge_counts(edges: Sequence[Any], below: int) -> str:
    """Return how many edges are shown, and how many are left out, in words."""
    return f"{len(edges)} found" + (f" ({below} below the minimum)" if below else "")


def _name(node: Node) -> str:
    return ".".join(part for part in (node.module, node.qualname) if part)
