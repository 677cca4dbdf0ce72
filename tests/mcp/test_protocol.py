"""What a protocol tester sees: one vocabulary, errors in our words, structured data as declared, nothing declared that
is not there.
"""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from jsonschema import Draft202012Validator
from mcp import Client, MCPError
from mcp.types import METHOD_NOT_FOUND, CallToolResult, TextContent

from aura_core.errors import SnapshotNotReady
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_mcp.indexer import LocalIndexer, RisingProgress
from aura_mcp.server import TITLES, TOOLS, build_server
from aura_mcp.session import in_thread
from aura_mcp.tool_context import ToolContext
from tests.api.fake import CHECKOUT, SHA, FakeAura
from tests.mcp.conftest import FakeIndexer
from tests.support import GitRepository

pytestmark = [pytest.mark.anyio]
MODES = pytest.mark.parametrize("mode", ["auto", "legacy"])

QUESTIONS: dict[str, dict[str, Any]] = {
    "context": {"task": "vouchers in Cart.checkout"},
    "search": {"query": "voucher"},
    "symbol": {"symbol": "Cart.checkout"},
    "callers": {"symbol": "total_price"},
    "callees": {"symbol": "Cart.checkout"},
    "neighbours": {"symbol": "total_price"},
    "expand": {"symbol": "Cart.checkout"},
    "path": {"from": "Cart.checkout", "to": "apply_voucher"},
    "find": {"pattern": "*voucher*"},
    "file": {"path": "shop/cart.py"},
    "diff": {"old": "main"},
    "snapshots": {},
}


def text_of(answer: CallToolResult) -> str:
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


@pytest.fixture
def real(stores: Stores, shop: GitRepository) -> ToolContext:
    aura = Aura(stores)
    aura.index(aura.add(str(shop.path), from_cli=True).id)
    return ToolContext(lambda: aura, in_thread, LocalIndexer())


@MODES
async def test_structured_data_is_as_declared_with_uids_paths_and_lines(real: ToolContext, mode: str) -> None:
    assert set(QUESTIONS) == {tool.__name__ for tool in TOOLS} == set(TITLES)
    async with Client(build_server(real), mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        for name, arguments in QUESTIONS.items():
            schema = tools[name].output_schema
            assert schema is not None, name
            for budget in (64, 800, 4_000):
                answer = await client.call_tool(name, {**arguments, "max_tokens": budget})
                assert not answer.is_error, (name, answer.content)
                errors = [e.message for e in Draft202012Validator(schema).iter_errors(answer.structured_content)]
                assert not errors, (name, budget, errors)
        callers = (await client.call_tool("callers", {"symbol": "total_price"})).structured_content
        assert callers is not None
        assert callers["symbol"]["uid"] == "shop/prices.py::total_price"
        assert callers["callers_total"] == 1
        (caller,) = callers["callers"]
        assert (caller["uid"], caller["path"], caller["lines"], caller["how"]) == (
            *("shop/cart.py::Cart.checkout", "shop/cart.py"),
            *([18], "exact"),
        )
        callees = (await client.call_tool("callees", {"symbol": "Cart.checkout"})).structured_content
        assert callees is not None
        assert [end["uid"] for end in callees["callees"]] == ["shop/prices.py::total_price"]
        found = (await client.call_tool("find", {"pattern": "*apply_voucher"})).structured_content
        assert found is not None
        assert found["nodes"] == [
            {
                "uid": "shop/prices.py::apply_voucher",
                "path": "shop/prices.py",
                "start_line": 10,
                "end_line": 14,
                "kind": "function",
            }
        ]


@MODES
async def test_callees_say_what_a_symbol_calls(tool_context: ToolContext, mode: str) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool("callees", {"symbol": CHECKOUT.uid})
    assert text_of(answer).startswith(f"1 resolved callee of {CHECKOUT.uid}:\n- external:json.dumps (exact, ")


@MODES
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("symbol", {"symbol": "total_price", "budget": 500}),
        ("symbol", {"name": "total_price", "max_tokens": 500}),
        ("search", {"q": "voucher"}),
        ("neighbours", {"symbol": "total_price", "kinds": ["CALLS"]}),
        ("neighbours", {"symbol": "total_price", "kind": "CALLS"}),
        ("neighbours", {"symbol": "total_price", "kind": '["CALLS", "EXTENDS"]'}),
        ("path", {"start": "Cart.checkout", "end": "apply_voucher"}),
    ],
)
async def test_the_words_of_the_command_line_and_of_http_are_taken(
    real: ToolContext, mode: str, tool: str, arguments: dict[str, Any]
) -> None:
    async with Client(build_server(real), mode=mode) as client:
        answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, text_of(answer)


