"""Where the home is and what runs on it, found with the standard library alone: a question to a running server must
stay cheap.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

RUN_FILE = "run.json"


def home_folder() -> Path:
    """The folder that ``Settings().home`` names."""
    named = os.environ.get("AURA_HOME")
    if named:
        return Path(named)
    from platformdirs import user_data_path

    return user_data_path("aura")


@dataclass(frozen=True, slots=True)
class Running:
    """What ``run.json`` says about the server that runs on a home."""

    api: str
    dagster: str | None
    pid: int
    token_file: Path


def running(home: Path) -> Running | None:
    """The server on a home, when there is one and its process lives."""
    try:
        state = json.loads((home / RUN_FILE).read_bytes())
        found = Running(
            str(state["api"]), state.get("dagster"), int(state["pid"]), Path(state.get("token_file") or home / "token")
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return found if found.pid > 0 and is_alive(found.pid) else None


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs, ours or not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
