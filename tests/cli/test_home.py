"""Finding the home and the server on it, without what a command needs to answer by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aura_cli.home import home_folder, running_server
from aura_core.settings import Settings


def test_the_home_is_the_one_that_settings_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert home_folder() == Settings().home
    for name in ("AURA_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_folder() == Settings().home
    assert home_folder().is_relative_to(tmp_path)


def test_a_server_is_running_while_its_process_lives(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    state = {
        "api": "http://127.0.0.1:1",
        "dagster": None,
        "pid": os.getpid(),
        "token_file": str(tmp_path / "token"),
        "started_at": 0,
    }
    assert running_server(tmp_path) is None
    file.write_text(json.dumps(state))
    found = running_server(tmp_path)
    assert found is not None
    assert (found.api, found.token_file) == ("http://127.0.0.1:1", tmp_path / "token")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    file.write_text(json.dumps({**state, "pid": ended.pid}))
    assert running_server(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"api": "x", "pid": "no"}',
        '{"api": "x", "pid": -1}',
        '{"api": "x", "pid": 99999999999999999999}',
    ],
)
def test_a_damaged_run_file_is_no_server_or_at_least_no_crash(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    found = running_server(tmp_path)
    assert found is None or found.pid > 2**31


def test_the_road_to_a_running_server_imports_nothing_heavy() -> None:
    code = (
        "import sys, aura_cli.main, aura_cli.server_client, http.client\n"
        "from aura_cli.home import home_folder, running_server\n"
        "running_server(home_folder())\n"
        "heavy = {'numpy', 'sqlalchemy', 'pydantic', 'pygit2', 'rich', 'fastapi', 'dagster', 'mcp', 'tiktoken'}\n"
        "heavy |= {'msgpack', 'aura_core.service'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
