"""The home folder and the record of the server that runs on it. Only the standard library is imported: a question to a
running server must stay cheap.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aura_core.files import write_atomically

RUN_FILE = "run.json"


def home_folder() -> Path:
    """Return the folder that ``Settings().home`` names."""
    variable = os.environ.get("AURA_HOME")
    if variable:
        return Path(variable)
    from platformdirs import user_data_path

    return user_data_path("aura")


@dataclass(frozen=True, slots=True)
class RunningServer:
    """The record in ``run.json`` of the server that runs on a home."""

    api: str
    dagster: str | None
    pid: int
    token_file: Path


def running_server(home: Path) -> RunningServer | None:
    """Return the server on a home, or None when there is none or its process has ended."""
    try:
        record = json.loads((home / RUN_FILE).read_bytes())
        token_file = Path(record.get("token_file") or home / "token")
        server = RunningServer(str(record["api"]), record.get("dagster"), int(record["pid"]), token_file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return server if server.pid > 0 and is_alive(server.pid) else None


def record_server(home: Path, api: str, dagster: str | None = None) -> None:
    """Record the addresses of this process's servers, so that commands on this home find them."""
    record = {
        "api": api,
        "dagster": dagster,
        "pid": os.getpid(),
        "token_file": str(home / "token"),
        "started_at": time.time(),
    }
    write_atomically(home / RUN_FILE, json.dumps(record).encode(), mode=0o600)


def forget_server(home: Path) -> None:
    """Remove the record that this process wrote; another server's record stays."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        if json.loads((home / RUN_FILE).read_bytes())["pid"] == os.getpid():
            (home / RUN_FILE).unlink()


def is_alive(pid: int) -> bool:
    """Return whether a process with this id runs, whoever owns it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process of another user may not be signalled, but it is there.
    except (PermissionError, OverflowError):
        return True
    return True
