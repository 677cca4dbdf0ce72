"""Parameters that several tools share."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import Context, ListRoots, Resolve
from mcp.types import ListRootsResult
from pydantic import Field

from aura_core.graphs import MAX_STEPS
from aura_core.model.context import MAX_TOKENS, MIN_TOKENS
from aura_core.model.graph import EdgeKind
from aura_core.model.walks import Direction


def client_roots(ctx: Context, repo: str) -> ListRootsResult | ListRoots | None:
    """Return the folders that the client works in. It is asked for them only when the question names no repository and
    it can say.
    """
    capabilities = ctx.client_capabilities
    if repo or capabilities is None or capabilities.roots is None:
        return None
    # Since this version a server asks by its answer; before, it needs a channel of its own to the client.
    asks_in_answer = ctx.protocol_version is not None and ctx.protocol_version >= "2026-07-28"
    return ListRoots() if asks_in_answer or ctx.session.can_send_request else None


Repo = Annotated[
    str, Field(description="Repository: an id, a path or a URL. Leave out for the one you work in.", max_length=4_096)
]
Sha = Annotated[
    str, Field(description="Commit, branch or tag to answer from. Leave out for the present state.", max_length=1_024)
]
Budget = Annotated[int, Field(description="The answer has at most this many tokens.", ge=MIN_TOKENS, le=MAX_TOKENS)]
Symbol = Annotated[
    str,
    Field(description="Uid, path:line, dotted name, qualified name or its last part.", min_length=1, max_length=2_000),
]
MinConfidence = Annotated[float, Field(description="Leave out, but count, edges less sure than this.", ge=0, le=1)]
Kinds = Annotated[list[EdgeKind] | None, Field(description="Only edges of these kinds.", max_length=8)]
Way = Annotated[Direction, Field(description="out: what the symbol uses, in: what uses it, both.")]
Steps = Annotated[int, Field(description="At most this many edges from the start.", ge=1, le=MAX_STEPS)]
Limit = Annotated[int, Field(description="At most this many.", ge=1, le=1_000)]
Roots = Annotated[ListRootsResult | None, Resolve(client_roots)]
