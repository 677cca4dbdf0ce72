"""``aura search``: ranked symbols."""

from __future__ import annotations

from typing import Annotated

import typer

from aura_cli.options import Json, Repo, Sha
from aura_cli.output import emit, note, plain, table
from aura_cli.session import located, opened

MAX_LIMIT = 200


def search(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words, a name, a path or a part of code.")],
    repo: Repo = "",
    sha: Sha = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=MAX_LIMIT, metavar="N", help="At most this many.")] = 20,
    json: Json = False,
) -> None:
    """Search symbols and sections, best first."""
    with opened() as aura:
        at = located(aura, repo, sha)
        hits = at.search(query, limit=limit)
    if json:
        emit({"repo": at.repository.id, "sha": at.sha, "digest": at.digest, "query": query, "hits": plain(hits)})
    elif hits:
        table(
            ("WHERE", "SYMBOL", "KIND", "SCORE"),
            [(f"{h.path}:{h.start_line}", h.symbol, h.kind, f"{h.score:.3f}") for h in hits],
        )
    else:
        note(f"nothing in {at.repository.id} fits {query!r}")
