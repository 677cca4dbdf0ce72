"""The tools that agents call. Each chooses the repository, asks the core one thing and shapes the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final, TypeVar

from mcp.server.mcpserver import Context, ListRoots, MCPServer, Resolve
from mcp.types import CallToolResult, ListRootsResult, ToolAnnotations
from pydantic import Field

from aura_core.errors import AuraError, InputTooLarge, SnapshotNotReady
from aura_core.model.context import MAX_ENTRY_POINTS, MAX_TASK_CHARS, MAX_TOKENS, MIN_TOKENS, ContextRequest, Format
from aura_core.model.graph import EdgeKind
from aura_core.ports.graph import confident
from aura_core.service import Aura
from aura_core.service.symbols import find_symbol
from aura_mcp import answers
from aura_mcp.choose import choose, folder_of
from aura_mcp.ready import Indexer, Runner, bring_up
from aura_mcp.source import source_lines

T = TypeVar("T")

ATTEMPTS: Final = 3
"""An edit while indexing makes the working tree a new one; three times is enough."""

INSTRUCTIONS: Final = (
    "Aura knows this code as a graph. Call `context` first, with the whole task in words: it returns the source that matters most, within a budget "
    "of tokens. Then `search` finds symbols, `symbol` shows one, `callers` says who calls it and which calls are not known."
)


def client_roots(ctx: Context, repo: str) -> ListRootsResult | ListRoots | None:
    """The folders that the client works in: asked for only when the question names no repository and the client can say."""
    capabilities = ctx.client_capabilities
    if repo or capabilities is None or capabilities.roots is None:
        return None
    modern = ctx.protocol_version is not None and ctx.protocol_version >= "2026-07-28"
    return ListRoots() if modern or ctx.session.can_send_request else None


Repo = Annotated[str, Field(description="Repository: an id, a path or a URL. Leave out for the one you work in.", max_length=4_096)]
Sha = Annotated[str, Field(description="Commit, branch or tag to answer from. Leave out for the present state.", max_length=1_024)]
Budget = Annotated[int, Field(description="The answer has at most this many tokens.", ge=MIN_TOKENS, le=MAX_TOKENS)]
Name = Annotated[str, Field(description="Uid, dotted name, qualified name or its last part.", min_length=1, max_length=2_000)]
MinConfidence = Annotated[float, Field(description="Leave out, but count, callers less sure than this.", ge=0, le=1)]
Roots = Annotated[ListRootsResult | None, Resolve(client_roots)]


@dataclass(frozen=True)
class Desk:
    """What the tools work with. ``folder`` is the current folder where that means something; ``from_cli`` may add local paths."""

    aura: Callable[[], Aura]
    run: Runner
    indexer: Indexer
    folder: Path | None = None
    from_cli: bool = False

    async def ask(
        self, ctx: Context, repo: str, revision: str, roots: ListRootsResult | None, question: Callable[[Aura, str], CallToolResult]
    ) -> CallToolResult:
        """Choose the repository, ask, and index first when that is what is missing."""
        places = [path for root in (roots.roots if roots else ()) if (path := folder_of(str(root.uri)))]
        try:
            return await self._ask(ctx, repo, revision, places, question)
        except AuraError as error:
            return answers.failure(error)

    async def _ask(
        self, ctx: Context, repo: str, revision: str, places: Sequence[str], question: Callable[[Aura, str], CallToolResult]
    ) -> CallToolResult:
        aura = await self.run(self.aura)
        chosen = await self.run(lambda: choose(aura, repo, places, self.folder, from_cli=self.from_cli))
        for _ in range(ATTEMPTS):
            try:
                return await self.run(lambda: question(aura, chosen.id))
            except SnapshotNotReady:
                await bring_up(self.indexer, aura, chosen.id, revision, self.run, ctx.report_progress)
        return await self.run(lambda: question(aura, chosen.id))


class Tools:
    """The tools over one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def context(
        self,
        ctx: Context,
        task: Annotated[str, Field(description="The whole task in words: issue, error, question. Names and paths in it help.", min_length=1)],
        roots: Roots,
        max_tokens: Budget = 8_000,
        repo: Repo = "",
        sha: Sha = "",
        entry_points: Annotated[
            list[str] | None, Field(description="Uids, names or paths that matter for sure.", max_length=MAX_ENTRY_POINTS)
        ] = None,
        format: Annotated[Format, Field(description="Shape of the text.")] = Format.MARKDOWN,
    ) -> CallToolResult:
        """The source code that matters most for a task, within a budget of tokens. Call this first."""

        def question(aura: Aura, repository: str) -> CallToolResult:
            if len(task) > MAX_TASK_CHARS:
                raise InputTooLarge(f"The task is over {MAX_TASK_CHARS:,} characters.", remedy="Shorten it.", field="task")
            request = ContextRequest(task, answers.text_budget(max_tokens), tuple(entry_points or ()), format)
            pack = aura.context(repository, request, revision=sha)
            return answers.result(pack.text, answers.context_data(pack), max_tokens, answers.counting(request.encoding))

        return await self.desk.ask(ctx, repo, sha, roots, question)

    async def search(
        self,
        ctx: Context,
        query: Annotated[str, Field(description="Words, a name, a path or a part of code.", min_length=1, max_length=10_000)],
        roots: Roots,
        limit: Annotated[int, Field(description="At most this many hits.", ge=1, le=100)] = 10,
        max_tokens: Budget = 2_000,
        repo: Repo = "",
        sha: Sha = "",
    ) -> CallToolResult:
        """Symbols that fit a query, ranked, with their first lines."""

        def question(aura: Aura, repository: str) -> CallToolResult:
            count, at = answers.counting(), aura.locate(repository, sha)
            hits = aura.search(repository, query, limit=limit, revision=at.sha)
            text = answers.hits_text(hits, answers.text_budget(max_tokens), count)
            return answers.result(text, {**answers.place(repository, at.sha), "hits": len(hits)}, max_tokens, count)

        return await self.desk.ask(ctx, repo, sha, roots, question)

    async def symbol(self, ctx: Context, name: Name, roots: Roots, max_tokens: Budget = 4_000, repo: Repo = "", sha: Sha = "") -> CallToolResult:
        """One symbol, file or section: where it is, what it contains and calls, and its source."""

        def question(aura: Aura, repository: str) -> CallToolResult:
            count = answers.counting()
            snapshot, _digest, view = aura.graph(repository, revision=sha)
            node = find_symbol(view, name)
            source = source_lines(aura, repository, snapshot, node)
            calls = view.neighbours(node.uid, [EdgeKind.CALLS], incoming=False)
            inside = [n.uid for n in view.neighbours(node.uid, [EdgeKind.CONTAINS], incoming=False)]
            text = answers.symbol_text(node, source, calls, inside, answers.text_budget(max_tokens), count)
            return answers.result(text, {**answers.place(repository, snapshot), "uid": node.uid}, max_tokens, count)

        return await self.desk.ask(ctx, repo, sha, roots, question)

    async def callers(
        self,
        ctx: Context,
        name: Name,
        roots: Roots,
        min_confidence: MinConfidence = 0,
        max_tokens: Budget = 2_000,
        repo: Repo = "",
        sha: Sha = "",
    ) -> CallToolResult:
        """Who calls a symbol, how each call was resolved, and the unresolved calls of its name, which could be calls of it too."""

        def question(aura: Aura, repository: str) -> CallToolResult:
            count = answers.counting()
            snapshot, _digest, view = aura.graph(repository, revision=sha)
            node = find_symbol(view, name)
            found = view.callers(node.uid)
            text = answers.callers_text(node, found, min_confidence, answers.text_budget(max_tokens), count)
            kept = len(confident(found.found, min_confidence))
            counts = {"uid": node.uid, "callers": kept, "below_minimum": len(found.found) - kept, "could_be": len(found.could_be)}
            return answers.result(text, {**answers.place(repository, snapshot), **counts}, max_tokens, count)

        return await self.desk.ask(ctx, repo, sha, roots, question)


def build_server(desk: Desk) -> MCPServer:
    """A server with the four tools, ``context`` first."""
    server = MCPServer("aura", title="Aura", version=version("aura"), instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(desk)
    for tool in (tools.context, tools.search, tools.symbol, tools.callers):
        server.add_tool(tool, annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False), structured_output=False)
    return server
