"""Random valid programs: nothing raises, every span covers what it says, every call is an edge or a record, and the
order of files is no matter.
"""

from __future__ import annotations

import ast
import codecs
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aura_core.linking import LinkedTree, link_tree, pack_fragment, unpack_fragment
from aura_core.linking.file_linker import FileLinker
from aura_core.linking.full_linker import hierarchy_of
from aura_core.model.facts import Definition, FileFacts, ParseStatus
from aura_core.model.graph import EXTERNAL, EdgeKind, Fragment, uid_of
from aura_core.parsing import facts_to_link, language_of, pack_facts, parse_blob, unpack_facts
from aura_core.parsing.decoding import text_lines
from aura_core.parsing.python.reachability import always_leaves, static_truth
from tests.core.linking.random_programs import RandomProgram

LONG = int(os.environ.get("AURA_TEST_LONG", "1"))
"""How many times longer than usual the tests of this file run."""

PATHS = ("a.py", "p/__init__.py", "p/a.py", "p/b.py", "src/q/__init__.py", "src/q/a.py", "été.py", "b.pyi")
MODULES = ("a", "p", "p.a", "p.b", "q", "q.a", "été", "b", "os", "missing.x")
STEPS = ("    ", "\t", " ", "  ", "        ", "\t\t")
HEADS = (
    "",
    "#!/usr/bin/env python\n",
    "# -*- coding: {} -*-\n",
    "#!/usr/bin/env python\n# vim: set fileencoding={} :\n",
    "\x0c\n# coding={}\n",
)
CODECS = ("utf-8", "utf-8-sig", "latin-1", "cp1251", "shift_jis", "gbk", "iso-8859-15", "koi8-r")
ENDS = ("\n", "\n", "\r\n", "\r")


@dataclass(frozen=True, slots=True)
class File:
    """A program as bytes."""

    program: RandomProgram
    data: bytes


def file_of(seed: int, size: int, *, newer: bool) -> File:
    """A program in some encoding, with some mark, declaration, indentation and line ends."""
    random = Random(seed)
    codec = random.choice(CODECS)
    head = random.choice(HEADS).format(codec.removesuffix("-sig"))
    program = RandomProgram(random, MODULES, size, newer=newer, head=head, step=random.choice(STEPS))
    text = program.text.replace("\n", random.choice(ENDS))
    declared = "coding" in head
    try:
        data = text.encode(codec if declared or codec == "utf-8-sig" else "utf-8")
        readable = not declared or data.decode(codec) == text
    except UnicodeError:
        readable = False
    if not readable:
        data = codecs.BOM_UTF8 + text.replace(codec, "utf-8", 1).encode()
    return File(program, data)


@st.composite
def trees(draw: st.DrawFn, newer: bool = False) -> dict[str, File]:
    """Files that import each other."""
    paths = draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=4, unique=True))
    size = draw(st.integers(1, 14))
    return {path: file_of(draw(st.integers(0, 2**32)), size, newer=newer) for path in paths}


def facts_of(files: dict[str, File]) -> dict[str, FileFacts]:
    return {path: parse_blob(path, file.data) for path, file in files.items()}


def link(facts: dict[str, FileFacts]) -> LinkedTree:
    return link_tree({path: (b"key", file_facts) for path, file_facts in facts.items()})


def span(lines: list[str], first: int, last: int) -> str:
    return "".join(lines[first - 1 : last])


@settings(max_examples=60 * LONG)
@given(trees())
def test_every_span_covers_its_definition_and_nothing_else(files: dict[str, File]) -> None:
    for path, file in files.items():
        facts = parse_blob(path, file.data)
        assert facts.status is ParseStatus.OK, (facts.warning, file.program.text)
        definitions = facts.definitions[1:]
        assert [(d.qualname, d.start_line, d.def_line, d.end_line) for d in definitions] == file.program.definitions, (
            file.program.text
        )
        lines = text_lines(file.data, language_of(path))
        for definition in definitions:
            check_span(lines, definition)
        check_nesting(facts.definitions)


