"""The rooms keep their shape: no circles, few levels, few files in a room, small files and functions."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.docs.pages import ROOT

PACKAGES = ("aura_core", "aura_pipelines", "aura_api", "aura_mcp", "aura_cli")
FILES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
SAMPLES = ROOT / "tests" / "golden" / "cases"
TESTS = sorted(file for file in (ROOT / "tests").rglob("*.py") if not file.is_relative_to(SAMPLES))

MAX_LEVELS = 12
MAX_FILES_IN_A_ROOM = 18
MAX_LINES_OF_A_FILE = 400
MAX_LINES_OF_A_FUNCTION = 60


@cache
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)


def rooms() -> list[str]:
    """Every package, as a dotted name."""
    folders = {file.parent for file in FILES if "migrations" not in file.parts}
    return sorted(".".join(folder.relative_to(ROOT).parts) for folder in folders)


def imports_inside(room: str) -> dict[str, set[str]]:
    """Who imports whom among the files and wings of one room; what a wing imports counts as the wing's."""
    graph = import_graph()
    children = graph.find_children(room)
    owners = {module: child for child in children for module in (child, *graph.find_descendants(child))}
    imports: dict[str, set[str]] = {child: set() for child in children}
    for module, child in owners.items():
        targets = {owners[t] for t in graph.find_modules_directly_imported_by(module) if t in owners}
        imports[child] |= targets - {child}
    return imports


def levels(imports: dict[str, set[str]]) -> int:
    """The length of the longest chain of imports. Raises ``CycleError``."""
    height: dict[str, int] = {}
    for module in TopologicalSorter(imports).static_order():
        height[module] = 1 + max((height[target] for target in imports[module]), default=0)
    return max(height.values(), default=0)


@pytest.mark.parametrize("room", rooms())
def test_a_room_has_no_import_circle_and_few_levels(room: str) -> None:
    try:
        assert levels(imports_inside(room)) <= MAX_LEVELS
    except CycleError as circle:
        pytest.fail(f"import circle: {' -> '.join(circle.args[1])}")


def test_a_circle_would_be_noticed() -> None:
    with pytest.raises(CycleError):
        levels({"a": {"b"}, "b": {"a"}})
    assert levels({"a": {"b"}, "b": {"c"}, "c": set()}) == 3


@pytest.mark.parametrize("room", rooms())
def test_a_room_has_few_files_beside_its_wings(room: str) -> None:
    files = [file for file in (ROOT / Path(*room.split("."))).glob("*.py") if file.name != "__init__.py"]
    assert len(files) <= MAX_FILES_IN_A_ROOM, sorted(file.name for file in files)


@pytest.mark.parametrize("file", [*FILES, *TESTS], ids=lambda file: file.relative_to(ROOT).as_posix())
def test_files_and_functions_are_short(file: Path) -> None:
    source = file.read_text()
    assert source.count("\n") <= MAX_LINES_OF_A_FILE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < MAX_LINES_OF_A_FUNCTION, node.name
