"""The fast road into Dagster, where there is none."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from subprocess import run

import pytest

from aura_core.errors import StoreUnavailable
from aura_pipelines import dagster_client


def test_no_dagster_is_a_named_error_and_not_ready() -> None:
    nobody = "http://127.0.0.1:9"
    assert not dagster_client.ready(nobody)
    with pytest.raises(StoreUnavailable, match="No Dagster answers"):
        dagster_client.launch(nobody, "shop-12345678", "a test")


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dagster(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"data": {"seen": true}}')

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with HTTPServer(("127.0.0.1", 0), Dagster) as server:
        threading.Thread(target=server.handle_request).start()
        assert dagster_client.ask(f"http://127.0.0.1:{server.server_port}", "query", {}) == {"seen": True}


def test_a_launched_run_says_who_launched_it_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, object]] = []
    answers = {
        "runsOrError": {"results": [{"runId": "night", "pipelineName": dagster_client.VERIFY_JOB}]},
        "addDynamicPartition": {"__typename": "AddDynamicPartitionSuccess"},
        "launchRun": {"__typename": "LaunchRunSuccess", "run": {"runId": "new"}},
    }
    monkeypatch.setattr(dagster_client, "ask", lambda _url, _query, variables: sent.append(variables) or answers)
    assert dagster_client.launch("", "shop-12345678", "asked for by webhook") == "new"
    assert sent[-1]["params"]["executionMetadata"]["tags"] == [  # type: ignore[index]
        {"key": "dagster/partition", "value": "shop-12345678"},
        {"key": "user", "value": "aura dev"},
        {"key": "aura/why", "value": "asked for by webhook"},
    ]


def test_waiting_for_a_run_does_not_load_dagster() -> None:
    code = "import sys, aura_cli.dev, aura_cli.run_follow; print('dagster' in sys.modules)"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
