"""Every setting, read from ``AURA_*`` variables at the first door and passed on as a frozen value."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_cache_path, user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings of one process. Each field is the variable ``AURA_<NAME>``; ``docs/settings.md`` lists them (tested)."""

    model_config = SettingsConfigDict(env_prefix="AURA_", frozen=True, extra="ignore")

    home: Path = Field(default_factory=lambda: user_data_path("aura"), description="Folder that holds stores, mirrors, token and logs.")
    cache: Path | None = Field(default=None, description="Folder of views; the home's `cache` when AURA_HOME is set, else the user's cache folder.")
    database_url: str = Field(default="", description="SQLAlchemy URL of the catalog and snapshot store; SQLite files in the home when empty.")
    max_file_bytes: int = Field(default=1_000_000, ge=1_000, le=100_000_000, description="Larger files are skipped and counted.")
    max_files: int = Field(default=200_000, ge=1, description="A tree with more files is refused with a clear error.")
    workers: int = Field(default=0, ge=0, le=256, description="Parsing processes; 0 means one per core, 1 parses in the process itself.")
    lease_seconds: float = Field(default=120.0, ge=1.0, description="How long a sync's lease lives without renewal.")
    git_timeout_seconds: float = Field(default=600.0, ge=1.0, description="Limit of one clone or fetch.")
    max_mirror_bytes: int = Field(default=8_000_000_000, ge=1_000_000, description="A mirror that grows beyond this is refused.")
    view_cache_bytes: int = Field(default=4_000_000_000, ge=10_000_000, description="Views beyond this are evicted, least recently used first.")
    repo_roots: tuple[Path, ...] = Field(default=(), description="Folders under which HTTP callers may register local paths (JSON list).")
    host: str = Field(default="127.0.0.1", description="Address that the API binds to; anything but loopback needs the bearer token.")
    port: int = Field(default=8321, ge=0, le=65_535, description="Port of the API; 0 picks a free one.")
    dagster_port: int = Field(default=8322, ge=0, le=65_535, description="Port of the Dagster UI; 0 picks a free one.")
    allowed_hosts: tuple[str, ...] = Field(default=(), description="Host names, beside loopback, that requests may carry (JSON list).")
    watch: bool = Field(default=True, description="Whether `aura dev` and `aura mcp` watch local checkouts and index edits as they are made.")
    poll_seconds: float = Field(default=60.0, ge=1.0, description="How often the heads of registered repositories are looked at.")

    keep_snapshots: int = Field(default=100, ge=0, description="So many of a repository's newest commits stay indexed.")
    keep_days: float = Field(default=30.0, ge=0.0, description="Commits indexed within so many days stay indexed.")
    keep_shas: tuple[str, ...] = Field(default=(), description="Commits that stay indexed, by the beginnings of their shas (JSON list).")
    gc_grace_hours: float = Field(
        default=24.0, ge=0.0, description="Rows and vectors that nothing names are kept for so long after they were wanted last."
    )

    @property
    def cache_folder(self) -> Path:
        """Where views live."""
        if self.cache is not None:
            return self.cache
        return self.home / "cache" if "home" in self.model_fields_set else user_cache_path("aura")
