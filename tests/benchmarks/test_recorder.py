"""Which calls the profile hook records, and to which caller they are assigned."""

from __future__ import annotations

import dis
from pathlib import Path

import pytest

from benchmarks.tracing.calls import OUTSIDE
from tests.benchmarks.conftest import TraceProgram, calls_of, record


def test_calls_of_lambdas_comprehensions_and_class_bodies_belong_to_what_holds_them(
    trace_program: TraceProgram,
) -> None:
    _, trace = trace_program("""
        def one(): return 1
        def two(x): return x
        def three(): return 3
        def holder():
            class Inner:
                value = three()
            return [two(x) for x in (lambda: [one()])()]
        def main(): holder()
    """)
    assert calls_of(trace) == {
        "start.py -> main (plain)", "main -> holder (plain)", "holder -> one (plain)",
        "holder -> two (plain)", "holder -> three (plain)",
    }  # fmt: skip


def test_a_generator_is_called_where_it_is_made_not_where_it_is_first_resumed(trace_program: TraceProgram) -> None:
    _, trace = trace_program("""
        def numbers():
            try:
                yield 1
                raise KeyError
            except KeyError:
                yield 2
        def use(it):
            assert list(it) == [1, 2]
        def make(): return numbers()
        def main(): use(make())
    """)
    assert calls_of(trace) == {
        "start.py -> main (plain)",
        "main -> use (plain)",
        "main -> make (plain)",
        "make -> numbers (plain)",
    }


def test_a_coroutine_run_by_an_event_loop_is_called_by_the_function_that_made_it(trace_program: TraceProgram) -> None:
    _, trace = trace_program("""
        import asyncio
        async def inner(x): return x
        async def work():
            task = asyncio.ensure_future(inner(1))
            return await task + await inner(2)
        def main(): asyncio.run(work())
    """)
    assert calls_of(trace) == {"start.py -> main (plain)", "main -> work (plain)", "work -> inner (plain)"}


def test_special_methods_properties_and_constructors_are_told_apart(trace_program: TraceProgram) -> None:
    _, trace = trace_program("""
        class Base:
            def __init__(self): pass
        class Box(Base):
            def __add__(self, other): return 1
            def __call__(self): return 2
            @property
            def size(self): return 3
            def _get(self): return 4
            alias = property(_get)
        class Made:
            def __new__(cls): return object()
        def main():
            box = Box()
            box + box, box(), box.size, box.alias, Made()
    """)
    assert calls_of(trace) == {
        "start.py -> main (plain)", "main -> Base.__init__ (constructor)", "main -> Box.__add__ (special)",
        "main -> Box.__call__ (special)",
        "main -> Box.size (property)", "main -> Box._get (property)", "main -> Made.__new__ (constructor)",
    }  # fmt: skip


def test_a_decorated_function_is_found_by_its_def_and_its_decorator_is_called(trace_program: TraceProgram) -> None:
    tree, trace = trace_program("""
        def plain(function):
            def wrapper(): return function()
            return wrapper
        @plain
        def decorated(): return 1
        def main(): decorated()
    """)
    assert calls_of(trace) == {
        "start.py -> main (plain)", "prog.py -> plain (plain)", "main -> plain.wrapper (plain)",
        "plain.wrapper -> decorated (plain)",
    }  # fmt: skip
    source = tree.source("prog.py")
    assert source is not None
    definition = source.definition("decorated", 5)
    assert definition is not None
    assert (definition.first, definition.line) == (5, 6)


def test_a_callback_is_called_from_the_line_that_reached_it_through_c_and_not_directly_through_python(
    trace_program: TraceProgram,
) -> None:
    _, trace = trace_program("""
        import contextlib
        def key(x): return -x
        @contextlib.contextmanager
        def context(): yield
        def main():
            sorted([1, 2], key=key)
            with context(): pass
    """)
    assert calls_of(trace) == {"start.py -> main (plain)", "main -> key (plain)"}
    assert {(p.line, c.qualname) for p, callees in trace.far.items() for c in callees} == {(8, "context")}
    assert any(p.line == 8 and OUTSIDE in callees for p, callees in trace.direct.items())


def test_several_calls_on_one_line_are_told_apart_by_column(trace_program: TraceProgram) -> None:
    _, trace = trace_program("""
        class A:
            def go(self): return B()
        class B:
            def go(self): return "".join([])
        def main(): return A().go().go()
    """)
    sites = sorted(
        (p.site.name, p.site.name_end, sorted(c.qualname for c in callees if c))
        for p, callees in trace.direct.items()
        if p.site
    )
    assert ("go", (6, 24), ["A.go"]) in sites
    assert ("go", (6, 29), ["B.go"]) in sites
    assert {name for names in trace.native.values() for name in names} >= {"str.join"}


def test_a_function_with_more_constants_than_one_byte_names_still_reports_its_creation(
    trace_program: TraceProgram,
) -> None:
    names = ", ".join(f'"constant {i}" + x' for i in range(300))
    _, trace = trace_program(f"def many(x):\n    yield [{names}]\ndef main(): list(many(''))\n")
    assert "main -> many (plain)" in calls_of(trace)


def test_the_trace_is_kept_when_the_program_fails_and_names_the_constructors_of_its_classes(tmp_path: Path) -> None:
    (tmp_path / "prog.py").write_text("class A:\n    def __init__(self): pass\nclass B(A): pass\nB()\n")
    (tmp_path / "start.py").write_text("import prog\nraise SystemExit(3)\n")
    rows = record(tmp_path, tmp_path / "out.json.gz", "start")
    assert rows["exit"] == 3
    assert ["prog.py", "B", "prog.py", "A.__init__", 2] in rows["classes"]


def test_a_program_that_reads_its_own_generators_state_is_not_disturbed(trace_program: TraceProgram) -> None:
    _, trace = trace_program("""
        import inspect
        def lazy(a, *, b=1):
            yield a
        async def slow(): return 1
        def main():
            assert inspect.isgeneratorfunction(lazy) and inspect.iscoroutinefunction(slow)
            assert str(inspect.signature(lazy)) == "(a, *, b=1)"
            made = lazy(1)
            assert inspect.getgeneratorstate(made) == "GEN_CREATED"
            assert next(made) == 1
    """)
    assert "main -> lazy (plain)" in calls_of(trace)


@pytest.mark.parametrize("name", ["LOAD_CONST", "EXTENDED_ARG", "POP_TOP"])
def test_this_python_has_the_instructions_that_report_a_creation(name: str) -> None:
    assert name in dis.opmap
