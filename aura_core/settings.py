"""Every setting: read from ``AURA_*`` variables once, at the entry to the process, and passed on as a frozen value."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from aura_core.errors import InvalidRequest

_TRUE = frozenset(("1", "true", "yes", "on", "t", "y"))
_FALSE = frozenset(("0", "false", "no", "off", "f", "n"))


def default_home() -> Path:
    """Return the home when no setting names one: Aura's folder among the user's data."""
    from platformdirs import user_data_path

    return user_data_path("aura")


def _read_boolean(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise ValueError("it must be 1 or 0")
    return text.lower() in _TRUE


def _read_texts(text: str) -> tuple[str, ...]:
    values = json.loads(text)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError("it must be a list of texts")
    return tuple(values)


def _read_sha_beginnings(text: str) -> tuple[str, ...]:
    values = _read_texts(text)
    for value in values:
        if not re.fullmatch(r"[0-9a-f]{4,40}", value):
            raise ValueError(f"{value!r} is not the beginning of a sha: 4 to 40 digits, 0 to 9 and a to f")
    return values


def _read_folders(text: str) -> tuple[Path, ...]:
    return tuple(map(Path, _read_texts(text)))


def _setting(
    name: str, read: Callable[[str], Any], default: Any, *, minimum: float | None = None, maximum: float | None = None
) -> Any:
    """Return a dataclass field: its value is the caller's, else that of the variable ``AURA_<name>``, else the default.

    ``read``: turns the variable's text into the value; raises ``ValueError`` with the reason. ``default``: a value, or
    a function that returns it. ``minimum``, ``maximum``: bounds of a number, whoever sets it.
    """

    def value() -> Any:
        text = os.environ.get(f"AURA_{name}", "")
        if not text:
            return default() if callable(default) else default
        try:
            return read(text)
        except json.JSONDecodeError as error:
            raise _invalid(name, f"it is not a JSON list: {error}") from error
        except ValueError as error:
            raise _invalid(name, str(error)) from error

    return field(
        default_factory=value, metadata={"name": name, "default": default, "minimum": minimum, "maximum": maximum}
    )


def _invalid(name: str, reason: str) -> InvalidRequest:
    remedy = "docs/settings.md lists every variable; lists are JSON."
    return InvalidRequest(f"AURA_{name} is not valid: {reason}.", remedy=remedy, field=name.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process. A field that the caller leaves out is read from its variable (docs/settings.md).

    A dataclass and not pydantic-settings, which every command would load for a tenth of a second (docs/adr/0009).
    Raises ``InvalidRequest`` that names the variable.
    """

    home: Path = _setting("HOME", Path, default_home)
    """Folder of the stores, mirrors, token and logs."""
    cache: Path | None = _setting("CACHE", Path, None)
    """Folder of views; see ``cache_folder``."""
    database_url: str = _setting("DATABASE_URL", str, "")
    """SQLAlchemy URL of the catalog and snapshot store; SQLite files in the home when empty."""
    max_file_bytes: int = _setting("MAX_FILE_BYTES", int, 1_000_000, minimum=1_000, maximum=100_000_000)
    """Bytes; larger files are skipped and counted."""
    max_files: int = _setting("MAX_FILES", int, 200_000, minimum=1)
    """A tree with more files is refused."""
    workers: int = _setting("WORKERS", int, 0, minimum=0, maximum=256)
    """Parsing processes; 0 means one per core, 1 parses in the process itself."""
    lease_seconds: float = _setting("LEASE_SECONDS", float, 120.0, minimum=1.0)
    """How long the lease of a sync lives without renewal."""
    git_timeout_seconds: float = _setting("GIT_TIMEOUT_SECONDS", float, 600.0, minimum=1.0)
    """Limit of one clone or fetch."""
    max_mirror_bytes: int = _setting("MAX_MIRROR_BYTES", int, 8_000_000_000, minimum=1_000_000)
    """Bytes; a mirror that grows larger is refused."""
    view_cache_bytes: int = _setting("VIEW_CACHE_BYTES", int, 4_000_000_000, minimum=10_000_000)
    """Bytes of all views together; beyond them the least recently used are deleted."""
    repo_roots: tuple[Path, ...] = _setting("REPO_ROOTS", _read_folders, ())
    """Folders under which HTTP callers may register local paths."""
    host: str = _setting("HOST", str, "127.0.0.1")
    """Address that the API binds to; anything but loopback needs the bearer token."""
    port: int = _setting("PORT", int, 8321, minimum=0, maximum=65_535)
    """Port of the API; 0 picks a free one."""
    server_workers: int = _setting("SERVER_WORKERS", int, 1, minimum=1, maximum=64)
    """Processes of the API, which answer on one port."""
    queue_length: int = _setting("QUEUE_LENGTH", int, 64, minimum=0)
    """How many questions may wait in one process of the API; another one is answered 429."""
    queue_seconds: float = _setting("QUEUE_SECONDS", float, 30.0, minimum=0.0)
    """How long a question may wait for a free core when its caller does not say it."""
    request_seconds: float = _setting("REQUEST_SECONDS", float, 60.0, minimum=0.001)
    """How long the API may work on one answer, without the wait for a free core."""
    dagster_port: int = _setting("DAGSTER_PORT", int, 8322, minimum=0, maximum=65_535)
    """Port of the Dagster UI; 0 picks a free one."""
    allowed_hosts: tuple[str, ...] = _setting("ALLOWED_HOSTS", _read_texts, ())
    """Host names that requests may carry, besides those of loopback."""
    private_mirror_hosts: tuple[str, ...] = _setting("PRIVATE_MIRROR_HOSTS", _read_texts, ())
    """Hosts on this machine or in private networks that mirrors may be fetched from."""
    watch: bool = _setting("WATCH", _read_boolean, True)
    """Whether `aura dev` and `aura mcp` watch local checkouts and index edits at once."""
    poll_seconds: float = _setting("POLL_SECONDS", float, 60.0, minimum=1.0)
    """How often the heads of registered repositories are polled."""

    keep_snapshots: int = _setting("KEEP_SNAPSHOTS", int, 100, minimum=0)
    """How many of a repository's newest commits stay indexed."""
    keep_days: float = _setting("KEEP_DAYS", float, 30.0, minimum=0.0)
    """Commits that were indexed within so many days stay indexed."""
    keep_shas: tuple[str, ...] = _setting("KEEP_SHAS", _read_sha_beginnings, ())
    """Commits that stay indexed, by the beginnings of their shas."""
    gc_grace_hours: float = _setting("GC_GRACE_HOURS", float, 24.0, minimum=0.0)
    """How long rows and vectors that nothing names are kept after their last use."""

    def __post_init__(self) -> None:
        for setting in fields(self):
            name, minimum, maximum = (setting.metadata[key] for key in ("name", "minimum", "maximum"))
            value = getattr(self, setting.name)
            # "not value >= minimum" and not "value < minimum": NaN is out of bounds too.
            if minimum is not None and not value >= minimum:
                raise _invalid(name, f"{value} is less than {minimum}")
            if maximum is not None and not value <= maximum:
                raise _invalid(name, f"{value} is more than {maximum}")

    @property
    def cache_folder(self) -> Path:
        """The folder of views and other files that can be made again: ``cache`` when it is set, else ``cache`` in the
        home; for the default home Aura's folder among the user's caches.
        """
        if self.cache is not None:
            return self.cache
        if self.home != default_home():
            return self.home / "cache"
        from platformdirs import user_cache_path

        return user_cache_path("aura")
