"""Every setting, read from ``AURA_*`` variables at the first door and passed on as a frozen value."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from aura_core.errors import InvalidRequest

_YES, _NO = frozenset(("1", "true", "yes", "on", "t", "y")), frozenset(("0", "false", "no", "off", "f", "n"))


def default_home() -> Path:
    """Where the home is when nobody names one: the user's data folder."""
    from platformdirs import user_data_path

    return user_data_path("aura")


def _yes(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise ValueError("1 or 0 is meant")
    return text.lower() in _YES


def _texts(text: str) -> tuple[str, ...]:
    found = json.loads(text)
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("a list of texts is meant")
    return tuple(found)


def _folders(text: str) -> tuple[Path, ...]:
    return tuple(map(Path, _texts(text)))


def _setting(
    name: str, read: Callable[[str], Any], default: Any, *, least: float | None = None, most: float | None = None
) -> Any:
    """A field that variable ``AURA_<name>`` fills unless the caller does. ``default`` is a value, or a function that
    gives it.
    """

    def value() -> Any:
        text = os.environ.get(f"AURA_{name}", "")
        if not text:
            return default() if callable(default) else default
        try:
            return read(text)
        except json.JSONDecodeError as error:
            raise _bad(name, f"it is no JSON list: {error}") from error
        except ValueError as error:
            raise _bad(name, str(error)) from error

    return field(default_factory=value, metadata={"name": name, "default": default, "least": least, "most": most})


def _bad(name: str, why: str) -> InvalidRequest:
    remedy = "docs/settings.md lists every variable; lists are JSON."
    return InvalidRequest(f"AURA_{name} is not valid: {why}.", remedy=remedy, field=name.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of one process. What the caller does not give is read from the environment: ``docs/settings.md`` lists
    the variables (tested).

    Raises ``InvalidRequest`` that names the variable. No library of settings: every command would load it, a tenth of
    a second.
    """

    home: Path = _setting("HOME", Path, default_home)
    """Folder that holds stores, mirrors, token and logs."""
    cache: Path | None = _setting("CACHE", Path, None)
    """Folder of views; see ``cache_folder``."""
    database_url: str = _setting("DATABASE_URL", str, "")
    """SQLAlchemy URL of the catalog and snapshot store; SQLite files in the home when empty."""
    max_file_bytes: int = _setting("MAX_FILE_BYTES", int, 1_000_000, least=1_000, most=100_000_000)
    """Larger files are skipped and counted."""
    max_files: int = _setting("MAX_FILES", int, 200_000, least=1)
    """A tree with more files is refused with a clear error."""
    workers: int = _setting("WORKERS", int, 0, least=0, most=256)
    """Parsing processes; 0 means one per core, 1 parses in the process itself."""
    lease_seconds: float = _setting("LEASE_SECONDS", float, 120.0, least=1.0)
    """How long a sync's lease lives without renewal."""
    git_timeout_seconds: float = _setting("GIT_TIMEOUT_SECONDS", float, 600.0, least=1.0)
    """Limit of one clone or fetch."""
    max_mirror_bytes: int = _setting("MAX_MIRROR_BYTES", int, 8_000_000_000, least=1_000_000)
    """A mirror that grows beyond this is refused."""
    view_cache_bytes: int = _setting("VIEW_CACHE_BYTES", int, 4_000_000_000, least=10_000_000)
    """Views beyond this are evicted, least recently used first."""
    repo_roots: tuple[Path, ...] = _setting("REPO_ROOTS", _folders, ())
    """Folders under which HTTP callers may register local paths."""
    host: str = _setting("HOST", str, "127.0.0.1")
    """Address that the API binds to; anything but loopback needs the bearer token."""
    port: int = _setting("PORT", int, 8321, least=0, most=65_535)
    """Port of the API; 0 picks a free one."""
    dagster_port: int = _setting("DAGSTER_PORT", int, 8322, least=0, most=65_535)
    """Port of the Dagster UI; 0 picks a free one."""
    allowed_hosts: tuple[str, ...] = _setting("ALLOWED_HOSTS", _texts, ())
    """Host names, beside loopback, that requests may carry."""
    watch: bool = _setting("WATCH", _yes, True)
    """Whether `aura dev` and `aura mcp` watch local checkouts and index edits as they are made."""
    poll_seconds: float = _setting("POLL_SECONDS", float, 60.0, least=1.0)
    """How often the heads of registered repositories are looked at."""

    keep_snapshots: int = _setting("KEEP_SNAPSHOTS", int, 100, least=0)
    """So many of a repository's newest commits stay indexed."""
    keep_days: float = _setting("KEEP_DAYS", float, 30.0, least=0.0)
    """Commits indexed within so many days stay indexed."""
    keep_shas: tuple[str, ...] = _setting("KEEP_SHAS", _texts, ())
    """Commits that stay indexed, by the beginnings of their shas."""
    gc_grace_hours: float = _setting("GC_GRACE_HOURS", float, 24.0, least=0.0)
    """Rows and vectors that nothing names are kept for so long after they were wanted last."""

    def __post_init__(self) -> None:
        for each in fields(self):
            least, most, value = each.metadata["least"], each.metadata["most"], getattr(self, each.name)
            if least is not None and not value >= least:  # nor is what is no number
                raise _bad(each.metadata["name"], f"{value} is less than {least}")
            if most is not None and not value <= most:
                raise _bad(each.metadata["name"], f"{value} is more than {most}")

    @property
    def cache_folder(self) -> Path:
        """Where views live: in the home, and for the default home in the user's cache folder, unless ``cache`` says
        where.
        """
        if self.cache is not None:
            return self.cache
        if self.home != default_home():
            return self.home / "cache"
        from platformdirs import user_cache_path

        return user_cache_path("aura")
