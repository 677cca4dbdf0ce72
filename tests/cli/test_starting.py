"""What a command loads before it can answer: a start is a large part of what one question costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import GitRepository

SERVERS = "dagster fastapi httpx mcp pydantic_settings starlette uvicorn watchfiles"
CLIENTS = "openai psycopg qdrant_client redis sqlalchemy.dialects.postgresql sqlalchemy.ext.asyncio sqlalchemy.orm"
OTHERS = "alembic hdbscan numpy.f2py numpy.ma numpy.testing rich scipy sklearn"
NEVER = set(f"{SERVERS} {CLIENTS} {OTHERS}".split())


@pytest.mark.parametrize(
    ("arguments", "nor"),
    [
        (("index", "--json"), {"tiktoken", "aura_core.retrieval"}),
        (("context", "how does a voucher change the price", "--json"), set()),
    ],
    ids=("index", "context"),
)
def test_a_cold_command_loads_nothing_that_it_does_not_need(
    shop: GitRepository, arguments: tuple[str, ...], nor: set[str]
) -> None:
    code = "import sys\nfrom aura_cli.main import run\ncode = run(sys.argv[1:])\n"
    code += "print(*sys.modules, file=sys.stderr)\nsys.exit(code)"
    for _ in ("everything is new", "a file has changed"):
        command = [sys.executable, "-c", code, *arguments]
        ran = subprocess.run(command, cwd=shop.path, capture_output=True, text=True, check=True)
        loaded = set(ran.stderr.splitlines()[-1].split())
        shop.commit({"shop/new.py": "def brand_new_discount():\n    return 7\n"})
    assert {"numpy", "sqlalchemy", "pygit2"} <= loaded
    assert loaded & (NEVER | nor) == set()
