"""What the docs tell people to type exists; what the README tells them to type works."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer

from aura_cli.examples import EXAMPLES
from aura_cli.home import running_server
from aura_cli.main import app, run
from tests.docs.pages import PAGES, ROOT, commands
from tests.docs.test_names import COMMANDS
from tests.support import PATIENCE_SECONDS

ALL = [(file, command) for file in PAGES for command in commands(file)]
SERVERS = ("aura dev", "aura serve", "aura mcp")
"""They do not end by themselves; other tests run them."""

README = [
    c
    for c in commands(ROOT / "README.md")
    if re.match(r"(aura|curl) ", c) and not (c.startswith(SERVERS) and "--print-config" not in c)
]


def parts(command: str) -> Iterator[list[str]]:
    """The words of each program in a pipeline."""
    for part in command.split(" | "):
        words = shlex.split(part, comments=True)
        if words:
            yield words


def shown(value: object) -> str | None:
    return value.name if isinstance(value, Path) else None


@pytest.mark.parametrize(("file", "command"), ALL, ids=shown)
def test_commands_in_the_docs_exist_with_their_options(file: Path, command: str) -> None:
    for program, *rest in parts(command):
        if program == "aura":
            parse(rest)
        elif program == "make":
            targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
            assert {w for w in rest if "=" not in w} <= targets, command


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_examples_in_its_help(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    examples = EXAMPLES[" ".join(command)]
    assert run([*command, "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for example in examples:
        assert example in text
        program, *rest = list(parts(example))[-1]
        assert (program, *rest[: len(command)]) == ("aura", *command)
        parse(rest)


def parse(words: list[str]) -> None:
    """Raise when a command line could not be parsed."""
    command = typer.main.get_command(app)
    while getattr(command, "commands", None) and words and not words[0].startswith("-"):
        command, words = command.commands[words[0]], words[1:]  # type: ignore[attr-defined]
    if not getattr(command, "commands", None):
        command.make_context("aura", list(words))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a stranger has after cloning: the last commit, no environment, no index."""
    if not (ROOT / ".git").exists():
        pytest.skip("these files are no git checkout")
    folder = tmp_path_factory.mktemp("stranger")
    trusting = folder / "gitconfig"  # whoever owns the checkout: these tests run from it already
    trusting.write_text("[safe]\n\tdirectory = *\n")
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GIT_")},
        "GIT_CONFIG_GLOBAL": str(trusting),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "aura")], env=env, check=True)
    return folder / "aura"


@pytest.fixture(scope="module")
def served(clone: Path) -> Iterator[dict[str, str]]:
    """An environment with a home of its own, the repository indexed, and a server on it."""
    home = clone.parent / "home"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "AURA_HOME": str(home), "PATH": path, "AURA_WORKERS": "1"}
    subprocess.run(
        [sys.executable, "-m", "aura_cli", "index", str(clone)], env=env, check=True, stdout=subprocess.DEVNULL
    )
    with serving(env, home) as address:
        yield {**env, "ADDRESS": address}


@contextmanager
def serving(env: dict[str, str], home: Path) -> Iterator[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "aura_cli", "serve", "--port", "0"], env=env, stderr=subprocess.PIPE
    )
    try:
        assert child.stderr is not None
        child.stderr.readline()
        server = running_server(home)
        assert server is not None
        yield server.api
    finally:
        child.terminate()
        child.communicate(timeout=PATIENCE_SECONDS)


@pytest.mark.slow
def test_the_examples_of_the_readme_work(clone: Path, served: dict[str, str]) -> None:
    assert README, "the README shows no command"
    listed = subprocess.run(
        [sys.executable, "-m", "aura_cli", "repos", "list", "--json"], env=served, capture_output=True, check=True
    ).stdout
    repo = json.loads(listed)[0]["id"]
    for command in README:
        if command.startswith("curl") and shutil.which("curl") is None:
            continue
        line = re.sub(r"(http://)?(127\.0\.0\.1|localhost):\d+", served["ADDRESS"], command)
        line = re.sub(r"\baura-[0-9a-f]{8}\b", repo, line)
        line = re.sub(r'"sha": "[0-9a-f]+"', '"sha": "HEAD"', line)
        ran = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line}"],
            cwd=clone,
            env=served,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert ran.returncode == 0, f"{line}\n{ran.stderr}"
        assert ran.stdout.strip(), line
        assert '"code":' not in ran.stdout[:300], ran.stdout[:500]
