"""Random edits of a clone: functions are written into files, the same ones every time."""

from __future__ import annotations

import ast
import os
import random
import subprocess
from pathlib import Path

WHEN = {"GIT_AUTHOR_DATE": "2025-01-02T00:00:00Z", "GIT_COMMITTER_DATE": "2025-01-02T00:00:00Z"}


class EditedCheckout:
    """A clone that borrows the objects of the original; the original is never written to."""

    def __init__(self, original: Path, folder: Path, seed: int = 0) -> None:
        self.path = folder
        self._random = random.Random(seed)
        self._count = 0
        subprocess.run(["git", "clone", "--quiet", "--shared", str(original), str(folder)], check=True)

    def git(self, *words: str) -> str:
        """Return the output of a git command."""
        configuration = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid", "-c", "gc.auto=0")
        command = ["git", "-C", str(self.path), *configuration, *words]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, env={**os.environ, **WHEN}
        ).stdout.strip()

    def python(self) -> list[str]:
        """Return the tracked Python files that have code in them, sorted."""
        return [
            path for path in self.git("ls-files", "--", "*.py").splitlines() if os.path.getsize(self.path / path) > 200
        ]

    def edit(self, files: int) -> list[str]:
        """Write a function into each of some files; return the functions' names."""
        return [self._write(path) for path in self._random.sample(self.python(), files)]

    def commit(self, files: int) -> str:
        """Edit some files and commit them; return the sha."""
        self.edit(files)
        self.git("commit", "--quiet", "--all", "--message", f"Write into {files} files.")
        return self.git("rev-parse", "HEAD")

    def _write(self, path: str) -> str:
        """Write a function before one of the file's definitions, so that the code below moves; return its name.

        It calls another definition of the file.
        """
        self._count += 1
        name, file = f"advanced_{self._count}", self.path / path
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
        lines = text.splitlines(keepends=True)
        definitions = _definitions(text)
        index, callee = self._random.choice(definitions) if definitions else (len(lines), "print")
        line_end = "" if index == 0 or lines[index - 1].endswith("\n") else "\n"
        docstring = f'"""Step {self._count} of the benchmark."""'
        lines.insert(index, f"{line_end}def {name}(value):\n    {docstring}\n    return {callee}(value)\n\n\n")
        file.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")
        return name


def _definitions(text: str) -> list[tuple[int, str]]:
    """Return (index of the first line, name) of a module's functions and classes; none when it cannot be parsed."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError):
        return []
    nodes = [node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return [(min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1, node.name) for node in nodes]
