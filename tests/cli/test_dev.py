"""What `aura dev` prints to try."""

from __future__ import annotations

import pytest

from aura_cli import dev


@pytest.mark.parametrize(("proxy", "past"), [("", ""), ("http://127.0.0.1:9", " --noproxy '*'")])
def test_the_printed_request_reaches_the_api_past_a_proxy(
    monkeypatch: pytest.MonkeyPatch, proxy: str, past: str
) -> None:
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/bin/{name}")
    for name in ("no_proxy", "NO_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    if proxy:
        monkeypatch.setenv("http_proxy", proxy)
    assert dev.curl_command("http://127.0.0.1:8321", "shop-1").startswith(
        f"curl -s{past} http://127.0.0.1:8321/api/v1/context "
    )


def test_a_program_that_is_not_there_is_not_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev.shutil, "which", lambda _name: None)
    assert dev.curl_command("http://127.0.0.1:8321", "shop-1") == ""
