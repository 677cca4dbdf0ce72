"""Versions of what is stored: other code gives other versions, other comments do not."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aura_core import fingerprint
from aura_core.fingerprint import ROOT, SOURCES, Artifact, source_files
from tests.support import SHOP, GitRepository

FOLLOWS = {
    Artifact.FACTS: set(),
    Artifact.FRAGMENTS: {Artifact.FACTS},
    Artifact.SELECTION: set(),
    Artifact.VECTORS: {Artifact.FACTS},
    Artifact.VIEWS: {Artifact.FACTS, Artifact.FRAGMENTS, Artifact.VECTORS},
    Artifact.CLUSTERS: {Artifact.FACTS, Artifact.VECTORS, Artifact.VIEWS},
    Artifact.ANSWERS: {Artifact.VIEWS, Artifact.FACTS},
}
"""What else decides what an artifact holds, under a version of its own that the artifact is stored beside."""

DECIDES_NOTHING = (
    "errors.py",
    "files.py",
    "lru.py",
    "ports/",
    "fingerprint.py",
    "settings.py",
    "time_limit.py",
    "workers/",
    "indexing/",
)
"""Code that carries values without looking at them."""


def versions(root: Path) -> dict[Artifact, str]:
    return {artifact: fingerprint.fingerprint(root, sources) for artifact, sources in SOURCES.items()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the package that may be edited."""
    return Path(shutil.copytree(ROOT, tmp_path / "aura_core", ignore=shutil.ignore_patterns("data", "__pycache__")))


def shapes() -> list[str]:
    return sorted({shape for sources in SOURCES.values() for shape in sources.shapes})


def class_of(source: str, name: str) -> ast.ClassDef:
    return next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef) and node.name == name)


def is_enum(node: ast.ClassDef) -> bool:
    return any("Enum" in ast.unparse(base) for base in node.bases)


def edited(root: Path, shape: str) -> None:
    """Swap the first two members of an enum; give any other class one field more."""
    name, _, class_name = shape.partition(":")
    source = (root / name).read_text()
    lines, node = source.splitlines(), class_of(source, class_name)
    if is_enum(node):
        first, second = [statement.lineno - 1 for statement in node.body if isinstance(statement, ast.Assign)][:2]
        lines[first], lines[second] = lines[second], lines[first]
    else:
        last = max(s.end_lineno or 0 for s in node.body if isinstance(s, ast.AnnAssign))
        lines.insert(last, "    one_more: int = 0")
    (root / name).write_text("\n".join(lines) + "\n")


def readers(shape: str) -> set[Artifact]:
    return {artifact for artifact, sources in SOURCES.items() if shape in sources.shapes}


@pytest.mark.parametrize("shape", shapes())
def test_another_order_of_an_enum_or_another_field_of_a_row_is_another_version(root: Path, shape: str) -> None:
    before = versions(root)
    edited(root, shape)
    after = versions(root)
    assert {artifact for artifact in Artifact if before[artifact] != after[artifact]} >= readers(shape) != set()


@pytest.mark.parametrize("artifact", list(Artifact))
def test_a_changed_rule_in_any_file_is_another_version(root: Path, artifact: Artifact) -> None:
    before = versions(root)[artifact]
    for file in source_files(root, SOURCES[artifact].code):
        text = file.read_bytes()
        file.write_bytes(text + b"\nONE_MORE_RULE = 1\n")
        assert versions(root)[artifact] != before, file.name
        file.write_bytes(text)
    assert versions(root)[artifact] == before


def test_a_new_file_in_a_folder_below_is_another_version(root: Path) -> None:
    before = versions(root)
    (root / "linking" / "inference" / "one_more.py").write_text("X = 1\n")
    changed = {artifact for artifact, version in versions(root).items() if version != before[artifact]}
    assert changed == {Artifact.FRAGMENTS}


def test_comments_docstrings_and_layout_leave_every_version_as_it_was(root: Path) -> None:
    before = versions(root)
    for artifact in Artifact:
        for file in source_files(root, SOURCES[artifact].code):
            text = file.read_text()
            tree = ast.parse(text)
            if ast.get_docstring(tree):
                docstring = tree.body[0]
                text = "\n".join(["'''Other words.'''", *text.splitlines()[docstring.end_lineno or 1 :]])
            file.write_text(f"# A comment.\n\n\n{text}\n# The end.\n")
    assert versions(root) == before


