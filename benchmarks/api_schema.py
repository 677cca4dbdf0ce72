"""``make test-api-schema``: serves a small indexed repository on a free port, and lets Schemathesis send what the
description of the API allows, and what it does not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.support import SHOP, GitRepository

START_SECONDS = 60.0

CONFIGURATION = """\
[parameters]
"path.repo" = "{repo}"

# An address of a repository, and a glob, follow more rules than a schema can say.
[[operations]]
include-name = "POST /api/v1/repos"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-name = "GET /api/v1/repos/{{repo}}/graph/{{sha}}"
checks.positive_data_acceptance.enabled = false

# The one repository stands for every id, also where a wrong one was meant.
[[operations]]
include-name = "GET /api/v1/repos/{{repo}}/events/{{event}}"
checks.negative_data_rejection.enabled = false

# 404 is about the commit in the body there, not about the repository.
[[operations]]
include-name = "POST /api/v1/repos/{{repo}}/snapshots"
checks.ensure_resource_availability.enabled = false
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run Schemathesis against a server of its own. Returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--st", type=Path, required=True, help="the program `st` of Schemathesis")
    parser.add_argument("--seconds", type=int, default=120, help="how long to test")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (url, repo):
        (Path(folder) / "schemathesis.toml").write_text(CONFIGURATION.format(repo=repo))
        # Forgetting the repository would leave nothing to ask about.
        command = [options.st.resolve(), "run", f"{url}/openapi.json", "--exclude-method", "DELETE"]
        limits = ["--max-time", str(options.seconds), "--continue-on-failure"]
        return subprocess.run([*command, *limits], cwd=folder, check=False).returncode


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the address of a server over a home in a folder, and the id of the repository that is indexed there."""
    home, record = folder / "home", folder / "address.json"
    shop = GitRepository(folder / "shop")
    shop.commit(SHOP)
    stores = open_stores(Settings(home=home, workers=1))
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    Aura(stores).index(repo)
    stores.close()
    command = [sys.executable, "-m", "aura_api", "--port", "0", "--record", str(record), "--exit-with-parent"]
    with subprocess.Popen(command, env={**os.environ, "AURA_HOME": str(home), "AURA_WORKERS": "1"}) as server:
        try:
            yield _address(record, server), repo
        finally:
            server.terminate()


def _address(record: Path, server: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while not record.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit("the server did not start")
        time.sleep(0.1)
    return str(json.loads(record.read_text())["url"])


if __name__ == "__main__":
    sys.exit(main())
