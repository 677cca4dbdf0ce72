"""Asks CPython itself what each import statement of an installed package imports, and what each class extends.

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
    """Records what is imported and which classes are created while a package's modules are imported.

    ``imports`` has the module and the file of each statement by place, ``classes`` the bases of each class by place,
    ``exclusions`` the number of things that are not compared, by reason.
    """

    def __init__(self, folder: Path, package: str) -> None:
        self.folder, self.package = folder, package
        self.imports: dict[Place, dict[Statement, tuple[str, str]]] = {}
        self.classes: dict[Place, set[str]] = {}
        self.exclusions: Counter[str] = Counter()
        self._places_by_id: dict[int, Place] = {}
        self._places_by_name: dict[tuple[str, str], set[Place]] = {}
        self._created: list[tuple[Place, type, tuple[Any, ...]]] = []

    def inside(self, file: str) -> str:
        """Return a file's path below the folder when it belongs to the package, else ""."""
        start = f"{self.folder}{os.sep}"
        return file[len(start) :] if file.startswith(f"{start}{self.package}{os.sep}") else ""

    # While modules are imported

    def hook(self) -> None:
        """Replace ``__import__`` and ``__build_class__`` by functions that record."""
        builtins.__import__ = self._importing(builtins.__import__)
        builtins.__build_class__ = self._building(builtins.__build_class__)

    def _importing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def import_module(
            name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
        ) -> Any:
            frame = sys._getframe(1)
            statement = frame.f_code.co_code[frame.f_lasti] == IMPORT_NAME
            path = self.inside(frame.f_code.co_filename) if statement else ""
            module = original(name, globals, locals, fromlist, level)
            if path:
                statements_on_line = self.imports.setdefault((path, frame.f_lineno), {})
                package = (globals or {}).get("__package__") or ""
                module_name = importlib.util.resolve_name("." * level + name, package) if level else name
                for name_part in fromlist or ("",):
                    statements_on_line[level, name, name_part] = module_name, bound(module_name, name_part)
            return module

        return import_module

    def _building(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def build_class(function: Any, name: str, *bases: Any, **keywords: Any) -> Any:
            created = original(function, name, *bases, **keywords)
            path = self.inside(function.__code__.co_filename)
            if path and isinstance(created, type):
                place = path, function.__code__.co_firstlineno
                self._places_by_id[id(created)] = place
                self._places_by_name.setdefault((created.__module__, created.__qualname__), set()).add(place)
                self._created.append((place, created, bases))
            return created

        return build_class

    def run(self) -> None:
        """Import every module of the package; those that cannot be imported are counted."""
        for path in sorted((self.folder / self.package).rglob("*.py")):
            parts = path.relative_to(self.folder).with_suffix("").parts
            if path.stem == "__main__":
                continue
            module_name = ".".join(parts[:-1] if path.stem == "__init__" else parts)
            try:
                importlib.import_module(module_name)
            except BaseException:  # noqa: BLE001  a module may raise anything, and ends nothing but itself
                self.exclusions["modules that cannot be imported"] += 1

    # Afterwards

    def read(self) -> None:
        """Resolve the import statements that were not executed as the import machinery would."""
        for path in sorted((self.folder / self.package).rglob("*.py")):
            name = str(path.relative_to(self.folder))
            try:
                tree = ast.parse(path.read_bytes())
            except (SyntaxError, ValueError):
                self.exclusions["files that do not parse"] += 1
                continue
            package = ".".join(Path(name).parts[:-1])
            for node in ast.walk(tree):
                for level, module, part in statements(node):
                    statements_on_line = self.imports.setdefault((name, node.lineno), {})
                    if (level, module, part) not in statements_on_line:
                        self.exclusions["imports not executed, resolved by the machinery"] += 1
                        module_name = absolute(package, level, module)
                        statements_on_line[level, module, part] = module_name, would_bind(module_name, part)

    def extends(self) -> None:
        """Record the bases of every class that was created: as written where the class has them, generics by origin."""
        for place, created, written in self._created:
            actual_bases = created.__bases__
            bases = self.classes.setdefault(place, set())
            for base in bases_of(actual_bases, written):
                target = self.name_of(base)
                if target is None:
                    self.exclusions["bases made at run time"] += 1
                elif target != "builtins.object":
                    bases.add(target)

    def name_of(self, base: Any) -> str | None:
        """Return ``path:line`` of a class statement of the package, the dotted name of anything else.

        None for a class that no statement created.
        """
        place = self._places_by_id.get(id(base))
        if place is None:
            places = self._places_by_name.get(
                (getattr(base, "__module__", ""), getattr(base, "__qualname__", "")), set()
            )
            place = next(iter(places)) if len(places) == 1 else None
        if place is not None:
            path, line = place
            return f"{path}:{line}"
        name = dotted_name(base)
        return None if name is not None and name.startswith(f"{self.package}.") else name


def statements(node: ast.AST) -> list[Statement]:
    """Return what an import statement names."""
    if isinstance(node, ast.Import):
        return [(0, alias.name, "") for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.level, node.module or "", alias.name) for alias in node.names]
    return []


