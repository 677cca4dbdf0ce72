"""The entry that an agent's configuration file needs."""

from __future__ import annotations

import json
import os
import sys

VARIABLES = ("AURA_HOME", "AURA_CACHE", "AURA_DATABASE_URL")
"""Variables that say where the stores are; the agent's server has to find the same ones."""

PATHS = frozenset({"AURA_HOME", "AURA_CACHE"})


def print_config() -> str:
    """Return the JSON entry, with absolute paths: it works from any folder and with any PATH.

    ``-P`` keeps the agent's current folder, which may hold anything, off the import path.
    """
    environment = {
        name: os.path.abspath(value) if name in PATHS else value
        for name in VARIABLES
        if (value := os.environ.get(name))
    }
    entry = {
        "command": os.path.abspath(sys.executable),
        "args": ["-P", "-m", "aura_mcp"],
        **({"env": environment} if environment else {}),
    }
    return json.dumps({"mcpServers": {"aura": entry}}, indent=2)
