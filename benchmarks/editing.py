"""A checkout to edit: a clone of a repository in which functions are written into files at random, the same ones every
time.
"""

from __future__ import annotations

import ast
import os
import random
import subprocess
from pathlib import Path

WHEN = {"GIT_AUTHOR_DATE": "2025-01-02T00:00:00Z", "GIT_COMMITTER_DATE": "2025-01-02T00:00:00Z"}


class Checkout:
    """A clone of its own, whose objects are borrowed; the original is never written to."""

    def __init__(self, original: Path, folder: Path, seed: int = 0) -> None:
        self.path = folder
        self._chance = random.Random(seed)
        self._written = 0
        subprocess.run(["git", "clone", "--quiet", "--shared", str(original), str(folder)], check=True)

    def git(self, *words: str) -> str:
        """What a git command prints."""
        by = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "-c", "gc.auto=0")
        command = ["git", "-C", str(self.path), *by, *words]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, **WHEN}
        ).stdout.strip()

    def python(self) -> list[str]:
        """The tracked Python files with code in them, sorted."""
        return [
            path for path in self.git("ls-files", "--", "*.py").splitlines() if os.path.getsize(self.path / path) > 200
        ]

    def edit(self, files: int) -> list[str]:
        """Write a function into each of some files; the functions' names."""
        return [self._write(path) for path in self._chance.sample(self.python(), files)]

    def commit(self, files: int) -> str:
        """Edit some files and commit them; the sha."""
        self.edit(files)
        self.git("commit", "--quiet", "--all", "--message", f"Write into {files} files.")
        return self.git("rev-parse", "HEAD")

    def _write(self, path: str) -> str:
        """A function before one of the file's definitions, so that what follows moves, which calls another one of the
        file.
        """
        self._written += 1
        name, file = f"advanced_{self._written}", self.path / path
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
        lines = text.splitlines(keepends=True)
        places = _definitions(text)
        at, called = self._chance.choice(places) if places else (len(lines), "print")
        glue = "" if at == 0 or lines[at - 1].endswith("\n") else "\n"
        lines.insert(
            at,
            f'{glue}def {name}(value):\n    """Step {self._written} of the benchmark."""\n    return {called}(value)\n\n\n',
        )
        file.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
        return name


def _definitions(text: str) -> list[tuple[int, str]]:
    """(index of the first line, name) of the functions and classes of a module; none when it cannot be parsed."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return []
    found = [node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return [(min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1, node.name) for node in found]
