"""IMPORTS and EXTENDS of a small package against the interpreter that imports it; ``make bench-imports`` does the same
with real ones.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from aura_core.linking import link_tree, unpack_fragment
from aura_core.model.graph import EXTERNAL, uid_of
from aura_core.parsing import parse_blob
from benchmarks.imports import our_extends, our_imports, true_extends, true_imports, truth_of

PACKAGE = {
    "__init__.py": "from . import a, b as c\nfrom .both import both\nfrom .stars import *\nimport pkg.ns.deep\n"
    "try:\n    import nowhere\nexcept ImportError:\n    nowhere = None\n",
    "a.py": "class Meta(type): pass\nclass Base(metaclass=Meta): pass\n",
    "b.py": "from pkg import a\nfrom .a import Base as B\nclass Own(B, a.Base if 0 else object): pass\n"
    "import os.path, xml.dom as dom\n",
    "both.py": "def both(): pass\n",
    "lazily.py": "def f():\n    from . import late\n    from .ns import deep\n    import pkg.stars as s\n"
    "    return late, deep, s\n",
    "late.py": "import typing\nif typing.TYPE_CHECKING:\n    from .a import Meta\n    from pkg import both\n",
    "stars.py": "__all__ = ['Listed']\nfrom .a import *\nclass Listed(Base): pass\nclass Hidden(Listed): pass\n",
    "ns/deep.py": "from .. import stars, Listed\nfrom ..stars import Hidden\nfrom pkg.a import Base\n",
    "kinds.py": "import enum, typing\nfrom typing import Generic, TypeVar, NamedTuple\n"
    "from pkg import Listed as L, a as mod\nT = TypeVar('T')\n"
    "class G(Generic[T]): pass\nclass H(G[int], L): pass\nclass N(NamedTuple): x: int\n"
    "class D(dict[str, int], mod.Base.__class__ and mod.Base):\n"
    "    class Inner(G): pass\n    class More(Inner): pass\n@enum.unique\nclass E(enum.Enum): X = 1\n"
    "class X(D.Inner): pass\n",
    "broken.py": "from . import a\nclass Seen(a.Base): pass\nraise RuntimeError\n",
}


def rows(folder: Path) -> list[dict[str, Any]]:
    """What ``aura graph export`` prints of a folder, as far as the comparison reads it."""
    files = {
        p.relative_to(folder).as_posix(): (b"", parse_blob(p.name, p.read_bytes()))
        for p in sorted(folder.rglob("*.py"))
    }
    out: list[dict[str, Any]] = []
    for path, row in link_tree(files).fragments.items():
        out += [
            {"type": "node", "uid": uid_of(path, d.qualname), "kind": d.kind, "path": path, "start": d.start_line}
            for d in files[path][1].definitions
        ]
        for edge in unpack_fragment(row.packed).edges:
            ends = {
                "source_uid": uid_of(path, edge.src),
                "target_uid": edge.dst,
                "target": edge.dst.removeprefix(EXTERNAL),
            }
            out.append({"type": "edge", "kind": edge.kind, **ends, "external": edge.dst.startswith(EXTERNAL)})
    return out


def test_imports_and_bases_are_those_of_the_interpreter(tmp_path: Path) -> None:
    for name, text in PACKAGE.items():
        file = tmp_path / "pkg" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    truth, rows_of_graph = truth_of(tmp_path, "pkg"), rows(tmp_path)
    assert truth["left"]["modules that cannot be imported"] == 1
    assert our_imports(rows_of_graph) == true_imports(truth, tmp_path)
    class_lines = {f"{path}:{line}" for path, line, _ in truth["extends"]}
    bases = true_extends(truth)
    assert len(bases) > 12
    assert our_extends(rows_of_graph, tmp_path, class_lines, Counter()) == bases
