"""A server over stdio follows the checkout that it is asked about, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from mcp import StdioServerParameters
from mcp.client.client import Client
from mcp.types import TextContent

from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.mcp.conftest import patiently
from tests.support import PATIENCE_SECONDS, GitRepository

Ask = Callable[[str], Awaitable[str]]


def serving(folder: Path, home: Path, talk: Callable[[Ask], Awaitable[None]]) -> None:
    """Talk to a server that stands in a folder: ``ask`` gives the text of a context."""
    env = {"AURA_HOME": str(home), "AURA_WORKERS": "1"}
    server = StdioServerParameters(command=sys.executable, args=["-P", "-m", "aura_mcp"], cwd=folder, env=env)

    async def run() -> None:
        async with Client(server) as client:

            async def ask(task: str) -> str:
                answer = await patiently(lambda: client.call_tool("context", {"task": task, "max_tokens": 2_000}))
                assert isinstance(answer.content[0], TextContent)
                assert not answer.is_error, answer.content[0].text
                return answer.content[0].text

            await talk(ask)

    anyio.run(run)


async def published(home: Path, repo: Path, above: int) -> None:
    """Return as soon as there are more than so many snapshots of a checkout."""
    stores = open_stores(Settings(home=home))
    try:
        repository = next(r for r in stores.catalog.repositories.list() if r.origin == str(repo))
        end = time.monotonic() + PATIENCE_SECONDS
        while len(stores.snapshots.snapshots(repository.id)) <= above:
            assert time.monotonic() < end
            await anyio.sleep(0.05)
    finally:
        stores.close()


def test_an_edit_is_indexed_before_it_is_asked_about(shop: GitRepository, settings: Settings) -> None:
    async def talk(ask: Ask) -> None:
        assert "total_price" in await ask("total price of the cart")
        shop.write({"shop/prices.py": "def freshly_written():\n    return 'by hand'\n"})
        await published(settings.home, shop.path, 1)  # nobody asked
        assert "by hand" in await ask("freshly written")
        shop.git("stash", "-q")
        assert "freshly_written" not in await ask("freshly written")

    serving(shop.path, settings.home, talk)
    assert list((settings.home / "watch").iterdir()) == []


def test_two_worktrees_of_one_repository_and_two_servers_do_not_disturb_each_other(
    shop: GitRepository, settings: Settings, tmp_path: Path
) -> None:
    linked = tmp_path / "linked"
    shop.git("worktree", "add", "-q", "-b", "other", str(linked))
    shop.write({"shop/prices.py": "def only_in_main():\n    return 'main tree'\n"})
    (linked / "shop" / "prices.py").write_text("def only_in_linked():\n    return 'linked tree'\n")

    async def in_main(ask: Ask) -> None:
        assert "main tree" in await ask("only in main")

        def other() -> None:
            serving(linked, settings.home, in_linked)

        async def in_linked(ask_linked: Ask) -> None:
            assert "linked tree" in await ask_linked("only in linked")
            assert "only_in_main" not in await ask_linked("only in main")
            (linked / "shop" / "prices.py").write_text("def only_in_linked():\n    return 'edited'\n")
            assert "edited" in await ask_linked("only in linked")

        await anyio.to_thread.run_sync(other)
        answer = await ask("only in main")
        assert "main tree" in answer
        assert "only_in_linked" not in answer

    serving(shop.path, settings.home, in_main)
    stores = open_stores(settings)
    try:
        ids = {r.origin: r.id for r in stores.catalog.repositories.list()}
        assert set(ids) == {str(shop.path), str(linked)}
        refs = {repo: {r.name for r in stores.catalog.publisher.refs(repo)} for repo in ids.values()}
        assert refs == {ids[str(shop.path)]: {"main", "WORKTREE"}, ids[str(linked)]: {"other", "WORKTREE"}}
    finally:
        stores.close()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL, None], ids=["SIGTERM", "SIGKILL", "stdin ends"])
def test_the_watch_ends_with_its_process(
    shop: GitRepository, settings: Settings, ending: signal.Signals | None
) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom aura_core.settings import Settings\n"
        "from aura_mcp.session import Session\n"
        "with Session(Settings(), Path('.')) as session:\n"
        "    aura = session.aura()\n    repo = aura.add(sys.argv[1], from_cli=True)\n    aura.follower.follow(repo)\n"
        "    while not list(Path(aura.stores.settings.home, 'watch').glob('*')): time.sleep(0.01)\n"
        "    print('watching', flush=True)\n    sys.stdin.read()\n"
    )
    env = {**os.environ, "AURA_HOME": str(settings.home)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code, str(shop.path)], env=env, text=True, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "watching\n"
        handles = [os.readlink(handle) for handle in Path(f"/proc/{process.pid}/fd").iterdir() if handle.is_symlink()]
        assert sum("inotify" in handle for handle in handles) == 1
        if ending is not None:
            process.send_signal(ending)
        else:
            process.stdin.close()
        process.wait(PATIENCE_SECONDS)
    assert ending is signal.SIGKILL or list((settings.home / "watch").iterdir()) == []
    assert not Path(f"/proc/{process.pid}").exists()
