"""The assembly, and the one file of Dagster's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import dagster as dg
import pytest
import yaml

from aura_core.errors import StoreUnavailable
from aura_core.settings import Settings
from aura_pipelines.definitions import build_defs
from aura_pipelines.jobs import delete_run
from aura_pipelines.run_progress import STEPS
from aura_pipelines.storage import Storage, postgres_url
from tests.support import PATIENCE_SECONDS

TOP = Path(__file__).parents[2]


def test_five_assets_follow_one_another(settings: Settings) -> None:
    graph = build_defs(settings).resolve_asset_graph()
    assert [key.path[-1] for key in graph.toposorted_asset_keys] == list(STEPS)
    for before, after in pairwise(STEPS):
        assert graph.get(dg.AssetKey(after)).parent_keys == {dg.AssetKey(before)}
    assert all(graph.get(dg.AssetKey(step)).code_version for step in STEPS)


def test_sensors_and_schedules_run_without_being_told(settings: Settings) -> None:
    repository = build_defs(settings).get_repository_def()
    assert {s.name for s in repository.sensor_defs} == {"events", "heads"}
    assert all(s.default_status is dg.DefaultSensorStatus.RUNNING for s in repository.sensor_defs)
    assert all(s.default_status is dg.DefaultScheduleStatus.RUNNING for s in repository.schedule_defs)


def test_the_packaged_settings_are_those_at_the_top() -> None:
    assert files("aura_pipelines").joinpath("dagster.yaml").read_text() == (TOP / "dagster.yaml").read_text()


def test_dagster_keeps_everything_under_the_home(tmp_path: Path) -> None:
    home = tmp_path / "aura-home"
    (home / "dagster").mkdir(parents=True)
    (home / "dagster" / "dagster.yaml").write_text((TOP / "dagster.yaml").read_text())
    code = "import dagster as dg; instance = dg.DagsterInstance.get(); instance.get_runs(); "
    code += "instance.add_dynamic_partitions('repository', ['a']); print(instance.telemetry_enabled)"
    env = {**os.environ, "AURA_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "False"
    assert (home / "dagster" / "history" / "runs.db").exists()
    assert sorted(f.name for f in tmp_path.iterdir()) == ["aura-home"]


def test_the_workspace_names_our_definitions() -> None:
    loaded = yaml.safe_load((TOP / "workspace.yaml").read_text())
    assert loaded["load_from"][0]["python_module"]["module_name"] == "aura_pipelines.definitions"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ""),
        ("sqlite:///a.db", ""),
        ("postgresql://u:p@h/db", "postgresql+psycopg2://u:p@h/db"),
        ("postgresql+psycopg://u@h:1/db?sslmode=require", "postgresql+psycopg2://u@h:1/db?sslmode=require"),
        ("postgres://h/db", "postgresql+psycopg2://h/db"),
    ],
)
def test_postgres_is_reached_through_the_driver_that_dagster_has(url: str, expected: str) -> None:
    assert postgres_url(url) == expected


def test_postgres_without_its_package_is_a_named_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURA_DATABASE_URL", "postgresql://h/db")
    monkeypatch.setitem(sys.modules, "dagster_postgres", None)
    with pytest.raises(StoreUnavailable, match="pip install"):
        Storage.from_config_value(None, {})


def test_a_deleted_run_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:

        @dg.job
        def empty() -> None: ...

        run = empty.execute_in_process(instance=instance).run_id
        assert list(tmp_path.rglob(f"{run}*"))
        delete_run(instance, run)
        assert instance.get_run_by_id(run) is None
        assert list(tmp_path.rglob(f"{run}*")) == []
