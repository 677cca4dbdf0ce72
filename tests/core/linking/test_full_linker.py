from __future__ import annotations

import random

import pytest

from aura_core.linking import LinkedTree, link_tree, unpack_fragment
from aura_core.model.graph import EdgeKind
from aura_core.parsing import pack_facts, parse_blob, unpack_facts
from aura_core.parsing.python.scopes import MAX_LINES


def link(tree: dict[str, str]) -> LinkedTree:
    return link_tree(
        {path: (b"key", unpack_facts(pack_facts(parse_blob(path, text.encode())))) for path, text in tree.items()}
    )


def calls(tree: dict[str, str], path: str) -> set[str]:
    return {e.dst for e in unpack_fragment(link(tree).fragments[path].packed).edges if e.kind is EdgeKind.CALLS}


CYCLES = {
    "stars": {"a.py": "from c import *\n", "c.py": "from a import *\n", "b.py": "from a import g\ng()\n"},
    "imports": {"a.py": "from c import g\n", "c.py": "from a import g\n", "b.py": "from a import g\ng()\n"},
    "bases": {
        "a.py": "from b import B\nclass A(B):\n def m(self): self.n()\n",
        "b.py": "from a import A\nclass B(A):\n def n(self): self.m()\n",
    },
    "calls": {"a.py": "def f(): return g()\ndef g(): return f()\nf().m()\n"},
    "values": {"a.py": "x = [x]\nx = x[0]\ndef f(y): return f([y])\nf(f)()\nx.append(x)\n"},
    "no order": {"a.py": "class A: pass\nclass B(A): pass\nclass C(A, B):\n def f(self): self.m()\n"},
}


@pytest.mark.parametrize("tree", CYCLES.values(), ids=CYCLES)
def test_cycles_end(tree: dict[str, str]) -> None:
    assert set(link(tree).fragments) == set(tree)


def test_a_function_that_is_declared_global_is_decorated_where_it_is_defined() -> None:
    text = "def g(x): return x\ndef h():\n global f\n deco = g\n @deco\n def f(): pass\nf()\n"
    assert calls({"a.py": text}, "a.py") >= {"a.py::h.f", "a.py::g"}


@pytest.mark.parametrize(("lines", "callees"), [(1, {"a.py::g"}), (MAX_LINES, {"a.py::f", "a.py::g"})])
def test_in_a_very_long_body_a_name_has_any_of_its_bindings(lines: int, callees: set[str]) -> None:
    text = "def f(): pass\ndef g(): pass\nx = f\nif f:\n  x = g\nelse:\n  x = g\nx()\n" + "#\n" * lines
    assert calls({"a.py": text}, "a.py") == callees


def test_the_order_of_files_changes_neither_fragments_nor_reads() -> None:
    tree = {
        f"m{i}.py": f"from m{(i + 1) % 5} import *\nclass C{i}: \n def m(self): self.n()\n"
        f"def f{i}(): return C{i}().m()\nf{(i + 1) % 5}()\n"
        for i in range(5)
    }
    paths = list(tree)
    random.Random(0).shuffle(paths)
    assert link(tree) == link({p: tree[p] for p in paths})


def test_an_import_records_what_it_read_so_that_a_change_there_changes_the_reads() -> None:
    before = link({"a.py": "def f(): pass\n", "b.py": "from a import f\nf().g()\n"})
    after = link({"a.py": "def f(): return missing\n", "b.py": "from a import f\nf().g()\n"})
    assert before.fragments["b.py"] == after.fragments["b.py"]
    assert before.reads["b.py"] != after.reads["b.py"]


def test_a_name_that_is_absent_is_recorded_too() -> None:
    source = {"b.py": "import c\nc.f()\n", "a.py": ""}
    assert link(source).reads["b.py"] != link({**source, "c.py": ""}).reads["b.py"]


def test_files_of_other_languages_have_a_fragment_without_edges() -> None:
    row = link({"README.md": "# Hi\n"}).fragments["README.md"]
    assert unpack_fragment(row.packed).edges == ()


def test_a_file_that_does_not_parse_costs_only_itself() -> None:
    assert calls({"a.py": "def f(:\n", "b.py": "def g(): pass\ng()\n"}, "b.py") == {"b.py::g"}


def test_a_stub_beside_a_source_leaves_the_modules_name_to_it() -> None:
    alone, with_source = (
        link({"p/a.pyi": "def f() -> int: ...\n"}),
        link({"p/a.pyi": "def f() -> int: ...\n", "p/a.py": ""}),
    )
    assert unpack_fragment(alone.fragments["p/a.pyi"].packed).module == "p.a"
    assert [unpack_fragment(with_source.fragments[path].packed).module for path in ("p/a.py", "p/a.pyi")] == ["p.a", ""]


@pytest.mark.parametrize(
    "text",
    [
        "x" + ".f()" * 180,
        "f(" * 80 + ")" * 80,
        " + ".join(["x.y"] * 3000),
        "[" * 90 + "x" + "]" * 90,
        "x" + ".f" * 900,
        "x" + "[0]" * 400,
    ],
)
def test_long_chains_need_no_deep_stack(text: str) -> None:
    tree = {"a.py": f"def f(x=1): return x\nx = {text}\ny = x\ny.z()\n", "b.py": "from a import y\ny.z()\n"}
    assert set(link(tree).fragments) == set(tree)
