"""The tools, called by the official client in both ages of the protocol."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult, TextContent

from aura_core.errors import SnapshotNotReady, UnknownRepository
from aura_core.model.graph import Resolution
from aura_core.tokens import TokenCounter
from aura_mcp.answers import DATA_TOKENS, result
from aura_mcp.server import build_server
from aura_mcp.tool_context import ToolContext
from tests.api.fake import CHECKOUT, PAY, SHA, SHOP, FakeAura
from tests.mcp.conftest import FakeIndexer

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("mode", ["auto", "legacy"])]
COUNT = TokenCounter("cl100k_base").count


def _text(answer: CallToolResult) -> str:
    assert len(answer.content) == 1
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


def _tokens(answer: CallToolResult) -> int:
    data = COUNT(json.dumps(answer.structured_content)) if answer.structured_content else 0
    assert data <= DATA_TOKENS
    return COUNT(_text(answer)) + data


async def test_the_tools_are_listed_context_first(tool_context: ToolContext, mode: str) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        tools = (await client.list_tools()).tools
    assert [t.name for t in tools] == [
        "context",
        "search",
        "symbol",
        "callers",
        "callees",
        "neighbours",
        "expand",
        "path",
        "find",
        "file",
        "diff",
        "snapshots",
    ]
    for tool in tools:
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert all(p.get("description") for p in tool.input_schema["properties"].values()), tool.name
        assert "roots" not in tool.input_schema["properties"]
    assert tools[0].input_schema["required"] == ["task"]


async def test_a_context_comes_as_text_with_a_little_data(tool_context: ToolContext, aura: FakeAura, mode: str) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool(
            "context", {"task": "Fix the cart", "max_tokens": 2_000, "entry_points": ["pay"], "sha": "main"}
        )
    assert not answer.is_error
    assert _text(answer) == "def checkout…"
    assert answer.structured_content is not None
    assert answer.structured_content["repo"] == SHOP.id
    assert answer.structured_content["sha"] == SHA
    assert answer.structured_content["nodes_truncated"] == 1
    place, (name, (request,)) = aura.calls[-2:]
    assert (place, name) == (("at", (SHOP.id, "main", None)), "context")
    assert request.max_tokens == 2_000 - DATA_TOKENS
    assert request.entry_points == ("pay",)


async def test_a_small_budget_goes_to_the_text_alone(tool_context: ToolContext, aura: FakeAura, mode: str) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool("context", {"task": "x", "max_tokens": 64})
    assert answer.structured_content == {}
    assert aura.calls[-1][1][0].max_tokens == 64


@pytest.mark.parametrize("budget", [64, 100, 799, 800, 1_500])
@pytest.mark.parametrize(("tool", "arguments"), [("search", {"query": "cart"}), ("callers", {"symbol": "checkout"})])
async def test_text_and_data_together_stay_within_the_budget(
    tool_context: ToolContext, mode: str, tool: str, arguments: dict[str, Any], budget: int
) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool(tool, {**arguments, "max_tokens": budget})
    assert not answer.is_error
    assert 0 < _tokens(answer) <= budget


async def test_search_shows_where_and_what(tool_context: ToolContext, mode: str) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        text = _text(await client.call_tool("search", {"query": "checkout", "limit": 3}))
    assert "shop/cart.py:19-21 method Cart.checkout" in text
    assert CHECKOUT.uid in text
    assert "    def checkout(self):" in text


async def test_callers_say_what_could_be_one_too(tool_context: ToolContext, mode: str) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        text = _text(await client.call_tool("callers", {"symbol": CHECKOUT.uid}))
        none = _text(await client.call_tool("callers", {"symbol": PAY.uid}))
    assert f"1 resolved caller of {CHECKOUT.uid}" in text
    assert f"- {PAY.uid} (inferred, {Resolution.INFERRED.confidence:.2f}; lines 5, 7)" in text
    assert "1 unresolved call of the same name could also be calls of it:" in text
    assert "\n- shop/jobs.py::run: job.checkout (line 4; unknown receiver)" in text
    assert none == f"No resolved caller of {PAY.uid}.\nNo unresolved call in the repository has its name."


async def test_callers_below_a_minimum_are_counted(tool_context: ToolContext, mode: str) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        text = _text(await client.call_tool("callers", {"symbol": CHECKOUT.uid, "min_confidence": 0.95}))
    assert text.startswith(f"No resolved caller of {CHECKOUT.uid}.\n1 below the minimum confidence.\n1 unresolved call")


async def test_an_error_says_what_to_do(tool_context: ToolContext, aura: FakeAura, mode: str) -> None:
    aura.error = UnknownRepository("There is no repository 'x'.", remedy="Add it.")
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool("context", {"task": "x"})
    assert answer.is_error
    assert _text(answer) == "There is no repository 'x'. Add it. [unknown_repository]"


async def test_what_nobody_foresaw_says_nothing_of_the_inside(
    tool_context: ToolContext, aura: FakeAura, mode: str
) -> None:
    aura.error = RuntimeError("secret")
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool("context", {"task": "x"})
    assert answer.is_error
    assert "secret" not in _text(answer)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"task": ""},
        {"task": "x", "max_tokens": 63},
        {"task": "x", "max_tokens": 10**9},
        {"task": "x", "format": "html"},
    ],
)
async def test_wrong_arguments_are_the_callers_to_mend(
    tool_context: ToolContext, aura: FakeAura, mode: str, arguments: dict[str, Any]
) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool("context", arguments)
    assert answer.is_error
    assert "context" not in aura.names()


async def test_what_is_not_indexed_is_indexed_with_progress(
    tool_context: ToolContext, aura: FakeAura, indexer: FakeIndexer, mode: str
) -> None:
    seen: list[tuple[float, float | None, str | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        seen.append((done, total, message))

    def publish() -> None:
        aura.error = None

    def missing() -> None:
        if aura.calls[-1][0] == "context" and indexer.polls:
            raise SnapshotNotReady("Nothing yet.", wanted=SHA, indexed=None)

    indexer.polls, indexer.done, aura.before = 2, publish, missing
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool("context", {"task": "x"}, progress_callback=progress)
    assert not answer.is_error
    assert (1.0, 5.0, f"Indexing {SHOP.id}: parse 10 of 20") in seen


async def test_what_takes_too_long_says_how_far_it_is(
    tool_context: ToolContext, aura: FakeAura, indexer: FakeIndexer, mode: str
) -> None:
    indexer.polls = 10_000

    def missing() -> None:
        if aura.calls[-1][0] == "context":
            raise SnapshotNotReady("Nothing yet.", wanted=SHA, indexed=None)

    aura.before = missing
    async with Client(build_server(replace(tool_context, wait_seconds=0.3)), mode=mode) as client:
        answer = await client.call_tool("context", {"task": "x"})
    assert answer.is_error
    assert "is being indexed: parse 10 of 20." in _text(answer)
    assert "Ask again" in _text(answer)


async def test_data_is_cut_to_its_share(mode: str) -> None:
    answer = result("text", {"repo": "r", "long": "word " * 500, "sha": "s"}, 8_000, COUNT)
    assert answer.structured_content == {"repo": "r", "sha": "s"}
