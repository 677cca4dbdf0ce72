"""What CPython itself says of an installed package: what each import statement imports, what each class extends.

Usage: ``python -I -S imports_truth.py FOLDER PACKAGE`` prints JSON; ``… FOLDER --names`` reads dotted names, one a
line, and prints what each is. Runs in a process of its own, which sees the standard library and FOLDER only, and knows
nothing of Aura.
"""

from __future__ import annotations

import ast
import builtins
import dis
import importlib
import importlib.machinery
import importlib.util
import io
import json
import os
import sys
import typing
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

IMPORT_NAME = dis.opmap["IMPORT_NAME"]
"""The instruction of an import statement: a call of ``__import__`` is none."""

Statement = tuple[int, str, str]
"""Level, module as written, name ("" for a plain import)."""

Place = tuple[str, int]
"""File, line."""


class Truth:
    """Records what is imported and which classes are made while a package's modules are imported."""

    def __init__(self, folder: Path, package: str) -> None:
        self.folder, self.package = folder, package
        self.imports: dict[Place, dict[Statement, tuple[str, str]]] = {}
        self.classes: dict[Place, set[str]] = {}
        self.left: Counter[str] = Counter()
        self._made: dict[int, Place] = {}
        self._named: dict[tuple[str, str], set[Place]] = {}
        self._raw: list[tuple[Place, type, tuple[Any, ...]]] = []

    def inside(self, file: str) -> str:
        """A file's path below the folder when it is the package's, else ""."""
        start = f"{self.folder}{os.sep}"
        return file[len(start) :] if file.startswith(f"{start}{self.package}{os.sep}") else ""

    # While modules are imported

    def hook(self) -> None:
        """Watch ``__import__`` and ``__build_class__``."""
        builtins.__import__ = self._importing(builtins.__import__)
        builtins.__build_class__ = self._building(builtins.__build_class__)

    def _importing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def watched(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
            frame = sys._getframe(1)
            statement = frame.f_code.co_code[frame.f_lasti] == IMPORT_NAME
            path = self.inside(frame.f_code.co_filename) if statement else ""
            module = original(name, globals, locals, fromlist, level)
            if path:
                found = self.imports.setdefault((path, frame.f_lineno), {})
                package = (globals or {}).get("__package__") or ""
                dotted = importlib.util.resolve_name("." * level + name, package) if level else name
                for part in fromlist or ("",):
                    found[level, name, part] = dotted, bound(dotted, part)
            return module

        return watched

    def _building(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def watched(function: Any, name: str, *bases: Any, **keywords: Any) -> Any:
            made = original(function, name, *bases, **keywords)
            path = self.inside(function.__code__.co_filename)
            if path and isinstance(made, type):
                place = path, function.__code__.co_firstlineno
                self._made[id(made)] = place
                self._named.setdefault((made.__module__, made.__qualname__), set()).add(place)
                self._raw.append((place, made, bases))
            return made

        return watched

    def run(self) -> None:
        """Import every module of the package; those that cannot be imported are counted."""
        for path in sorted((self.folder / self.package).rglob("*.py")):
            parts = path.relative_to(self.folder).with_suffix("").parts
            if parts[-1] == "__main__":
                continue
            dotted = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            try:
                importlib.import_module(dotted)
            except BaseException:  # noqa: BLE001  a module may raise anything, and ends nothing but itself
                self.left["modules that cannot be imported"] += 1

    # Afterwards

    def read(self) -> None:
        """Resolve the import statements that were not executed as the import machinery would."""
        for path in sorted((self.folder / self.package).rglob("*.py")):
            name = str(path.relative_to(self.folder))
            try:
                tree = ast.parse(path.read_bytes())
            except (SyntaxError, ValueError):
                self.left["files that do not parse"] += 1
                continue
            package = ".".join(Path(name).parts[:-1])
            for node in ast.walk(tree):
                for level, module, part in statements(node):
                    found = self.imports.setdefault((name, node.lineno), {})
                    if (level, module, part) not in found:
                        self.left["imports not executed, resolved by the machinery"] += 1
                        dotted = absolute(package, level, module)
                        found[level, module, part] = dotted, would_bind(dotted, part)

    def extends(self) -> None:
        """The bases of every class that was made, as written where the class keeps them, generics by their origin."""
        for place, made, written in self._raw:
            kept = made.__bases__
            found = self.classes.setdefault(place, set())
            for base in bases_of(kept, written):
                target = self.name_of(base)
                if target is None:
                    self.left["bases made at run time"] += 1
                elif target != "builtins.object":
                    found.add(target)

    def name_of(self, base: Any) -> str | None:
        """``path:line`` of a class statement of the package, the dotted name of anything else; None for a class that
        no statement made.
        """
        place = self._made.get(id(base))
        if place is None:
            places = self._named.get((getattr(base, "__module__", ""), getattr(base, "__qualname__", "")), set())
            place = next(iter(places)) if len(places) == 1 else None
        if place is not None:
            return f"{place[0]}:{place[1]}"
        name = dotted_name(base)
        return None if name is not None and name.partition(".")[0] == self.package else name


def statements(node: ast.AST) -> list[Statement]:
    """What an import statement asks for."""
    if isinstance(node, ast.Import):
        return [(0, alias.name, "") for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.level, node.module or "", alias.name) for alias in node.names]
    return []


def bound(dotted: str, part: str) -> str:
    """The module that a statement which has just run names: the sub-module where that is what the name is bound to."""
    below = f"{dotted}.{part}"
    module = sys.modules.get(below) if part else None
    if module is None:
        return dotted
    value = getattr(sys.modules.get(dotted), part, module)
    return below if value is module else dotted


def absolute(package: str, level: int, module: str) -> str:
    """The module that a statement names, by its full name."""
    try:
        return importlib.util.resolve_name("." * level + module, package) if level else module
    except ImportError:
        return "." * level + module


def would_bind(dotted: str, part: str) -> str:
    """What ``bound`` would say of a statement that did not run."""
    if not part or part == "*":
        return dotted
    try:
        importlib.import_module(dotted)
    except BaseException:  # noqa: BLE001  what cannot be imported binds nothing
        return f"{dotted}.{part}" if spec_of(f"{dotted}.{part}") is not None else dotted
    if hasattr(sys.modules.get(dotted), part):
        return bound(dotted, part)
    return f"{dotted}.{part}" if spec_of(f"{dotted}.{part}") is not None else dotted


def spec_of(dotted: str) -> Any:
    """A module's spec, or None when the machinery finds none. Parents that cannot be imported are looked through
    without running them.
    """
    try:
        return importlib.util.find_spec(dotted)
    except BaseException:  # noqa: BLE001  a parent may raise anything
        found, path, name = None, None, ""
        for part in dotted.split("."):
            name = f"{name}.{part}".strip(".")
            found = importlib.machinery.PathFinder.find_spec(name, path)
            path = found.submodule_search_locations if found is not None else None
            if path is None:
                return found if name == dotted else None
        return found


def origin(dotted: str) -> str:
    """The file that a module comes from; "" when there is none, as for namespace folders."""
    module = sys.modules.get(dotted)
    spec = getattr(module, "__spec__", None) or spec_of(dotted)
    found = getattr(spec, "origin", None) or getattr(module, "__file__", None)
    return found if isinstance(found, str) and os.sep in found else ""


def bases_of(kept: tuple[type, ...], written: tuple[Any, ...]) -> list[Any]:
    """Bases as written, generics by their origin; where the metaclass put others in their place, those. ``Generic``
    only where it is written.
    """
    plain = [typing.get_origin(base) or base for base in written]
    special = [base for base in plain if not isinstance(base, type) or base not in kept]
    if not special:
        return plain
    typed = [
        base
        for base in special
        if getattr(base, "__module__", "") in ("typing", "typing_extensions") or isinstance(base, typing._TypedDictMeta)
    ]
    if typed:
        return plain
    return [base for base in plain if base not in special] + [
        base for base in kept if base not in plain and base is not typing.Generic
    ]


def dotted_name(value: Any) -> str | None:
    """``module.qualname`` of a class or function; None when its module has nothing of that name."""
    value = typing.get_origin(value) or value
    module, name = (
        getattr(value, "__module__", None),
        getattr(value, "__qualname__", None) or getattr(value, "_name", None),
    )
    return f"{module}.{name}" if module and name else None


def named(dotted: str) -> str | None:
    """What a dotted import path is, by its own name."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:cut]))
            for part in parts[cut:]:
                value = getattr(value, part)
        except BaseException:  # noqa: BLE001  not a module: a shorter prefix may be one
            continue
        return dotted_name(value)
    return None


def main() -> None:
    """Print the truth."""
    folder, package = Path(sys.argv[1]).resolve(), sys.argv[2]
    sys.path.insert(0, str(folder))
    sys.argv = [package]
    if package == "--names":
        names = [line.strip() for line in sys.stdin]
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            found = {name: named(name) for name in names}
        print(json.dumps(found))
        return
    truth = Truth(folder, package)
    truth.hook()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        truth.run()
        truth.read()
        truth.extends()
        imports = [
            [path, named, origin(target)]
            for (path, _), found in truth.imports.items()
            for named, target in found.values()
        ]
    extends = [[path, line, sorted(bases)] for (path, line), bases in truth.classes.items()]
    print(json.dumps({"imports": imports, "extends": extends, "left": truth.left}))


if __name__ == "__main__":
    main()
