"""Mirrors are fetched from public addresses only, checked after resolution at each fetch, and pinned."""

import functools
import http.server
import ipaddress
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aura_core.errors import Forbidden, GitFailed
from aura_core.settings import Settings
from aura_core.sources import identify
from aura_core.sources.git import remote_address
from aura_core.sources.git.remote_address import is_public, pinned_config, require_public_name
from tests.core.sources.open_path import open_mirror
from tests.support import GitRepository


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.255.1.2",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:7f00:1::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_addresses_of_this_machine_and_of_private_networks_are_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["140.82.121.4", "2606:50c0:8000::64", "::ffff:140.82.121.4", "64:ff9b::8c52:7904"])
def test_addresses_of_the_internet_are_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "origin",
    [
        "https://localhost/a",
        "https://git.localhost/a",
        "https://127.0.0.1:8443/a",
        "https://[::1]/a",
        "https://[::ffff:10.0.0.1]/a",
        "ssh://git@10.0.0.1/a",
        "git@192.168.0.1:a",
        "git@[fe80::1]:a",
    ],
)
def test_a_private_address_is_refused_by_its_text(origin: str) -> None:
    with pytest.raises(Forbidden, match="private network"):
        require_public_name(origin, ())
    with pytest.raises(Forbidden):
        pinned_config(origin, ())
    host = remote_address.remote_host(origin)
    assert host is not None
    assert pinned_config(origin, (host.host,)) == ()


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(remote_address.socket, "getaddrinfo", lambda *_, **__: rows)


@pytest.mark.parametrize("origin", ["https://git.example.com/a", "ssh://git@git.example.com/a", "git.example.com:a"])
def test_a_name_is_judged_by_all_that_it_resolves_to(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    resolving(monkeypatch, "140.82.121.4", "10.0.0.1")
    with pytest.raises(Forbidden) as caught:
        pinned_config(origin, ())
    assert "10.0.0.1" not in str(caught.value)
    resolving(monkeypatch, "140.82.121.4")
    pinned_config(origin, ())


def test_a_checked_name_keeps_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "140.82.121.4", "2606:50c0:8000::64")
    expected = "http.curloptResolve=git.example.com:8443:140.82.121.4,[2606:50c0:8000::64]"
    assert pinned_config("https://git.example.com:8443/a", ()) == (expected,)


def test_a_name_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    resolving(monkeypatch)
    for origin in ("https://nowhere.invalid/a", "git@nowhere.invalid:a"):
        with pytest.raises(GitFailed, match="not known"):
            pinned_config(origin, ())


class Server:
    """A real git server over https, for the names ``localhost`` and ``mirror.invalid``."""

    def __init__(self, folder: Path, certificates: Path) -> None:
        self.requests: list[str] = []
        key, certificate = certificates / "key.pem", certificates / "cert.pem"
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
        names = ["-addext", "subjectAltName=DNS:localhost,DNS:mirror.invalid", "-keyout", str(key)]
        subprocess.run([*command, *names, "-out", str(certificate)], check=True, capture_output=True)
        requests = self.requests

        class Handler(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                requests.append(self.path)

        handler = functools.partial(Handler, directory=str(folder))
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.port = self.http.server_address[1]
        self.certificate = certificate


@pytest.fixture
def server(repo: GitRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    repo.commit({"a.py": "a = 1\n"})
    repo.git("update-server-info")
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "shop").symlink_to(repo.path / ".git")
    server = Server(tmp_path / "served", tmp_path)
    monkeypatch.setenv("GIT_SSL_CAINFO", str(server.certificate))
    thread = threading.Thread(target=server.http.serve_forever)
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join()


def test_a_private_server_is_asked_only_when_a_setting_allows_it(server: Server, settings: Settings) -> None:
    repository = identify(f"https://localhost:{server.port}/shop", from_cli=True)
    with pytest.raises(Forbidden):
        open_mirror(repository, settings).fetch()
    assert server.requests == []
    source = open_mirror(repository, Settings(home=settings.home, private_mirror_hosts=("localhost",)))
    source.fetch()
    assert source.head() is not None


def test_the_checked_address_is_the_one_that_git_connects_to(
    server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "127.0.0.1")
    monkeypatch.setattr(remote_address, "is_public", lambda _: True)  # for the test, loopback is the internet
    source = open_mirror(identify(f"https://mirror.invalid:{server.port}/shop", from_cli=False), settings)
    source.fetch()  # git itself knows no address of this name
    assert source.head() is not None
    monkeypatch.undo()
