"""A whole graph from a server process, over a socket."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from zstandard import ZstdDecompressor

from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.support import PATIENCE_SECONDS, GitRepository

FILES, FUNCTIONS = 150, 30


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """(address, path of the repository's graphs) of a server over a tree whose graph takes many pieces."""
    folder = tmp_path_factory.mktemp("served")
    large = GitRepository(folder / "large")
    body = "".join(
        f"def f{n}(x):\n    return f{max(0, n - 1)}(x) or unknown.call{n}(x)\n\n\n" for n in range(FUNCTIONS)
    )
    large.commit({f"pkg/m{n}.py": f"# {n}\n{body}" for n in range(FILES)})
    settings = Settings(home=folder / "home", workers=1)
    stores = open_stores(settings)
    aura = Aura(stores)
    repo = aura.add(str(large.path), from_cli=True).id
    aura.index(repo)
    stores.close()
    record = folder / "api.json"
    command = [sys.executable, "-m", "aura_api", "--port", "0", "--record", str(record)]
    with subprocess.Popen(
        command, env={**os.environ, "AURA_HOME": str(settings.home)}, stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield _address(record, process), f"/api/v1/repos/{repo}/graph"
        finally:
            process.terminate()


def _address(record: Path, process: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + PATIENCE_SECONDS
    while not record.exists():
        assert process.poll() is None
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.05)
    return str(json.loads(record.read_text())["url"])


@pytest.fixture
def connection(served: tuple[str, str]) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(urlsplit(served[0]).netloc, timeout=PATIENCE_SECONDS)
    yield connection
    connection.close()


def ask(connection: http.client.HTTPConnection, path: str, **headers: str) -> http.client.HTTPResponse:
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def test_a_graph_is_streamed_in_every_coding_and_once(
    connection: http.client.HTTPConnection, served: tuple[str, str]
) -> None:
    base = f"{served[1]}/main?format=ndjson"
    plain = ask(connection, base)
    assert plain.headers["transfer-encoding"] == "chunked"
    text = plain.read()
    assert len(text) > 1_000_000
    assert sum(json.loads(line)["type"] == "node" for line in text.splitlines()) == FILES * (FUNCTIONS + 1)
    for coding, unpack in (
        ("gzip", gzip.decompress),
        ("zstd", lambda data: ZstdDecompressor().decompressobj().decompress(data)),
    ):
        packed = ask(connection, base, Accept_Encoding=coding)
        data = packed.read()
        assert packed.headers["content-encoding"] == coding
        assert len(data) < len(text) / 8
        assert unpack(data) == text
        again = ask(connection, base, Accept_Encoding=coding, If_None_Match=packed.headers["etag"])
        assert (again.status, again.read(), again.headers["etag"]) == (304, b"", packed.headers["etag"])
        assert ask(connection, base, If_None_Match=packed.headers["etag"]).read() == text


def test_a_reader_who_leaves_takes_nothing_along(
    served: tuple[str, str], connection: http.client.HTTPConnection
) -> None:
    for _ in range(5):
        leaving = http.client.HTTPConnection(urlsplit(served[0]).netloc, timeout=PATIENCE_SECONDS)
        ask(leaving, f"{served[1]}/main?format=ndjson").read(1_000)
        leaving.close()
    whole = ask(connection, f"{served[1]}/main")
    assert len(json.loads(whole.read())["nodes"]) == FILES * (FUNCTIONS + 1)
