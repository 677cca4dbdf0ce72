"""What `aura dev` prints to try."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from aura_cli import __main__, dev, dev_servers
from tests.cli.conftest import Aura


@pytest.mark.parametrize(("proxy", "past"), [("", ""), ("http://127.0.0.1:9", " --noproxy '*'")])
def test_the_printed_request_reaches_the_api_past_a_proxy(
    monkeypatch: pytest.MonkeyPatch, proxy: str, past: str
) -> None:
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/bin/{name}")
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if proxy:
        monkeypatch.setenv("http_proxy", proxy)
    assert dev.curl_command("http://127.0.0.1:8321", "shop-1", "how?").startswith(
        f"curl -s{past} http://127.0.0.1:8321/api/v1/context "
    )


def test_a_program_that_is_not_there_is_not_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.shutil, "which", lambda _name: None)
    assert dev.curl_command("http://127.0.0.1:8321", "shop-1", "how?") == ""


def test_a_repository_that_cannot_be_read_fails_before_anything_starts(
    aura: Aura, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dev.DevServers, "start", lambda *_: pytest.fail("the servers were started"))
    for place, code in (("/nonexistent", 2), (f"file://{tmp_path}/none.git", 5)):
        ran = aura("dev", "--once", "--repo", place)
        assert ran.code == code
        assert "Traceback" not in ran.err
        assert place.removeprefix("file://") in ran.err
    assert "Fetching file://" in ran.out
    assert "removed" in ran.err


def test_ctrl_c_while_aura_loads_shows_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def __getattr__(self, _name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "aura_cli.main", cast(ModuleType, Interrupted()))
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    assert ended.value.code == 130


def test_a_server_is_announced_with_the_address_that_it_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("aura_cli.dev_servers.time.monotonic", lambda: 5.0)
    ready = dev_servers.Ready()
    ready.say("the API", "http://127.0.0.1:8321", 8321)
    ready.say("the API", "http://127.0.0.1:4711", 8321)
    ready.say("the API", "http://127.0.0.1:4711", 0)
    assert capsys.readouterr().out.splitlines() == [
        "   0.0 s  the API answers at http://127.0.0.1:8321",
        "   0.0 s  the API answers at http://127.0.0.1:4711 (port 8321 is taken)",
        "   0.0 s  the API answers at http://127.0.0.1:4711",
    ]
