"""The checks of ``aura doctor``. They change nothing: a home that does not exist is not created."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aura_cli.home import running_server
from aura_cli.server_client import is_reachable
from aura_core.errors import AuraError

if TYPE_CHECKING:
    from aura_core.service import Aura
    from aura_core.settings import Settings

State = Literal["ok", "note", "bad"]

REQUIRED_PACKAGES = (
    "numpy",
    "pygit2",
    "sqlalchemy",
    "alembic",
    "msgpack",
    "zstandard",
    "tiktoken",
    "pydantic",
    "fastapi",
    "uvicorn",
    "mcp",
    "typer",
)
EXTRAS = {
    "dagster": "dagster",
    "postgres": "psycopg",
}
LARGE_BYTES = 50_000_000
LARGE_SHARE = 4
"""Unneeded rows are worth a note when they are larger than ``LARGE_BYTES`` and than one ``LARGE_SHARE``-th of the
store.
"""

LOW_DISK_BYTES = 1_000_000_000
GIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: ``bad`` stops every command, ``note`` only some."""

    name: str
    state: State
    text: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Yield the result of every check, from the interpreter outwards."""
    yield Finding(
        "aura",
        "ok",
        f"{version('aura')}, Python {platform.python_version()} at {sys.executable}, {platform.platform()}",
    )
    yield _packages()
    yield _extras()
    yield _git()
    from aura_core.settings import Settings

    try:
        settings = Settings()
    except AuraError as error:
        yield Finding("settings", "bad", error.message, error.remedy)
        return
    yield _folder("home", settings.home)
    yield _folder("cache", settings.cache_folder)
    yield _disk(settings.home)
    yield _token(settings.home / "token")
    yield from _data()
    yield from _stores(settings)
    yield _server(settings)


def _packages() -> Finding:
    missing_packages = [name for name in REQUIRED_PACKAGES if _version(name) is None]
    if missing_packages:
        return Finding(
            "packages",
            "bad",
            f"not installed: {', '.join(missing_packages)}",
            "Install again: `pip install aura`, or `make setup` in a clone.",
        )
    return Finding("packages", "ok", ", ".join(f"{name} {_version(name)}" for name in REQUIRED_PACKAGES))


def _extras() -> Finding:
    installed = [extra for extra, package in EXTRAS.items() if _version(package) is not None]
    absent = [extra for extra in EXTRAS if extra not in installed]
    text = f"installed: {', '.join(installed) or 'none'}; not installed: {', '.join(absent) or 'none'}"
    remedy = "`aura dev` needs the extra dagster: pip install 'aura[dagster]'" if "dagster" in absent else ""
    return Finding("extras", "note" if remedy else "ok", text, remedy)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git() -> Finding:
    program = shutil.which("git")
    if program is None:
        return Finding(
            "git",
            "note",
            "the git program is not installed: Aura can read local repositories, but cannot mirror addresses",
            "Install git.",
        )
    try:
        output = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=GIT_SECONDS, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        return Finding("git", "note", f"{program} does not run: {error}", "Install git again.")
    return Finding("git", "ok", f"{output} at {program}")


def _folder(name: str, folder: Path) -> Finding:
    variable = f"AURA_{name.upper()}"
    # A folder that does not exist yet is judged by the nearest one that does.
    try:
        nearest = next(p for p in (folder, *folder.parents) if p.exists())
    except (OSError, StopIteration) as error:
        return Finding(
            name,
            "bad",
            f"{folder} cannot be read: {error}",
            f"Set {variable} to a folder that this user can write to.",
        )
    if not nearest.is_dir() or not os.access(nearest, os.R_OK | os.W_OK | os.X_OK):
        return Finding(
            name, "bad", f"{folder} is not writable", f"Set {variable} to a folder that this user can write to."
        )
    if nearest != folder:
        try:
            with tempfile.TemporaryDirectory(dir=nearest):
                pass  # some file systems take no folders although their modes say that one may write
        except OSError as error:
            reason = f"{folder} cannot be made: {error.strerror or error}"
            return Finding(name, "bad", reason, f"Set {variable} to a folder that this user can write to.")
        return Finding(name, "ok", f"{folder} (created on first use)")
    if name == "home" and nearest.stat().st_mode & 0o077:
        return Finding(name, "note", f"{folder} may be read by others", f"chmod 700 {folder}")
    return Finding(name, "ok", f"{folder} is writable")


def _disk(home: Path) -> Finding:
    nearest = next(p for p in (home, *home.parents) if p.exists())
    free = shutil.disk_usage(nearest).free
    low = free < LOW_DISK_BYTES
    return Finding(
        "disk",
        "note" if low else "ok",
        f"{free / 1e9:.1f} GB free",
        "Free some space; an index needs about the size of its sources." if low else "",
    )


def _token(file: Path) -> Finding:
    from aura_api.token import read_token

    if not file.exists():
        return Finding("token", "ok", f"{file} (created when a server starts)")
    try:
        read_token(file.parent)
    except AuraError as error:
        return Finding("token", "bad", error.message, error.remedy)
    return Finding("token", "ok", f"{file}, readable by its owner alone")


def _data() -> Iterator[Finding]:
    try:
        from aura_core.embedding import static_embedder
        from aura_core.tokens import ENCODINGS, TokenCounter

        vocabularies_work = all(TokenCounter(name).count("one") for name in ENCODINGS)
        model = static_embedder().id
    except (AuraError, OSError, ImportError, ValueError) as error:
        yield Finding("data files", "bad", f"the model or a vocabulary cannot be read: {error}", "Install Aura again.")
        return
    yield Finding(
        "data files", "ok" if vocabularies_work else "bad", f"model {model}, vocabularies {', '.join(ENCODINGS)}"
    )


def _stores(settings: Settings) -> Iterator[Finding]:
    if not settings.home.is_dir() and not settings.database_url:
        yield Finding("stores", "ok", "none yet (created on first use)")
        return
    try:
        from aura_core.service import Aura
        from aura_core.wiring import open_stores

        stores = open_stores(settings)
    except AuraError as error:
        yield Finding("stores", "bad", error.message, error.remedy)
        return
    try:
        yield from _contents(Aura(stores))
    except AuraError as error:
        yield Finding("stores", "bad", error.message, error.remedy)
    finally:
        stores.close()


def _contents(aura: Aura) -> Iterator[Finding]:
    health = aura.health()
    sizes = {**aura.stores.snapshots.sizes(), **aura.stores.vectors.sizes()}
    yield Finding(
        "stores", "ok", f"catalog and snapshots answer; {sum(sizes.values()) / 1e6:.1f} MB of rows and vectors"
    )
    yield from _garbage(aura, sum(sizes.values()))
    age = health["indexer_age_seconds"]
    if age is not None and age <= 60:
        yield Finding("indexer", "ok", f"running, last seen {age:.0f} s ago")
    else:
        yield Finding(
            "indexer",
            "note",
            "no indexer is running: only `aura index` indexes commits",
            "Start `aura dev` to follow repositories.",
        )
    for repository in aura.repositories():
        problem = aura.status(repository.id).problem
        yield Finding(
            repository.id, "note" if problem else "ok", problem or f"{repository.kind.value}, {repository.origin}"
        )


def _garbage(aura: Aura, stored_bytes: int) -> Iterator[Finding]:
    """Report rows that nothing needs, when they are a large part of the store."""
    report = aura.collect_garbage(dry_run=True)
    old = sum(len(shas) for shas in report.retired.values())
    if report.bytes > max(LARGE_BYTES, stored_bytes // LARGE_SHARE):
        yield Finding(
            "history",
            "note",
            f"{report.bytes / 1e6:.0f} MB of rows are not needed, {old} snapshots will be deleted",
            "Run `aura gc`.",
        )
    else:
        yield Finding(
            "history",
            "ok",
            f"{old} snapshots will be deleted, {report.bytes / 1e6:.1f} MB of rows are not needed",
        )


def _server(settings: Settings) -> Finding:
    server = running_server(settings.home)
    if server is None:
        return Finding(
            "server",
            "note",
            "no server runs on this home",
            "`aura serve` starts the API, `aura dev` the API and Dagster.",
        )
    if not is_reachable(server):
        return Finding(
            "server",
            "note",
            f"process {server.pid} lives but {server.api} does not answer",
            "Wait a moment, or end it and start again.",
        )
    return Finding(
        "server",
        "ok",
        f"{server.api} answers (process {server.pid})" + (f", Dagster at {server.dagster}" if server.dagster else ""),
    )