def test_the_memo_never_answers_for_other_bytes(root: Path) -> None:
    file = root / "views" / "view.py"
    before = versions(root)[Artifact.VIEWS]
    memo = next((root / "__pycache__").glob("fingerprint.*.json"))
    memo.write_text(json.dumps({name: ["0", "0"] for name in json.loads(memo.read_text())}))
    assert versions(root)[Artifact.VIEWS] == before
    memo.write_bytes(b"\xff no json")
    assert versions(root)[Artifact.VIEWS] == before
    file.write_text(file.read_text() + "X = 1\n")
    assert versions(root)[Artifact.VIEWS] != before


def test_a_folder_that_cannot_be_written_gives_the_same_versions(root: Path) -> None:
    before = versions(root)
    shutil.rmtree(root / "__pycache__")
    (root / "__pycache__").write_text("a file in the way")
    assert versions(root) == before


def imports_of(file: Path) -> Iterator[str]:
    """The modules of the core that a file imports, as paths below the core."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aura_core"):
            folder = Path(*(node.module or "").split(".")[1:])
            for alias in node.names:
                for place in (
                    folder / f"{alias.name}.py",
                    folder / alias.name / "__init__.py",
                    folder.with_suffix(".py"),
                    folder / "__init__.py",
                ):
                    if (ROOT / place).is_file():
                        yield place.as_posix()
                        break


def covers(sources: fingerprint.Sources, module: str) -> bool:
    folders = tuple(f"{name.removesuffix('.py')}" for name in sources.code)
    return module.startswith(folders) or any(module == shape.partition(":")[0] for shape in sources.shapes)


@pytest.mark.parametrize("artifact", list(Artifact))
def test_everything_that_an_artifacts_code_imports_has_a_version_too(artifact: Artifact) -> None:
    versioned = [SOURCES[a] for a in (artifact, *FOLLOWS[artifact])]
    for file in source_files(ROOT, SOURCES[artifact].code):
        for module in imports_of(file):
            if not module.startswith(DECIDES_NOTHING) and not module.startswith("model/"):
                assert any(covers(sources, module) for sources in versioned), (
                    f"{file.relative_to(ROOT)} imports {module}"
                )


def test_every_enum_and_row_that_is_packed_by_its_order_is_among_the_shapes() -> None:
    """``tuple(SomeEnum)``, ``SomeRow._make`` and ``SomeRow._fields`` are how rows are packed."""
    class_names = {shape.partition(":")[2] for shape in shapes()}
    packed = set()
    for folder in ("parsing", "linking", "views"):
        for file in source_files(ROOT, (folder,)):
            for node in ast.walk(ast.parse(file.read_bytes())):
                match node:
                    case ast.Call(func=ast.Name(id="tuple"), args=[ast.Name(id=name)]) if name[:1].isupper():
                        packed.add(name)
                    case ast.Attribute(value=ast.Name(id=name), attr="_make" | "_fields"):
                        packed.add(name)
    assert {"Resolution", "EdgeKind", "NodeKind", "Definition", "Edge"} <= packed
    assert {name for name in packed if name in model_classes()} <= class_names


def model_classes() -> set[str]:
    files = source_files(ROOT, ("model",))
    return {
        node.name for file in files for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.ClassDef)
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "change"),
    [
        (
            "model/graph.py",
            ('    EXACT = "exact"\n    INFERRED = "inferred"', '    INFERRED = "inferred"\n    EXACT = "exact"'),
        ),
        ("sources/rules/selection.py", ("", "\nONE_MORE_RULE = 1\n")),
        ("linking/inference/calls.py", ("", "\nONE_MORE_RULE = 1\n")),
    ],
)
def test_an_index_that_other_code_made_is_made_again(tmp_path: Path, name: str, change: tuple[str, str]) -> None:
    repository, home = GitRepository(tmp_path / "shop"), tmp_path / "home"
    repository.commit(SHOP)
    code = tmp_path / "code"
    for package in ("aura_core", "aura_cli", "aura_mcp", "aura_api", "aura_pipelines"):
        shutil.copytree(ROOT.parent / package, code / package)

    def index() -> dict[str, object]:
        command = [sys.executable, "-m", "aura_cli", "index", str(repository.path), "--json"]
        env = os.environ | {"PYTHONPATH": str(code), "AURA_HOME": str(home)}
        done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, check=True)
        return dict(json.loads(done.stdout.splitlines()[-1]))

    first, again = index(), index()
    assert again["digest"] == first["digest"]
    file = code / "aura_core" / name
    text = file.read_text()
    file.write_text(text.replace(*change, 1) if change[0] else text + change[1])
    assert file.read_text() != text
    other = index()
    assert other["digest"] != first["digest"]
    assert index()["digest"] == other["digest"]
