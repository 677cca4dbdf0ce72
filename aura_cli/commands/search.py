"""``aura search``: ranked symbols."""

from __future__ import annotations

from typing import Annotated

import typer

from aura_cli.options import Json, Repo, Sha
from aura_cli.output import emit, note, plain, table
from aura_cli.session import locate, open_aura

MAX_LIMIT = 200


def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words, a name, a path or a part of code.")],
    repo: Repo = "",
    sha: Sha = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=MAX_LIMIT, metavar="N", help="At most this many.")] = 20,
    json: Json = False,
) -> None:
    """Search symbols and sections, best first."""
    with open_aura() as aura:
        snapshot = locate(aura, repo, sha)
        hits = snapshot.search(query, limit=limit)
    if json:
        emit(
            {
                "repo": snapshot.repository.id,
                "sha": snapshot.sha,
                "digest": snapshot.digest,
                "query": query,
                "hits": plain(hits),
            }
        )
    elif hits:
        table(
            ("WHERE", "SYMBOL", "KIND", "SCORE"),
            [(f"{h.path}:{h.start_line}", h.symbol, h.kind, f"{h.score:.3f}") for h in hits],
        )
    else:
        note(f"nothing in {snapshot.repository.id} fits {query!r}")
