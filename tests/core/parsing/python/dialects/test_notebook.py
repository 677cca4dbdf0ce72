"""Notebooks: which lines their cells have, what their code says, and what broken ones cost."""

from __future__ import annotations

import json
from time import process_time
from typing import Any

import pytest

from aura_core.linking import link_tree, unpack_fragment
from aura_core.model.facts import FileFacts, ParseStatus
from aura_core.model.graph import EdgeKind, NodeKind
from aura_core.parsing import parse_blob, text_lines

PICTURE = {"output_type": "display_data", "data": {"image/png": "iVBOR" + "A" * 20_000}, "metadata": {}}


def code(*lines: str, outputs: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [*outputs], "source": [*lines]}


def markdown(*lines: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [*lines]}


def notebook(*cells: Any, language: str = "python", indent: int | None = 1) -> bytes:
    metadata = {"kernelspec": {"display_name": "K", "language": language, "name": "k"}}
    value = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(value, indent=indent).encode()


def names(facts: FileFacts) -> list[str]:
    return [definition.qualname for definition in facts.definitions]


def test_lines_of_a_notebook_are_those_of_the_file_and_show_its_source_alone() -> None:
    data = notebook(
        markdown("# Tides\n", "High water."),
        code("def rise(level):\n", "    return 'ä \\t' + level\n", outputs=(PICTURE,)),
        code("rise(1)"),
    )
    facts = parse_blob("a.ipynb", data)
    stored, shown = data.decode().splitlines(), text_lines(data, "notebook")
    assert facts.lines == len(stored) == len(shown)
    assert facts.status is ParseStatus.OK
    rise = facts.definitions[names(facts).index("rise")]
    assert (stored[rise.start_line - 1].strip(), shown[rise.start_line - 1]) == (
        '"def rise(level):\\n",',
        "def rise(level):\n",
    )
    assert shown[rise.end_line - 1] == "    return 'ä \\t' + level\n"
    assert [(d.qualname, d.kind) for d in facts.definitions] == [
        ("", NodeKind.MODULE),
        ("cell 1 Tides", NodeKind.SECTION),
        ("cell 2", NodeKind.SECTION),
        ("rise", NodeKind.FUNCTION),
        ("cell 3", NodeKind.SECTION),
    ]
    assert "iVBOR" not in "".join(shown)
    assert not any(b"iVBOR" in word for word in facts.words.words)


@pytest.mark.parametrize("indent", [None, 1])
def test_a_notebook_whose_lines_hold_more_than_one_line_of_source_is_read_cell_after_cell(indent: int | None) -> None:
    cells = ({**code(), "source": "def rise(x):\n    return x"}, code("rise(1)\n", "rise(2)"))
    data = notebook(*cells, indent=indent)
    facts = parse_blob("a.ipynb", data)
    assert text_lines(data, "notebook") == [
        "# %% cell 1\n", "def rise(x):\n", "    return x\n", "# %% cell 2\n", "rise(1)\n", "rise(2)\n",
    ]  # fmt: skip
    assert (facts.definitions[2].qualname, facts.definitions[2].start_line) == ("rise", 2)


def test_a_notebook_of_the_third_format_is_read_too() -> None:
    cell = {"cell_type": "code", "language": "python", "input": ["def rise(): pass\n"], "outputs": []}
    value = {"metadata": {"name": ""}, "nbformat": 3, "worksheets": [{"cells": [cell], "metadata": {}}]}
    assert names(parse_blob("a.ipynb", json.dumps(value, indent=1).encode())) == ["", "cell 1", "rise"]


