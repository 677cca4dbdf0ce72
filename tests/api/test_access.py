"""Who may come in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from aura_api.access import AccessControl, host_and_port, is_loopback
from aura_api.app import create_app
from aura_api.token import ensure_token, token_file
from aura_core.errors import AuraError, Forbidden, Unauthorized
from aura_core.settings import Settings
from tests.api.conftest import FAR, NEAR
from tests.api.fake import FakeAura

PATHS = [
    "/api/v1/repos",
    "/health",
    "/ready",
    "/metrics",
    "/docs",
    "/docs/docs.js",
    "/docs/assets/swagger-ui-bundle.js",
    "/openapi.json",
    "/mcp",
    "/nowhere",
]
FOREIGN_HOSTS = [
    *(
        "",
        "evil.example",
        "localhost.evil.example",
        "evil.example:8321",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example#localhost",
    ),
    *(
        "127.0.0.1:99999",
        "127.0.0.1:",
        "127.0.0.1:x",
        "[::1",
        "::1",
        "0.0.0.0",
        "127.1",
        "2130706433",
        "[::ffff:127.0.0.1]",
        "localhost/x",
    ),
    *("localhost, evil", "localhost evil", "localhost\tevil", "lоcalhost".encode()),
]
NEAR_ADDRESSES = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost"]
FAR_ADDRESSES = ["0.0.0.0", "", "10.0.0.1", "::", "testclient", "127.0.0.1.evil.example", "::ffff:10.0.0.1"]


def _caller(settings: Settings, client: tuple[str, int] = NEAR, host: str = "127.0.0.1") -> TestClient:
    return TestClient(create_app(settings, cast(Any, FakeAura())), base_url=f"http://{host}", client=client)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8321", "localhost", "LOCALHOST:1", "localhost.", "[::1]", "[::1]:8321"]
)
def test_loopback_names_are_served(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("path", PATHS)
def test_other_host_names_are_refused_everywhere(client: TestClient, host: str, path: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://127.0.0.1:8321.evil.example",
        "null",
        "http://localhost:3000",
        "file://",
        "http://127.0.0.1:8322",
        "",
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_pages_of_other_origins_are_refused_everywhere(client: TestClient, origin: str, path: str) -> None:
    answer = client.get(path, headers={"Origin": origin})
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_preflight_of_another_origin_gets_no_permission(client: TestClient) -> None:
    preflight = {
        "Origin": "http://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer = client.options("/api/v1/context", headers=preflight)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8321", "HTTP://127.0.0.1:8321"])
def test_own_pages_may_ask(client: TestClient, origin: str) -> None:
    assert client.get("/api/v1/repos", headers={"Origin": origin}).status_code == 200


def test_the_origin_and_host_may_leave_out_a_default_port(settings: Settings) -> None:
    with_name = replace(settings, allowed_hosts=("aura.example.com",))
    with _caller(with_name, host="aura.example.com") as caller:
        assert caller.get("/health", headers={"Origin": "https://aura.example.com:443"}).status_code == 200
        assert caller.get("/health", headers={"Origin": "https://aura.example.com:8443"}).status_code == 403


@pytest.mark.parametrize(
    "media",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/jsonx",
        "text/json",
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/context", "/api/v1/repos", "/api/v1/repos/shop/sync", "/mcp"])
def test_what_a_form_can_send_is_refused(client: TestClient, media: str, path: str) -> None:
    answer = client.post(path, content=b'{"repo": "shop", "task": "x"}', headers={"Content-Type": media})
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


def test_json_with_a_charset_is_json(client: TestClient) -> None:
    answer = client.post(
        "/api/v1/context",
        content=b'{"repo": "shop", "task": "x"}',
        headers={"Content-Type": "Application/JSON; charset=utf-8"},
    )
    assert answer.status_code == 200


def test_deleting_needs_no_body_but_a_body_must_be_json(client: TestClient) -> None:
    assert client.delete("/api/v1/repos/shop").status_code == 200
    assert (
        client.request("DELETE", "/api/v1/repos/shop", content=b"x", headers={"Content-Type": "text/plain"}).status_code
        == 415
    )


@pytest.mark.parametrize("path", PATHS)
def test_callers_from_elsewhere_need_the_token(settings: Settings, path: str) -> None:
    with _caller(settings, FAR) as caller:
        refused = caller.get(path)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.json()["code"] == "unauthorized"
        token = token_file(settings.home).read_text().strip()
        assert caller.get(path, headers={"Authorization": f"bearer {token}"}).status_code not in {401, 403}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer x{token}",
        "Bearer é",
        "Bearer {token} {token}",
    ],
)
def test_a_wrong_token_is_refused(settings: Settings, header: str) -> None:
    with _caller(settings, FAR) as caller:
        token = token_file(settings.home).read_text().strip()
        assert caller.get("/health", headers={"Authorization": header.format(token=token).encode()}).status_code == 401


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
def test_what_came_through_a_proxy_does_not_count_as_near(client: TestClient, header: str) -> None:
    assert client.get("/health", headers={header: "127.0.0.1"}).status_code == 401


def test_bound_to_more_than_loopback_everyone_needs_the_token(settings: Settings) -> None:
    with _caller(replace(settings, host="0.0.0.0")) as caller:
        assert caller.get("/health").status_code == 401


def test_a_caller_without_an_address_needs_the_token(settings: Settings) -> None:
    access = AccessControl(cast(Any, None), settings)
    with pytest.raises(Unauthorized):
        access.check({"type": "http", "method": "GET", "client": None, "headers": [(b"host", b"localhost")]})


@pytest.mark.parametrize("name", [b"host", b"origin", b"authorization", b"content-type"])
def test_deciding_headers_may_come_once(settings: Settings, name: bytes) -> None:
    access = AccessControl(cast(Any, None), settings)
    with pytest.raises(Forbidden):
        access.check(
            {
                "type": "http",
                "method": "GET",
                "client": NEAR,
                "headers": [(b"host", b"localhost"), (name, b"localhost"), (name.upper(), b"x")],
            }
        )


def test_no_page_may_frame_or_sniff_an_answer(client: TestClient) -> None:
    headers = client.get("/api/v1/repos").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_websockets_are_closed(client: TestClient) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/mcp"):
        pass


def test_the_page_of_metrics_counts_what_access_control_refused(client: TestClient) -> None:
    client.get("/health", headers={"Host": "evil.example"})
    assert 'aura_refused_requests_total{code="forbidden"} 1.0' in client.get("/metrics").text


@given(st.text(max_size=60) | st.from_regex(r"[a-z0-9.\-:@/\[\]]{0,40}", fullmatch=True))
def test_only_the_very_names_pass_whatever_the_host_header_holds(text: str) -> None:
    access = AccessControl(cast(Any, None), Settings())
    raw = text.encode("utf-8", "surrogatepass")
    name = text.lower().removesuffix(".") if ":" not in text else text.lower().rpartition(":")[0].removesuffix(".")
    try:
        access.check({"type": "http", "method": "GET", "client": NEAR, "headers": [(b"host", raw)]})
    except AuraError:
        return
    assert name in {"localhost", "127.0.0.1", "[::1]", "[:"} or text == "[::1]"


@given(st.text(max_size=80))
def test_only_the_own_origin_passes_whatever_the_header_holds(text: str) -> None:
    access = AccessControl(cast(Any, None), Settings())
    raw = text.encode("utf-8", "surrogatepass")
    try:
        access.check(
            {
                "type": "http",
                "method": "GET",
                "client": NEAR,
                "headers": [(b"host", b"127.0.0.1:8321"), (b"origin", raw)],
            }
        )
    except AuraError:
        return
    assert text.lower() in {"http://127.0.0.1:8321", "https://127.0.0.1:8321"}


@given(st.binary(max_size=60))
def test_only_the_token_opens_whatever_else_is_sent(raw: bytes) -> None:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        token = ensure_token(home)
        access = AccessControl(cast(Any, None), Settings(home=home))
        with pytest.raises(Unauthorized):
            access.check(
                {
                    "type": "http",
                    "method": "GET",
                    "client": FAR,
                    "headers": [(b"host", b"localhost"), (b"authorization", raw)],
                }
            )
        access.check(
            {
                "type": "http",
                "method": "GET",
                "client": FAR,
                "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())],
            }
        )


@pytest.mark.parametrize(
    ("address", "is_local"), [*((a, True) for a in NEAR_ADDRESSES), *((a, False) for a in FAR_ADDRESSES)]
)
def test_loopback_means_this_machine_alone(address: str, is_local: bool) -> None:
    assert is_loopback(address) is is_local


def test_a_host_is_taken_apart() -> None:
    assert host_and_port("LocalHost:80") == ("localhost", "80")
    assert host_and_port("[::1]:8321") == ("::1", "8321")
    assert host_and_port("a b") == ("", "")
