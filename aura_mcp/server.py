"""The tools that agents call. Each chooses the repository, asks the core one thing and shapes the answer."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated, Final

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from aura_core.errors import InputTooLarge
from aura_core.model.context import MAX_ENTRY_POINTS, MAX_TASK_CHARS, ContextRequest, Format
from aura_core.model.graph import EdgeKind
from aura_core.ports.graph import split_confident
from aura_core.service import Aura
from aura_core.service.symbols import find_symbol
from aura_mcp import answers
from aura_mcp.tool_context import Budget, Desk, MinConfidence, Name, Repo, Roots, Sha
from aura_mcp.walks import Walks

__all__ = ["Desk", "Tools", "build_server"]

INSTRUCTIONS: Final = (
    "Aura knows this code as a graph. Call `context` first, with the whole task in words: it returns the source that matters most, within a budget "
    "of tokens. Then `search` finds symbols, `symbol` shows one, `callers` says who calls it and which calls are not known; `neighbours`, "
    "`expand` and `path` follow edges, `find` and `file` list symbols, `diff` compares two commits. Each answers at any commit (`sha`), "
    "indexed or not; `snapshots` lists those that are."
)


class Tools(Walks):
    """All tools over one desk."""

    async def context(
        self,
        ctx: Context,
        task: Annotated[
            str,
            Field(
                description="The whole task in words: issue, error, question. Names and paths in it help.", min_length=1
            ),
        ],
        roots: Roots,
        max_tokens: Budget = 8_000,
        repo: Repo = "",
        sha: Sha = "",
        entry_points: Annotated[
            list[str] | None,
            Field(description="Uids, names or paths that matter for sure.", max_length=MAX_ENTRY_POINTS),
        ] = None,
        format: Annotated[Format, Field(description="Shape of the text.")] = Format.MARKDOWN,
    ) -> CallToolResult:
        """The source code that matters most for a task, within a budget of tokens. Call this first."""

        def question(aura: Aura, repository: str) -> CallToolResult:
            if len(task) > MAX_TASK_CHARS:
                raise InputTooLarge(
                    f"The task is over {MAX_TASK_CHARS:,} characters.", remedy="Shorten it.", field="task"
                )
            request = ContextRequest(task, answers.text_budget(max_tokens), tuple(entry_points or ()), format)
            pack = aura.at(repository, sha).context(request)
            return answers.result(pack.text, answers.context_data(pack), max_tokens, answers.counting(request.encoding))

        return await self.desk.ask(ctx, repo, sha, roots, question)

    async def search(
        self,
        ctx: Context,
        query: Annotated[
            str, Field(description="Words, a name, a path or a part of code.", min_length=1, max_length=10_000)
        ],
        roots: Roots,
        limit: Annotated[int, Field(description="At most this many hits.", ge=1, le=100)] = 10,
        max_tokens: Budget = 2_000,
        repo: Repo = "",
        sha: Sha = "",
    ) -> CallToolResult:
        """Symbols that fit a query, ranked, with their first lines."""

        def question(aura: Aura, repository: str) -> CallToolResult:
            count, snapshot = answers.counting(), aura.at(repository, sha)
            hits = snapshot.search(query, limit=limit)
            text = answers.hits_text(hits, answers.text_budget(max_tokens), count)
            return answers.result(
                text, {**answers.place(repository, snapshot.sha), "hits": len(hits)}, max_tokens, count
            )

        return await self.desk.ask(ctx, repo, sha, roots, question)

    async def symbol(
        self, ctx: Context, name: Name, roots: Roots, max_tokens: Budget = 4_000, repo: Repo = "", sha: Sha = ""
    ) -> CallToolResult:
        """One symbol, file or section: where it is, what it contains and calls, and its source."""

        def question(aura: Aura, repository: str) -> CallToolResult:
            count = answers.counting()
            snapshot = aura.at(repository, sha)
            view = snapshot.graph()
            node = find_symbol(view, name)
            source = snapshot.source_lines(node)
            calls = view.neighbours(node.uid, [EdgeKind.CALLS], incoming=False)
            inside = [n.uid for n in view.neighbours(node.uid, [EdgeKind.CONTAINS], incoming=False)]
            text = answers.symbol_text(node, source, calls, inside, answers.text_budget(max_tokens), count)
            return answers.result(text, {**answers.place(repository, snapshot.sha), "uid": node.uid}, max_tokens, count)

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
        """Who calls a symbol, how each call was resolved, and the unresolved calls of its name, which could be calls
        of it too.
        """

        def question(aura: Aura, repository: str) -> CallToolResult:
            count = answers.counting()
            snapshot = aura.at(repository, sha)
            view = snapshot.graph()
            node = find_symbol(view, name)
            found = view.callers(node.uid)
            text = answers.callers_text(node, found, min_confidence, answers.text_budget(max_tokens), count)
            kept, below = split_confident(found.neighbours, min_confidence)
            counts = {"uid": node.uid, "callers": len(kept), "below_minimum": below, "could_be": len(found.could_be)}
            return answers.result(text, {**answers.place(repository, snapshot.sha), **counts}, max_tokens, count)

        return await self.desk.ask(ctx, repo, sha, roots, question)


def build_server(desk: Desk) -> MCPServer:
    """A server with all tools, ``context`` first."""
    server = MCPServer("aura", title="Aura", version=version("aura"), instructions=INSTRUCTIONS, log_level="WARNING")
    tools = Tools(desk)
    for tool in (
        *(tools.context, tools.search, tools.symbol, tools.callers),
        *(tools.neighbours, tools.expand, tools.path, tools.find, tools.file, tools.diff, tools.snapshots),
    ):
        server.add_tool(
            tool, annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False), structured_output=False
        )
    return server
