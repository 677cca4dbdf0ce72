"""The stdio server as agents start it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import TextContent

from aura_core.settings import Settings
from aura_mcp.config import print_config
from tests.mcp.conftest import TOOL_NAMES, patiently
from tests.support import PATIENCE_SECONDS, GitRepository

HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}


def _lines(*messages: Mapping[str, Any]) -> str:
    return "".join(json.dumps({"jsonrpc": "2.0", **m}) + "\n" for m in messages)


TALK = _lines(
    {"id": 1, "method": "initialize", "params": HELLO},
    {"method": "notifications/initialized"},
    {"id": 2, "method": "tools/list"},
    {"id": 3, "method": "tools/call", "params": {"name": "context", "arguments": {"task": "x", "max_tokens": 500}}},
)


def _speak(command: list[str], talk: str, folder: Path, answers: int) -> tuple[list[dict[str, Any]], str]:
    """Send a talk, read that many answers, close stdin; every line that came on stdout, parsed, and stderr."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=folder, text=True, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(talk)
        process.stdin.flush()
        read = [process.stdout.readline() for _ in range(answers)]
        process.stdin.close()
        rest = process.stdout.read()
        errors = process.stderr.read() if process.stderr is not None else ""
        assert process.wait(timeout=PATIENCE_SECONDS) == 0, errors
    return [json.loads(line) for line in [*read, *rest.splitlines()]], errors


@pytest.mark.parametrize("command", [["aura_mcp"], ["aura_cli", "mcp"]], ids=" ".join)
def test_nothing_but_the_protocol_reaches_stdout(tmp_path: Path, command: list[str]) -> None:
    answers, errors = _speak([sys.executable, "-P", "-m", *command], TALK, tmp_path, 3)
    assert [a["id"] for a in answers] == [1, 2, 3]
    assert answers[0]["result"]["serverInfo"]["name"] == "aura"
    assert [t["name"] for t in answers[1]["result"]["tools"]] == TOOL_NAMES
    assert answers[2]["result"]["isError"]
    assert "No repository is registered." in answers[2]["result"]["content"][0]["text"]
    assert "Traceback" not in errors


def test_whatever_prints_while_it_starts_works_and_ends_lands_on_stderr(tmp_path: Path) -> None:
    noisy = """
import atexit, os, subprocess, sys
from aura_mcp.stdio import serve
import aura_mcp.stdout_guard
class Noisy:
    def find_spec(self, name, path=None, target=None):
        if name in {"mcp", "anyio", "aura_core.service"}:
            print("importing", name)
            os.write(1, b"raw import\\n")
        return None
sys.meta_path.insert(0, Noisy())
atexit.register(lambda: print("the end"))
code = serve()
print("after")
sys.exit(code)
"""
    answers, errors = _speak([sys.executable, "-c", noisy], TALK, tmp_path, 3)
    assert [a["id"] for a in answers] == [1, 2, 3]
    for text in ("importing mcp", "importing aura_core.service", "raw import", "after", "the end"):
        assert text in errors


def test_print_config_starts_a_server_from_any_folder_without_running_what_lies_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AURA_HOME", os.path.relpath(tmp_path / "aura-home"))
    entry = json.loads(print_config())["mcpServers"]["aura"]
    assert Path(entry["command"]).is_absolute()
    assert entry["env"]["AURA_HOME"] == str(tmp_path / "aura-home")
    trap = tmp_path / "trap"
    trap.mkdir()
    for name in ("json.py", "anyio.py", "aura_core.py", "mcp.py"):
        (trap / name).write_text("raise SystemExit('the folder was run')\n")
    monkeypatch.setenv("AURA_HOME", entry["env"]["AURA_HOME"])
    answers, _ = _speak([entry["command"], *entry["args"]], TALK, trap, 3)
    assert answers[0]["result"]["serverInfo"]["name"] == "aura"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_official_client_asks_about_the_folder_it_stands_in(
    shop: GitRepository, settings: Settings, mode: str
) -> None:
    shop.write({"shop/fresh.py": "def just_written():\n    return 'not committed'\n"})
    server = StdioServerParameters(
        command=sys.executable,
        args=["-P", "-m", "aura_mcp"],
        cwd=shop.path,
        env={
            "AURA_HOME": str(settings.home),
            "AURA_WORKERS": "1",
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        },
    )

    async def run() -> None:
        async with Client(server, mode=mode) as client:
            assert [t.name for t in (await client.list_tools()).tools] == TOOL_NAMES
            answer = await patiently(
                lambda: client.call_tool("context", {"task": "just_written and checkout", "max_tokens": 2_000})
            )
            assert isinstance(answer.content[0], TextContent)
            assert not answer.is_error, answer.content[0].text
            assert "not committed" in answer.content[0].text
            assert answer.structured_content is not None
            assert answer.structured_content["from"] == "the working tree, with uncommitted edits"
            symbol = await client.call_tool("symbol", {"symbol": "just_written"})
            assert isinstance(symbol.content[0], TextContent)
            assert "return 'not committed'" in symbol.content[0].text
            callers = await client.call_tool("callers", {"symbol": "total_price"})
            assert isinstance(callers.content[0], TextContent)
            assert "Cart.checkout" in callers.content[0].text
            result = await client.call_tool("search", {"query": "voucher"})
            assert isinstance(result.content[0], TextContent)
            assert "shop/" in result.content[0].text

    anyio.run(run)
