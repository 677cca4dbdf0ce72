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


def test_every_asset_explains_itself(settings: Settings) -> None:
    graph = build_defs(settings).resolve_asset_graph()
    for step in STEPS:
        node = graph.get(dg.AssetKey(step))
        assert len(str(node.description)) > 100, step
        assert list(node.owners) == ["team:aura"]
        assert node.kinds
        assert node.tags["aura/step"].endswith("_of_5")
        references = node.metadata["dagster/code_references"]
        assert isinstance(references, dg.CodeReferencesMetadataValue)
        source, *pages = references.code_references
        assert isinstance(source, dg.LocalFileCodeReference)
        assert Path(source.file_path).stem == step
        line = Path(source.file_path).read_text().splitlines()[(source.line_number or 0) - 1]
        assert line == f"def {step}(context: StepContext) -> StepReport:"
        assert [page.label for page in pages] == ["docs/architecture.md", "docs/operations.md"]


def test_jobs_sensors_and_schedules_say_what_they_do(settings: Settings) -> None:
    repository = build_defs(settings).get_repository_def()
    jobs = {"index_repository", "verify_snapshots", "delete_old_snapshots", "delete_old_runs"}
    assert {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")} == jobs
    assert {s.name for s in repository.schedule_defs} == {f"{job}_nightly" for job in jobs - {"index_repository"}}
    for definition in (*repository.schedule_defs, *repository.sensor_defs):
        assert definition.description
    for job in jobs:
        assert repository.get_job(job).description


def test_sensors_and_schedules_run_without_being_told(settings: Settings) -> None:
    repository = build_defs(settings).get_repository_def()
    assert {s.name for s in repository.sensor_defs} == {"index_when_asked", "check_for_new_commits"}
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