def check_span(lines: list[str], definition: Definition) -> None:
    """The text of a span is one definition of that name, which begins at the line of its first decorator or its
    header.
    """
    text = span(lines, definition.start_line, definition.end_line)
    kind = r"[ \t\f]*(async[ \t\\\n]+)?(def|class)\b"
    assert re.match(r"[ \t\f]*@" if definition.start_line < definition.def_line else kind, text), text
    assert re.match(kind, span(lines, definition.def_line, definition.end_line)), text
    assert definition.def_line <= definition.body_line <= definition.end_line
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = ast.parse(f"if 1:\n{text}" if text[0] in " \t" else text).body
    inner = body[0].body if isinstance(body[0], ast.If) else body
    assert len(inner) == 1
    assert isinstance(inner[0], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    assert inner[0].name == definition.qualname.rpartition(".")[2].partition("#")[0]
    word = (
        "class"
        if isinstance(inner[0], ast.ClassDef)
        else "async def"
        if isinstance(inner[0], ast.AsyncFunctionDef)
        else "def"
    )
    assert definition.signature.startswith((f"{word} {inner[0].name}", f"{word} ﬁ")), (definition.signature, text)


def check_nesting(definitions: tuple[Definition, ...]) -> None:
    """Children lie in parents, in order, and brothers share no line."""
    ends: dict[int, int] = {}
    for place, definition in enumerate(definitions[1:], 1):
        parent = definitions[definition.parent]
        assert definition.parent < place
        assert definition.qualname.startswith(parent.qualname)
        assert max(parent.start_line, ends.get(definition.parent, 0) + 1) <= definition.start_line
        assert definition.end_line <= parent.end_line
        ends[definition.parent] = definition.end_line


@settings(max_examples=60 * LONG)
@given(trees(), st.randoms(use_true_random=False))
def test_a_tree_links_to_the_same_rows_in_any_order_and_every_edge_has_ends(
    files: dict[str, File], random: Random
) -> None:
    facts = facts_of(files)
    packed = {path: pack_facts(file_facts) for path, file_facts in facts.items()}
    for path, file_facts in facts.items():
        back = unpack_facts(packed[path])
        assert pack_facts(back) == packed[path]
        assert (back.definitions, back.words, back.lines) == (
            file_facts.definitions,
            file_facts.words,
            file_facts.lines,
        )
    linked = link(facts)
    paths = list(files)
    random.shuffle(paths)
    again = link({path: facts_to_link(packed[path]) for path in paths})
    assert (again.fragments, again.reads, again.stats) == (linked.fragments, linked.reads, linked.stats)
    uids = {uid_of(path, d.qualname) for path, file_facts in facts.items() for d in file_facts.definitions}
    for path, file_facts in facts.items():
        fragment = unpack_fragment(linked.fragments[path].packed)
        assert pack_fragment(fragment) == linked.fragments[path].packed
        check_ends(fragment, file_facts, uids)


@settings(max_examples=30 * LONG)
@given(trees())
def test_evaluated_values_may_be_forgotten_after_any_file(files: dict[str, File]) -> None:
    facts = facts_of(files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("aura_core.linking.batch_linker.FORGET_VALUES_AFTER", 1)
        forgetful = link(facts)
    assert forgetful == link(facts)


def check_ends(fragment: Fragment, facts: FileFacts, uids: set[str]) -> None:
    """Both ends of every edge exist or are outside, and its lines lie in the source."""
    spans = {d.qualname: (d.start_line, max(d.end_line, 1)) for d in facts.definitions}
    for edge in fragment.edges:
        assert edge.dst in uids or edge.dst.startswith(EXTERNAL), edge
        first, last = spans[edge.src]
        assert all(first <= line <= last for line in edge.lines), edge
        assert list(edge.lines) == sorted(set(edge.lines))
    for site in fragment.unresolved:
        first, last = spans[site.src]
        assert first <= site.line <= last, site


@settings(max_examples=60 * LONG)
@given(trees())
def test_every_call_in_a_tree_is_an_edge_or_an_unresolved_record(files: dict[str, File]) -> None:
    program = hierarchy_of({path: (b"key", facts) for path, facts in facts_of(files).items()})
    linker = FileLinker(program, lambdas=True)
    for path, file in files.items():
        if not path.endswith(".pyi"):
            fragment, _ = linker.link(program.files[path])
            known_calls = recorded_calls(fragment)
            lost_calls = [(src, line) for src, line in calls(file.program) if (src, line) not in known_calls]
            assert not lost_calls, (lost_calls, file.program.text)


def recorded_calls(fragment: Fragment) -> set[tuple[str, int]]:
    """(qualified name of the definition, line) of every call that has an edge or a record."""
    edges = {(e.src, line) for e in fragment.edges if e.kind is EdgeKind.CALLS for line in e.lines}
    return {
        (re.sub(r"\.?<lambda.*", "", src), line) for src, line in edges | {(u.src, u.line) for u in fragment.unresolved}
    }


def calls(program: RandomProgram) -> Iterator[tuple[str, int]]:
    """(qualified name of the definition, line) of every call that may run when its definition does."""
    names = {written.header: written.qualname for written in program.definitions}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(program.text)
    todo: list[tuple[ast.AST, str]] = [(tree, "")]
    while todo:
        node, src = todo.pop()
        if isinstance(node, ast.Call):
            yield src, node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            todo += ((child, names[node.lineno]) for child in live_code(node.body))
            todo += ((child, src) for child in node.decorator_list)
            if isinstance(node, ast.ClassDef):
                todo += ((child, src) for child in (*node.bases, *node.keywords))
            else:
                todo += ((child, src) for child in (*node.args.defaults, *node.args.kw_defaults) if child is not None)
            continue
        if isinstance(node, ast.AnnAssign):
            todo += ((child, src) for child in (node.target, node.value) if child is not None)
            continue
        todo += ((child, src) for child in live_children(node))


def live_children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the parts of a node without the code that never runs."""
    dead: list[object] = []
    if isinstance(node, ast.If | ast.IfExp | ast.While) and (truth := static_truth(node.test)) is not None:
        branches = [node.body, node.orelse]
        dead = branches[:1] if not truth else branches[1:] if not isinstance(node, ast.While) else []
    for _, field in ast.iter_fields(node):
        if any(field is branch for branch in dead):
            continue
        if isinstance(field, ast.AST):
            yield field
        elif isinstance(field, list):
            yield from live_code([part for part in field if isinstance(part, ast.AST)])


def live_code(parts: list[Any]) -> list[Any]:
    """Return the statements up to the first one that always leaves the block; other nodes as they are."""
    ends = [number for number, part in enumerate(parts, 1) if isinstance(part, ast.stmt) and always_leaves(part)]
    return parts[: ends[0]] if ends else parts


@settings(max_examples=60 * LONG)
@given(trees(newer=True))
def test_programs_of_newer_pythons_keep_their_definitions_whatever_reads_them(files: dict[str, File]) -> None:
    facts = facts_of(files)
    for path, file in files.items():
        spans = [(d.qualname, d.start_line, d.def_line, d.end_line) for d in facts[path].definitions[1:]]
        assert spans == file.program.definitions, (facts[path].warning, file.program.text)
        check_nesting(facts[path].definitions)
    linked = link(facts)
    uids = {uid_of(path, d.qualname) for path, file_facts in facts.items() for d in file_facts.definitions}
    for path in files:
        check_ends(unpack_fragment(linked.fragments[path].packed), facts[path], uids)


@pytest.mark.parametrize("newer", [False, True])
def test_the_programs_are_valid_where_this_python_knows_what_they_use(newer: bool) -> None:
    """Else the tests above would be about something else."""
    syntax_errors = 0
    for seed in range(60):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(file_of(seed, 10, newer=newer).data, "program", "exec", dont_inherit=True)
        except SyntaxError:
            syntax_errors += 1
    assert not syntax_errors or (newer and syntax_errors < 60)
