"""Folders that statements put on the search path."""

from __future__ import annotations

import ast
from time import process_time

import pytest

from aura_core.parsing.python.imports.search_path import MAX_FOLDERS, may_change_search_path, searched_folders

HERE = "import os, sys\nHERE = os.path.dirname(os.path.realpath(__file__))\n"


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("sys.path.insert(0, 'lib')", ["lib"]),
        ("sys.path.append('./lib/')", ["./lib"]),
        ("sys.path.insert(0, os.path.dirname(__file__))", ["./"]),
        ("sys.path.append(os.path.join(os.path.dirname(__file__), '..', 'tools'))", ["./../tools"]),
        ("sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))", ["./.."]),
        (f"{HERE}sys.path.extend([HERE, os.path.join(HERE, os.pardir, 'x')])", ["./", "./../x"]),
        ("sys.path.insert(0, str(Path(__file__).resolve().parent / 'a' / 'b'))", ["./a/b"]),
        ("sys.path.insert(0, str(Path(__file__).parents[2]))", ["./../.."]),
        ("sys.path.insert(0, Path(__file__).parent.joinpath('a', '../b').as_posix())", ["./b"]),
        ("sys.path.append(os.path.dirname(__file__) + '/../lib')", ["./../lib"]),
        ("sys.path.append(f'{os.path.dirname(__file__)}/lib')", ["./lib"]),
        ("sys.path += ['a', 'b']", ["a", "b"]),
        ("sys.path = ['a'] + sys.path", ["a"]),
        ("sys.path[0:0] = [os.getcwd()]", [""]),
        ("for p in ('a', 'b'):\n    sys.path.append(p)", ["a", "b"]),
        ("import site\nsite.addsitedir('vendor')", ["vendor"]),
        ("from sys import path\npath.append(r'a\\b')", ["a/b"]),
        ("sys.path.append(os.path.split(sys.argv[0])[0])", ["./"]),
        ("sys.path.append('/usr/lib')\nsys.path.append(unknown)\nsys.path.append('$HOME/x')", []),
        ("sys.path.remove('lib')\nos.path.join('a', 'b')\npaths.append('x')", []),
    ],
)
def test_a_statement_puts_folders_on_the_search_path(text: str, folders: list[str]) -> None:
    assert searched_folders(ast.parse(text)) == folders
    assert may_change_search_path(text.encode()) or not folders


def test_names_that_multiply_cost_no_more_than_a_bounded_number_of_steps() -> None:
    text = (
        "".join(f"a{n} = a{n + 1} + a{n + 1}\na{n} = a{n + 1}\n" for n in range(400))
        + "a400 = 'x'\nsys.path.append(a0)\n"
    )
    start = process_time()
    searched_folders(ast.parse(text))
    assert process_time() - start < 1


def test_only_so_many_folders_of_one_file_count() -> None:
    assert len(searched_folders(ast.parse(f"sys.path += {[f'd{n}' for n in range(99)]}"))) == MAX_FOLDERS
