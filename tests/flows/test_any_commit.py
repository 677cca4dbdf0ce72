"""Every read of the product takes a commit, and every door reads the same names in the same way.

The reads are taken from the doors themselves: one that is added without a commit fails here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import anyio
import pytest
import typer
from mcp import Client
from mcp.types import TextContent
from starlette.testclient import TestClient

from aura_api.app import create_app
from aura_cli.main import app, run
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_mcp.server import build_server
from aura_mcp.session import in_thread
from aura_mcp.tool_context import ToolContext
from tests.api.conftest import NEAR
from tests.mcp.conftest import FakeIndexer
from tests.support import GitRepository

WITHOUT_A_COMMIT = {
    # Registrations, the queue, and the list of commits itself.
    "api": {"/repos", "/repos/{repo}", "/repos/{repo}/events/{event}", "/repos/{repo}/snapshots"},
    "command": {
        "repos add",
        "repos list",
        "repos remove",
        "repos show",
        "snapshots",
        "gc",
        "serve",
        "dev",
        "mcp",
        "doctor",
        "version",
    },
    "tool": {"snapshots"},
}
SYMBOL = {"symbol": "total_price"}
API = {
    "/search": {"q": "voucher"},
    **{f"/graph/{name}": SYMBOL for name in ("node", "callers", "callees", "neighbours", "expand")},
    "/graph/find": {"pattern": "*_voucher"},
    "/graph/file": {"path": "shop/prices.py"},
    "/graph/at": {"path": "shop/prices.py", "line": "5"},
    "/graph/path": {"from": "Cart.checkout", "to": "total_price"},
}
COMMANDS = {
    "context": ["vouchers"],
    "search": ["voucher"],
    **{f"graph {name}": ["total_price"] for name in ("node", "callers", "callees", "neighbours", "expand")},
    "graph find": ["*_voucher"],
    "graph file": ["shop/prices.py"],
    "graph at": ["shop/prices.py:5"],
    "graph path": ["Cart.checkout", "total_price"],
}
TOOL_ARGUMENTS = {
    "context": {"task": "vouchers"},
    "search": {"query": "voucher"},
    **{name: {"symbol": "total_price"} for name in ("symbol", "callers", "callees", "neighbours", "expand")},
    "path": {"start": "Cart.checkout", "end": "total_price"},
    "find": {"pattern": "*_voucher"},
    "file": {"path": "shop/prices.py"},
}
"""What each read is asked, beside the commit."""


@dataclass(frozen=True)
class Place:
    """A repository of which the head and a tagged, branched old commit are indexed, and the one between is not."""

    repo: str
    old: str
    between: str
    head: str
    twins: tuple[str, str]


@pytest.fixture
def aura(stores: Stores) -> Aura:
    return Aura(stores)


@pytest.fixture
def place(aura: Aura, shop: GitRepository, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(shop.path)
    repo = aura.add(str(shop.path), from_cli=True).id
    old = shop.git("rev-parse", "HEAD")
    aura.index(repo)
    shop.git("tag", "--annotate", "v1", "--message", "One.")
    shop.git("branch", "feature/old")
    between = shop.commit({"shop/between.py": "x = 1\n"})
    head = shop.commit({"shop/head.py": "x = 1\n"})
    aura.index(repo)
    return Place(repo, old, between, head, twins(shop))


def twins(shop: GitRepository) -> tuple[str, str]:
    """Two commits that begin alike, made by trying messages."""
    tree, seen = shop.git("rev-parse", "HEAD^{tree}"), dict[str, str]()
    for n in range(2_000):
        sha = shop.git("commit-tree", tree, "-m", str(n))
        if seen.setdefault(sha[:4], sha) != sha:
            return seen[sha[:4]], sha
    raise AssertionError("no two commits begin alike")


Ask = Callable[[str], tuple[str, Any]]
"""Asks a read at a revision: ("" or the code of the error, the answer)."""


def api_reads(client: TestClient, repo: str) -> Iterator[tuple[str, Ask]]:
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            inside = path.removeprefix("/api/v1")
            if (method != "get" and inside != "/context") or not inside.startswith(("/repos", "/context")):
                continue
            names = {p["name"]: p["in"] for p in operation.get("parameters", ())}
            if inside not in WITHOUT_A_COMMIT["api"]:
                assert "sha" in names or method == "post", f"{path} takes no commit"
                yield path, _http(client, method, path, names, repo)


def _http(client: TestClient, method: str, path: str, names: dict[str, str], repo: str) -> Ask:
    def ask(sha: str) -> tuple[str, Any]:
        if method == "post":
            answer = client.post(path, json={"repo": repo, "task": "vouchers", "sha": sha})
        else:
            parameters = API.get(path.partition("{repo}")[2], {})
            url = path.format(repo=repo, sha=quote(sha, safe=""), sha2=quote(sha, safe=""))
            answer = client.get(url, params={**parameters, **({"sha": sha} if names["sha"] == "query" else {})})
        assert answer.status_code < 500, (path, answer.text)
        return ("" if answer.is_success else answer.json()["code"]), answer.json()

    return ask


def command_reads(capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[str, Ask]]:
    for words, command in _commands(typer.main.get_command(app)):
        name = " ".join(words)
        if name not in WITHOUT_A_COMMIT["command"]:
            options = {option for parameter in command.params for option in parameter.opts}
            assert "--sha" in options or name == "graph diff", f"aura {name} takes no commit"
            yield f"aura {name}", _run(capsys, words)


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, (*path, name)) if getattr(child, "commands", None) else [((*path, name), child)]


def _run(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> Ask:
    def ask(sha: str) -> tuple[str, Any]:
        name = " ".join(words)
        arguments = ["--", sha, sha] if name == "graph diff" else [f"--sha={sha}", *COMMANDS.get(name, [])]
        capsys.readouterr()
        code = run([*words, "--json", *arguments])
        output = capsys.readouterr()
        assert "Traceback" not in output.err
        assert code in (0, 3, 4), output.err
        error = {0: "", 3: "unknown_or_ambiguous", 4: "snapshot_not_ready"}[code]
        return error, json.loads(output.out) if code == 0 else output.err

    return ask


def tool_reads(aura: Aura, repo: str) -> Iterator[tuple[str, Ask]]:
    server = build_server(ToolContext(lambda: aura, in_thread, FakeIndexer()))

    async def list_tools() -> list[Any]:
        async with Client(server) as client:
            return list((await client.list_tools()).tools)

    for tool in anyio.run(list_tools):
        if tool.name in WITHOUT_A_COMMIT["tool"]:
            continue
        assert "sha" in tool.input_schema["properties"], f"the tool {tool.name} takes no commit"
        assert tool.name in TOOL_ARGUMENTS or tool.name == "diff", f"add arguments of {tool.name} to TOOL_ARGUMENTS"
        yield f"tool {tool.name}", _call(server, tool, repo)


def _call(server: Any, tool: Any, repo: str) -> Ask:
    def ask(sha: str) -> tuple[str, Any]:
        arguments = {"old": sha} if tool.name == "diff" else TOOL_ARGUMENTS[tool.name]

        async def call() -> Any:
            async with Client(server) as client:
                return await client.call_tool(tool.name, {**arguments, "repo": repo, "sha": sha})

        answer = anyio.run(call)
        assert isinstance(answer.content[0], TextContent)
        text = answer.content[0].text
        return (text.rpartition("[")[2].rstrip("]"), text) if answer.is_error else ("", answer.structured_content)

    return ask


def shas(answer: Any) -> set[str]:
    """The commits that an answer says it is of."""
    if "commits" in answer and isinstance(answer["commits"], list):
        return {commit["sha"] for commit in answer["commits"]}
    if "snapshot" in answer:
        return {answer["snapshot"]["sha"]}
    if "wanted" in answer and "current" in answer:
        return {answer["wanted"], answer["indexed"]}
    if isinstance(answer.get("new"), dict):
        return {answer["old"]["sha"], answer["new"]["sha"]}
    return {answer["sha"], answer["old"]} if isinstance(answer.get("old"), str) else {answer["sha"]}


@pytest.fixture
def reads(settings: Settings, aura: Aura, place: Place, capsys: pytest.CaptureFixture[str]) -> Iterator[dict[str, Ask]]:
    """All reads of all doors. ``aura index`` makes what it is asked for and the export says no commit: both are looked
    at on their own.
    """
    with TestClient(create_app(settings, aura), base_url="http://localhost", client=NEAR) as client:
        all_reads = {
            **dict(api_reads(client, place.repo)),
            **dict(command_reads(capsys)),
            **dict(tool_reads(aura, place.repo)),
        }
        yield {name: ask for name, ask in all_reads.items() if name not in ("aura index", "aura graph export")}


@pytest.mark.slow
def test_every_read_answers_at_a_commit_under_each_of_its_names(reads: dict[str, Ask], place: Place) -> None:
    assert len(reads) > 35
    for name, ask in reads.items():
        for revision in (
            place.old,
            place.old[:7],
            place.old[:9].upper(),
            "v1",
            "feature/old",
            "refs/tags/v1",
            "main~2",
        ):
            problem, answer = ask(revision)
            assert (problem, shas(answer)) == ("", {place.old}), (name, revision, answer)


@pytest.mark.slow
def test_every_read_tells_unknown_ambiguous_and_not_indexed_apart(reads: dict[str, Ask], place: Place) -> None:
    beginning = place.twins[0][:4]
    for name, ask in reads.items():
        typed = name.startswith("aura ")
        for revision in ("no-such-branch", "f" * 40, "v9", "a..b", "-x"):
            problem, answer = ask(revision)
            assert problem == ("unknown_or_ambiguous" if typed else "unknown_revision"), (name, revision, answer)
        problem, answer = ask(beginning)
        assert problem == ("unknown_or_ambiguous" if typed else "ambiguous_revision"), (name, answer)
        assert all(twin in str(answer) for twin in place.twins), (name, answer)


@pytest.mark.slow
def test_a_commit_that_git_knows_and_nobody_indexed_is_said_or_made(reads: dict[str, Ask], place: Place) -> None:
    commands = [name for name in reads if name.startswith("aura ")]
    for name in sorted(reads.keys() - set(commands)):
        problem, answer = reads[name](place.between[:8])
        if name.endswith("/status"):
            assert (problem, answer["wanted"], answer["indexed"], answer["current"]) == ("", place.between, None, False)
        else:
            assert (problem, place.between in str(answer)) == ("snapshot_not_ready", True), (name, answer)
    problem, answer = reads["aura status"](place.between)
    assert (problem, answer["indexed"], answer["counts"]) == ("", None, {})
    problem, answer = reads["aura verify"](place.between)
    assert problem == "snapshot_not_ready"
    problem, answer = reads["aura clusters"](place.between)
    assert (problem, shas(answer)) == ("", {place.between}), "commands index it first"
    assert reads["aura status"](place.between)[1]["indexed"] == place.between
