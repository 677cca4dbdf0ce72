from __future__ import annotations

from aura_core.linking.modules.hints import ImportHints, hinted_roots
from aura_core.linking.modules.module_names import module_names, module_paths, stub_paths


def test_module_names_come_from_packages_src_folders_and_packaging_files() -> None:
    paths = ["app/p/__init__.py", "app/p/m.py", "src/q/__init__.py", "lib/deep/ns/x.py", "tools/run.py"]
    names = {
        p: n.name for p, n in module_names(paths, hinted_roots({"lib/pyproject.toml": ImportHints(("deep",))})).items()
    }
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


def test_a_stub_never_stands_for_a_module_of_the_standard_library() -> None:
    names = module_names(["hints/json/__init__.pyi", "json/decoder.pyi", "own/json/__init__.py"])
    assert names["hints/json/__init__.pyi"].name == "hints.json"
    assert names["json/decoder.pyi"].shadowed
    assert module_paths(names) == {"hints": "", "hints.json": "hints/json/__init__.pyi", "json": "own/json/__init__.py"}