def bound(dotted: str, part: str) -> str:
    """Return the module that an executed statement names: the sub-module when the name is bound to that."""
    below = f"{dotted}.{part}"
    module = sys.modules.get(below) if part else None
    if module is None:
        return dotted
    value = getattr(sys.modules.get(dotted), part, module)
    return below if value is module else dotted


def absolute(package: str, level: int, module: str) -> str:
    """Return the full name of the module that a statement names."""
    try:
        return importlib.util.resolve_name("." * level + module, package) if level else module
    except ImportError:
        return "." * level + module


def would_bind(dotted: str, part: str) -> str:
    """Return what ``bound`` would return of a statement that was not executed."""
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
    """Return a module's spec, or None when the machinery finds none.

    Parents that cannot be imported are searched without running them.
    """
    try:
        return importlib.util.find_spec(dotted)
    except BaseException:  # noqa: BLE001  a parent may raise anything
        spec, path, name = None, None, ""
        for part in dotted.split("."):
            name = f"{name}.{part}".strip(".")
            spec = importlib.machinery.PathFinder.find_spec(name, path)
            path = spec.submodule_search_locations if spec is not None else None
            if path is None:
                return spec if name == dotted else None
        return spec


def origin(dotted: str) -> str:
    """Return the file that a module comes from; "" when there is none, as for namespace folders."""
    module = sys.modules.get(dotted)
    spec = getattr(module, "__spec__", None) or spec_of(dotted)
    file = getattr(spec, "origin", None) or getattr(module, "__file__", None)
    return file if isinstance(file, str) and os.sep in file else ""


def bases_of(actual: tuple[type, ...], written: tuple[Any, ...]) -> list[Any]:
    """Return bases as written, generics by their origin, and those that a metaclass put in their place.

    ``Generic`` counts only where it is written.
    """
    plain = [typing.get_origin(base) or base for base in written]
    special = [base for base in plain if not isinstance(base, type) or base not in actual]
    if not special:
        return plain
    has_typing_base = [
        base
        for base in special
        if getattr(base, "__module__", "") in ("typing", "typing_extensions") or isinstance(base, typing._TypedDictMeta)
    ]
    if has_typing_base:
        return plain
    return [base for base in plain if base not in special] + [
        base for base in actual if base not in plain and base is not typing.Generic
    ]


def dotted_name(value: Any) -> str | None:
    """Return ``module.qualname`` of a class or function; None for any other object."""
    value = typing.get_origin(value) or value
    module, name = (
        getattr(value, "__module__", None),
        getattr(value, "__qualname__", None) or getattr(value, "_name", None),
    )
    return f"{module}.{name}" if module and name else None


def own_name(dotted: str) -> str | None:
    """Return the own name of the object at a dotted import path."""
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
    _program, folder_argument, package = sys.argv
    folder = Path(folder_argument).resolve()
    sys.path.insert(0, str(folder))
    sys.argv = [package]
    if package == "--names":
        names = [line.strip() for line in sys.stdin]
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            results = {name: own_name(name) for name in names}
        print(json.dumps(results))
        return
    truth = Truth(folder, package)
    truth.hook()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        truth.run()
        truth.read()
        truth.extends()
        imports = [
            [path, module, origin(target)]
            for (path, _), statements_on_line in truth.imports.items()
            for module, target in statements_on_line.values()
        ]
    extends = [[path, line, sorted(bases)] for (path, line), bases in truth.classes.items()]
    print(json.dumps({"imports": imports, "extends": extends, "left": truth.exclusions}))


if __name__ == "__main__":
    main()
