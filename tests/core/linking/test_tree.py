from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura_core.linking import LinkedTree, link_tree, pack_fragment, snapshot_digest, unpack_fragment
from aura_core.linking.module_names import hinted_roots, module_names, module_paths, stub_paths
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


@pytest.mark.parametrize(("lines", "known"), [(1, {"a.py::g"}), (MAX_LINES, {"a.py::f", "a.py::g"})])
def test_in_a_very_long_body_a_name_has_any_of_its_bindings(lines: int, known: set[str]) -> None:
    text = "def f(): pass\ndef g(): pass\nx = f\nif f:\n  x = g\nelse:\n  x = g\nx()\n" + "#\n" * lines
    assert calls({"a.py": text}, "a.py") == known


def test_the_order_of_files_changes_neither_fragments_nor_reads() -> None:
    tree = {
        f"m{i}.py": f"from m{(i + 1) % 5} import *\nclass C{i}: \n def m(self): self.n()\ndef f{i}(): return C{i}().m()\nf{(i + 1) % 5}()\n"
        for i in range(5)
    }
    paths = list(tree)
    random.Random(0).shuffle(paths)
    assert link(tree) == link({p: tree[p] for p in paths})


def test_an_import_records_what_it_read_so_that_a_change_there_changes_the_reads() -> None:
    before = link({"a.py": "def f(): pass\n", "b.py": "from a import f\nf().g()\n"})
    after = link({"a.py": "def f(): return 1\n", "b.py": "from a import f\nf().g()\n"})
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


def test_fragments_survive_their_encoding() -> None:
    row = link({"a.py": "import os\ndef f(x): x.y(); os.getcwd()\nf(1)\n"}).fragments["a.py"]
    assert pack_fragment(unpack_fragment(row.packed)) == row.packed


def test_module_names_come_from_packages_src_folders_and_packaging_files() -> None:
    paths = ["app/p/__init__.py", "app/p/m.py", "src/q/__init__.py", "lib/deep/ns/x.py", "tools/run.py"]
    names = {p: n.name for p, n in module_names(paths, hinted_roots({"lib/pyproject.toml": ["deep"]})).items()}
    assert names == {
        "app/p/__init__.py": "p",
        "app/p/m.py": "p.m",
        "src/q/__init__.py": "q",
        "lib/deep/ns/x.py": "ns.x",
        "tools/run.py": "tools.run",
    }


def test_a_package_wins_over_a_module_of_its_name() -> None:
    assert module_paths(module_names(["a.py", "a/__init__.py"]))["a"] == "a/__init__.py"


def test_stubs_are_named_like_the_sources_beside_them_and_give_way_to_them() -> None:
    paths = [
        "lib/ns/a.py",
        "lib/ns/a.pyi",
        "lib/ns/__init__.pyi",
        "p/__init__.py",
        "p/fast.pyi",
        "q-stubs/__init__.pyi",
        "far/p/__init__.pyi",
    ]
    names = module_names(paths)
    assert {path: (name.name, name.shadowed) for path, name in names.items()} == {
        "lib/ns/a.py": ("lib.ns.a", False),
        "lib/ns/a.pyi": ("lib.ns.a", True),
        "lib/ns/__init__.pyi": ("ns", False),
        "p/__init__.py": ("p", False),
        "p/fast.pyi": ("p.fast", False),
        "q-stubs/__init__.pyi": ("q", False),
        "far/p/__init__.pyi": ("p", True),
    }
    modules = module_paths(names)
    assert (modules["lib.ns.a"], modules["p"], modules["p.fast"], modules["q"]) == (
        paths[0],
        paths[3],
        paths[4],
        paths[5],
    )
    assert stub_paths(names, modules) == {"lib/ns/a.py": "lib/ns/a.pyi", "p/__init__.py": "far/p/__init__.pyi"}


def test_the_stub_beside_a_source_wins_over_one_with_a_shorter_path() -> None:
    names = module_names(["long/p/__init__.py", "long/p/__init__.pyi", "p/__init__.pyi"])
    assert stub_paths(names, module_paths(names)) == {"long/p/__init__.py": "long/p/__init__.pyi"}


def test_a_stub_beside_a_source_leaves_the_modules_name_to_it() -> None:
    alone, beside = link({"p/a.pyi": "def f() -> int: ...\n"}), link({"p/a.pyi": "def f() -> int: ...\n", "p/a.py": ""})
    assert unpack_fragment(alone.fragments["p/a.pyi"].packed).module == "p.a"
    assert [unpack_fragment(beside.fragments[path].packed).module for path in ("p/a.py", "p/a.pyi")] == ["p.a", ""]


def test_a_stub_never_stands_for_a_module_of_the_standard_library() -> None:
    names = module_names(["hints/json/__init__.pyi", "json/decoder.pyi", "own/json/__init__.py"])
    assert names["hints/json/__init__.pyi"].name == "hints.json"
    assert names["json/decoder.pyi"].shadowed
    assert module_paths(names) == {"hints": "", "hints.json": "hints/json/__init__.pyi", "json": "own/json/__init__.py"}


@given(st.dictionaries(st.text("ab/", min_size=1), st.binary(min_size=16, max_size=16)))
def test_a_digest_depends_on_entries_and_not_on_their_order(entries: dict[str, bytes]) -> None:
    assert snapshot_digest(entries, "v") == snapshot_digest(dict(reversed(entries.items())), "v")
    assert snapshot_digest(entries, "v") != snapshot_digest(entries, "w")


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
