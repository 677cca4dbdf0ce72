"""What the files beside the code promise: one container, one check, no addresses."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from aura_core.settings import Settings
from tests.docs.pages import PAGES, ROOT

REGISTRIES = re.compile(r"pypi\.org|pythonhosted|index-url|registry\.|simple/|artifactory|nexus", re.IGNORECASE)


def test_pinned_versions_name_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    pins = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+", line) for line in pins)


def test_every_dependency_is_pinned() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.split(r"[\[<>=!~; ]", d)[0].lower().replace("_", "-") for d in wanted}
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    assert names <= pinned


def test_no_build_file_names_a_registry() -> None:
    for name in (
        "Makefile",
        ".ci/run",
        "Dockerfile",
        "docker-compose.yml",
        ".pre-commit-config.yaml",
        "pyproject.toml",
        "constraints.txt",
    ):
        assert not REGISTRIES.search((ROOT / name).read_text()), name


def test_one_container_publishes_the_api_on_loopback_alone_and_keeps_its_home(monkeypatch: pytest.MonkeyPatch) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ((_name, service),) = services.items()
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    environment = service["environment"]
    for name, text in environment.items():
        monkeypatch.setenv(name, str(text))
    settings = Settings()
    assert service["ports"] == [f"127.0.0.1:{settings.port}:{settings.port}"]
    assert any(volume.endswith(f":{settings.home}") for volume in service["volumes"])


def test_the_image_is_built_from_files_that_are_there_and_does_not_run_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    for sources in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / source).exists() for source in sources.split()), sources
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
    assert text.index("USER ") < text.index("CMD [")


def test_a_commit_hook_and_the_build_machine_run_what_make_runs() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [hook["entry"] for repo in hooks for hook in repo["hooks"]] == ["make check"]
    ci = (ROOT / ".ci" / "run").read_text()
    for line in ("make test", "make check", "make run ONCE=1"):
        assert re.search(rf"(^|\s){line}(\)|\s|$)", ci, re.MULTILINE), line
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)


def test_the_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert "$ make run" in text
    assert "$ make test" in text


def test_every_target_of_make_is_named_somewhere() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert targets == set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())
    pages = [*PAGES, ROOT / "benchmarks" / "README.md"]
    named = {name for page in pages for name in re.findall(r"\bmake ([a-z-]+)", page.read_text())}
    assert targets - named == {"help", "clean", "docs-check"}, "`make` alone lists these"


def test_every_benchmark_that_make_names_is_there() -> None:
    modules = re.findall(r"-m benchmarks\.(\w+)", (ROOT / "Makefile").read_text())
    assert len(modules) >= 4
    for module in modules:
        folder = ROOT / "benchmarks"
        assert (folder / f"{module}.py").is_file() or (folder / module / "__main__.py").is_file(), module