@MODES
@pytest.mark.parametrize(
    ("tool", "arguments", "text"),
    [
        ("context", {}, "task is missing. Arguments of context: task, max_tokens, repo, sha, entry_points, format."),
        ("context", {"task": ""}, "task must not be empty."),
        ("context", {"task": "x", "max_tokens": 63}, "max_tokens must be at least 64."),
        ("context", {"task": "x", "budget": 10**9}, "max_tokens must be at most 200,000."),
        ("context", {"task": "x", "max_tokens": "many"}, "max_tokens must be a whole number."),
        ("context", {"task": "x", "format": "html"}, "format must be 'markdown', 'plain', 'xml' or 'json'."),
        ("context", {"task": "x", "colour": 1}, "context has no argument 'colour'. Arguments of context: task, "),
        ("context", {"task": "x", "max_tokens": 100, "budget": 200}, "budget and max_tokens mean the same"),
        ("path", {"to": "x"}, "from is missing. Arguments of path: from, to, "),
        ("expand", {"symbol": "x", "kind": ["LIKES"]}, "kind.0 must be "),
    ],
)
async def test_wrong_arguments_are_answered_in_our_words(
    tool_context: ToolContext, aura: FakeAura, mode: str, tool: str, arguments: dict[str, Any], text: str
) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool(tool, arguments)
    assert answer.is_error
    assert text_of(answer).startswith(text)
    assert text_of(answer).endswith("[invalid_request]")
    assert "pydantic" not in text_of(answer)
    assert "validation error" not in text_of(answer)
    assert aura.calls == []


@MODES
async def test_only_what_is_there_is_declared(tool_context: ToolContext, mode: str) -> None:
    async with Client(build_server(tool_context), mode=mode) as client:
        capabilities = client.server_capabilities
        assert capabilities is not None
        declared = {name for name, value in capabilities.model_dump().items() if value is not None}
        assert declared == {"tools"}
        with pytest.raises(MCPError) as refused:
            await client.list_prompts()
        assert refused.value.error.code == METHOD_NOT_FOUND
        with pytest.raises(MCPError) as unknown:
            await client.call_tool("colour", {})
        assert "The tools are context, search" in str(unknown.value)
        for tool in (await client.list_tools()).tools:
            assert tool.title == TITLES[tool.name]
            assert tool.annotations is not None
            assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (True, False)
            assert tool.input_schema["additionalProperties"] is False


@MODES
async def test_progress_only_rises_over_several_indexings(
    tool_context: ToolContext, aura: FakeAura, indexer: FakeIndexer, mode: str
) -> None:
    values: list[float] = []

    async def progress(done: float, _total: float | None, _message: str | None) -> None:
        values.append(done)

    missing = {"times": 2}

    def not_ready() -> None:
        if aura.calls[-1][0] == "context" and missing["times"]:
            missing["times"] -= 1
            indexer.polls = 2
            raise SnapshotNotReady("Nothing yet.", wanted=SHA, indexed=None)

    aura.before = not_ready
    async with Client(build_server(tool_context), mode=mode) as client:
        answer = await client.call_tool("context", {"task": "x"}, progress_callback=progress)
    assert not answer.is_error
    assert len(values) == 2
    assert values == sorted(set(values))


async def test_progress_that_does_not_rise_is_not_reported() -> None:
    reports: list[tuple[float, float]] = []

    async def report(done: float, total: float, _text: str) -> None:
        reports.append((done, total))

    progress = RisingProgress(report)
    for part in ((0, 1, 1, 0.5, 2), (0, 1)):
        progress.begin()
        for done in part:
            await progress(done, 5, "")
    assert reports == [(0, 5), (1, 5), (2, 5), (3, 7)]


@MODES
async def test_a_call_that_is_cancelled_leaves_the_server_answering(
    tool_context: ToolContext, aura: FakeAura, indexer: FakeIndexer, mode: str
) -> None:
    indexer.polls = 10_000

    def not_ready() -> None:
        if aura.calls[-1][0] == "context":
            raise SnapshotNotReady("Nothing yet.", wanted=SHA, indexed=None)

    aura.before = not_ready
    async with Client(build_server(tool_context), mode=mode) as client:
        with anyio.move_on_after(0.3) as scope:
            await client.call_tool("context", {"task": "x"})
        assert scope.cancelled_caught
        assert not (await client.call_tool("search", {"query": "cart"})).is_error
        polls = indexer.polls
        await anyio.sleep(0.5)
        assert indexer.polls == polls, "the cancelled call goes on waiting"
