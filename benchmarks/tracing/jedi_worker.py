"""Answers "go to definition" for places of a tree, in an environment that has jedi.

``python jedi_worker.py < request > answers``, JSON both ways.
"""

from __future__ import annotations

import json
import os
import sys

import jedi


def main() -> None:
    request = json.load(sys.stdin)
    root = os.path.realpath(request["root"])
    project = jedi.Project(
        root, added_sys_path=[os.path.join(root, p) for p in request["paths"]], environment_path=request["python"]
    )
    answers = []
    for path, places in request["places"].items():
        script = jedi.Script(path=os.path.join(root, path), project=project)
        answers += [[path, line, column, definitions_at(script, root, line, column)] for line, column in places]
    json.dump(answers, sys.stdout)


def definitions_at(script: jedi.Script, root: str, line: int, column: int) -> list[list[object]]:
    """Return [file, name, line] of each function or class in the tree that the name at a place leads to."""
    try:
        names = script.goto(line, column, follow_imports=True)
    except Exception as error:  # noqa: BLE001 jedi fails on some places with whatever its inference hits; such a place has no answer
        print(f"{script.path}:{line}: {type(error).__name__}", file=sys.stderr)
        return []
    inside = [
        n for n in names if n.type in ("function", "class") and str(n.module_path or "").startswith(root + os.sep)
    ]
    return [[os.path.relpath(n.module_path, root).replace(os.sep, "/"), n.name, n.line] for n in inside]


if __name__ == "__main__":
    main()
