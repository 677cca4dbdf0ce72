"""The tools that look around, over a real repository and by the official client."""

from __future__ import annotations

import pytest
from mcp import Client
from mcp.types import TextContent

from aura_core.model.graph import Resolution
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_mcp.indexer import LocalIndexer
from aura_mcp.server import build_server
from aura_mcp.session import in_thread
from aura_mcp.tool_context import ToolContext
from tests.mcp.conftest import FakeIndexer, patiently
from tests.support import GitRepository

pytestmark = pytest.mark.anyio


async def test_edges_ways_globs_and_outlines_are_answered_at_any_commit(
    stores: Stores, shop: GitRepository, indexer: FakeIndexer
) -> None:
    aura = Aura(stores)
    repo = aura.add(str(shop.path), from_cli=True).id
    aura.index(repo)
    shop.git("tag", "old")
    shop.commit({"shop/prices.py": "x = 1\n"})
    aura.index(repo)
    questions = [
        (
            "neighbours",
            {"symbol": "total_price", "kind": ["CALLS"], "direction": "in"},
            f"- ←CALLS shop/cart.py::Cart.checkout (exact, {Resolution.EXACT.confidence:.2f}; line 18)",
        ),
        (
            "expand",
            {"symbol": "Cart.checkout", "direction": "out"},
            "- 0.81 shop/prices.py::apply_voucher by →CALLS →CALLS",
        ),
        ("path", {"from": "Cart.checkout", "to": "apply_voucher"}, "A path of 2 steps."),
        ("path", {"from": "Cart.checkout", "to": "apply_voucher", "max_steps": 1}, "There is no path within 1 step."),
        (
            "find",
            {"pattern": "*_voucher"},
            "shop/prices.py:10-14 function apply_voucher  def apply_voucher(amount, voucher)",
        ),
        ("file", {"path": "shop/prices.py"}, "shop/prices.py:4-7 function total_price"),
        ("symbol", {"symbol": "shop/prices.py:5"}, "function shop/prices.py::total_price"),
    ]
    async with Client(build_server(ToolContext(lambda: aura, in_thread, indexer))) as client:
        for tool, arguments, expected in questions:
            answer = await client.call_tool(tool, {**arguments, "sha": "old"})
            assert isinstance(answer.content[0], TextContent)
            assert expected in answer.content[0].text, (tool, answer.content[0].text)
            assert answer.structured_content is not None
            assert answer.structured_content["sha"] == shop.git("rev-parse", "old")
        answer = await client.call_tool("diff", {"old": "old"})
        assert answer.structured_content is not None
        assert (answer.structured_content["old"], answer.structured_content["sha"]) == (
            shop.git("rev-parse", "old"),
            shop.git("rev-parse", "HEAD"),
        )
        assert isinstance(answer.content[0], TextContent)
        assert "- function shop/prices.py::total_price:4-7" in answer.content[0].text
        answer = await client.call_tool("snapshots", {})
        assert isinstance(answer.content[0], TextContent)
        assert [line.split(":")[0] for line in answer.content[0].text.splitlines()] == [
            f"- {shop.git('rev-parse', 'HEAD')} (main)",
            f"- {shop.git('rev-parse', 'old')}",
        ]
        missing = await client.call_tool("file", {"path": "shop/gone.py"})
        assert missing.is_error


async def test_both_ends_of_a_difference_are_indexed_first(stores: Stores, shop: GitRepository) -> None:
    aura = Aura(stores)
    repo = aura.add(str(shop.path), from_cli=True).id
    old = shop.git("rev-parse", "HEAD")
    middle = shop.commit({"shop/prices.py": "x = 1\n"})
    shop.commit({"shop/later.py": "y = 1\n"})
    async with Client(build_server(ToolContext(lambda: aura, in_thread, LocalIndexer()))) as client:
        answer = await patiently(lambda: client.call_tool("diff", {"repo": repo, "old": old[:7], "sha": middle[:7]}))
    assert isinstance(answer.content[0], TextContent)
    assert not answer.is_error, answer.content[0].text
    assert answer.content[0].text.startswith(f"{old} to {middle}: files 2 changed; nodes 2 removed, ")
