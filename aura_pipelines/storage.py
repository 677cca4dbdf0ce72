"""Where Dagster keeps runs, events and logs: under the home, or in Postgres when AURA_DATABASE_URL says so. Named in
`dagster.yaml`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.execution.compute_logs import redirect_to_file
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.compute_log_manager import CapturedLogContext, ComputeIOType
from dagster._core.storage.local_compute_log_manager import IO_TYPE_EXTENSION, LocalComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from aura_core.errors import StoreUnavailable
from aura_core.private_files import make_private_folder
from aura_core.settings import Settings

FOLDER = "dagster"


def dagster_folder(settings: Settings) -> Path:
    """Return the folder of Dagster's own files in one home: the value that DAGSTER_HOME needs."""
    return settings.home / FOLDER


def postgres_url(url: str) -> str:
    """Return the URL for psycopg2, the driver of dagster-postgres; "" when the database is no Postgres."""
    scheme, separator, rest = url.partition("://")
    database, _, _ = scheme.partition("+")
    if not separator or database not in ("postgresql", "postgres"):
        return ""
    return f"postgresql+psycopg2://{rest}"


class Storage(DagsterStorage, ConfigurableClass):
    """The storage of runs, events and ticks. Dagster asks this class for one of its own storages when it loads its
    instance, so this class itself has no instances.
    """

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return no fields: there is nothing to configure."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> DagsterStorage:  # type: ignore[override]
        """Return SQLite files under the home, or the Postgres that the settings name.

        Raises ``StoreUnavailable`` when Postgres is asked for and dagster-postgres is not installed.
        """
        settings = Settings()
        if url := postgres_url(settings.database_url):
            return _postgres(url, inst_data)
        return DagsterSqliteStorage.from_local(str(dagster_folder(settings)), inst_data)


class Artifacts(LocalArtifactStorage):
    """Stores small files of runs under the home."""

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return no fields: there is nothing to configure."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Artifacts:
        """Return Dagster's local storage in our folder."""
        return cls(str(dagster_folder(Settings())), inst_data)


class ComputeLogs(LocalComputeLogManager):
    """Writes the output of runs to files under the home's logs only. Dagster's own class also copies it to the
    terminal, with two `tail` processes for each run.
    """

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """Return no fields: there is nothing to configure."""
        return {}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> ComputeLogs:
        """Return the manager of the logs under ``logs/runs``."""
        return cls(str(Settings().home / "logs" / "runs"), inst_data=inst_data)

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogContext]:
        """Send this process's stdout and stderr to the run's files while inside."""
        out, err = (
            self.get_captured_local_path(log_key, IO_TYPE_EXTENSION[io])
            for io in (ComputeIOType.STDOUT, ComputeIOType.STDERR)
        )
        make_private_folder(Path(out).parent)
        with redirect_to_file(sys.stdout, out), redirect_to_file(sys.stderr, err):
            yield CapturedLogContext(log_key)
        Path(self.get_captured_local_path(log_key, "complete")).touch()


def _postgres(url: str, inst_data: ConfigurableClassData | None) -> DagsterStorage:
    try:
        from dagster_postgres import DagsterPostgresStorage
    except ImportError as error:
        raise StoreUnavailable(
            "AURA_DATABASE_URL names Postgres.", remedy="Install it: pip install 'aura[dagster,postgres]'."
        ) from error
    return DagsterPostgresStorage(url, inst_data=inst_data)