def test_calls_of_a_notebook_are_edges_and_no_statement_imports_it() -> None:
    rise = "def rise(): pass\nclass Tide:\n    def turn(self): pass\n"
    cell = code(
        "%load_ext x\n",
        "from tide import rise, Tide\n",
        "class Own(Tide):\n",
        "    def go(self):\n",
        "        self.turn()\n",
    )
    data = notebook(markdown("# A"), cell, code("rise(); Own().go()"))
    tree = {"tide.py": rise.encode(), "a.ipynb": data, "use.py": b"import a\na.Own()\n"}
    linked = link_tree({path: (b"", parse_blob(path, data)) for path, data in tree.items()})
    edges = {path: unpack_fragment(row.packed).edges for path, row in linked.fragments.items()}
    calls = {(e.src, e.dst) for e in edges["a.ipynb"] if e.kind is EdgeKind.CALLS}
    assert calls == {
        ("Own.go", "tide.py::Tide.turn"),
        ("", "tide.py::rise"),
        ("", "a.ipynb::Own"),
        ("", "a.ipynb::Own.go"),
    }
    assert {e.dst for e in edges["use.py"]} == {"external:a", "external:a.Own"}


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline", "!pip install x", "files = !ls", "x = %timeit -o f()", "rise?", "?rise", "    %time",
        "%%time", "df.head??", "!cd {folder} && ls",
    ],
)  # fmt: skip
def test_lines_that_only_ipython_understands_cost_nothing_else(line: str) -> None:
    lead = "if True:\n" if line.startswith(" ") else ""
    cell = code(*([lead] if lead else []), f"{line}\n", "def rise():\n", "    return 7 \\\n", "        % 2\n")
    facts = parse_blob("a.ipynb", notebook(cell))
    assert (facts.status, names(facts)) == (ParseStatus.OK, ["", "cell 1", "rise"])


def test_a_cell_in_another_language_has_no_definitions() -> None:
    cells = (
        code("%%bash\n", "def() { ls; }\n"),
        code("%%writefile x.py\n", "def no(): pass\n"),
        code("def yes(): pass"),
    )
    facts = parse_blob("a.ipynb", notebook(*cells))
    assert (facts.status, names(facts)) == (ParseStatus.OK, ["", "cell 1", "cell 2", "cell 3", "yes"])
    other = parse_blob("a.ipynb", notebook(code("def f(): pass"), language="R"))
    assert (other.status, names(other)) == (ParseStatus.OK, ["", "cell 1"])


def test_a_broken_cell_costs_no_other_cell() -> None:
    cells = (
        code("def one():\n", "    return (1\n"),
        code("def two(): pass"),
        code('x = """\n'),
        code("def three(): pass"),
    )
    facts = parse_blob("a.ipynb", notebook(*cells))
    assert facts.status is ParseStatus.PARTIAL
    assert facts.warning.startswith("line 10: ")
    assert "cells that do not parse: 2" in facts.warning
    assert [name for name in names(facts) if " " not in name] == ["", "one", "two", "three"]


def test_a_notebook_that_ends_early_keeps_the_cells_before() -> None:
    data = notebook(code("def one(): pass"), code("def two(): pass"))
    facts = parse_blob("a.ipynb", data[: data.index(b"two") + 1])
    assert facts.status is ParseStatus.PARTIAL
    assert "one" in names(facts)
    assert "has no end" in facts.warning


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b"null", b"\xff\xfe", b'"', b"{" * 5_000, b'{"cells": []}', b'{"cells": ' + b"[" * 5_000,
        b'{"cells": [{"source": 1}', b"]]]]", b'{"cells": {"a": [{"source": "x"}]}}', b"\0", b"text, no JSON\n" * 50,
        b'{"cells": [{"cell_type": "code", "source": ["\xe9t\xe9 = 1\\n"]}]}',
        b'{"cells": [{"cell_type": "code", "source": ["\\ud800 \\u0000 \\x"]}]}',
        b'{"cells": [{"cell_type": "code", "source": [[["deep"]], {"a": "b"}, "x = 1"]}]}',
    ],
)  # fmt: skip
def test_bytes_that_are_no_good_notebook_cost_this_file_only(data: bytes) -> None:
    facts = parse_blob("a.ipynb", data)
    assert facts.definitions
    assert all(1 <= d.start_line <= d.end_line <= max(facts.lines, 1) for d in facts.definitions)


def test_a_notebook_costs_time_in_proportion_to_its_length() -> None:
    def seconds(count: int) -> float:
        cells = [
            code(f"def f{n}(x):\n", "    !ls\n", f"    return f{n - 1}(x)\n", outputs=(PICTURE,)) for n in range(count)
        ]
        data = notebook(*cells)
        start = process_time()
        facts = parse_blob("a.ipynb", data)
        assert len(facts.definitions) == 2 * count + 1
        return process_time() - start

    small, large = min(seconds(250) for _ in range(2)), seconds(1_000)
    assert large < 10 * small
