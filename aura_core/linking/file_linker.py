"""Links one file: makes its edges (imports, bases, calls) and lists the call sites whose target is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final, TypeVar

from aura_core.linking.calls.call_resolver import CallResolver
from aura_core.linking.calls.call_sites import CallSite
from aura_core.linking.calls.call_targets import CallTargets
from aura_core.linking.calls.dependencies import NamedDependencies
from aura_core.linking.calls.fixtures import FixtureCalls
from aura_core.linking.calls.implicit_call_resolver import ImplicitCallResolver
from aura_core.linking.calls.references import Reference, ReferenceFinder, SiteKey
from aura_core.linking.dependency_keys import KEY_BASES, KEY_CALLBACKS
from aura_core.linking.inference.callbacks import CODE_KINDS
from aura_core.linking.inference.evaluator import new_inference
from aura_core.linking.inference.implicit_calls import class_statement_calls
from aura_core.linking.inference.names import imported_module
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState, TooComplex
from aura_core.linking.program import CallbackFlow, Program
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import V_INSTANCE, MroEntry, Ref, Refs, elements, is_external
from aura_core.model.graph import CONSTRUCTORS, EXTERNAL, Edge, EdgeKind, Fragment, Resolution, Unresolved
from aura_core.parsing.python.ir import C_SPECIAL

T = TypeVar("T")

# Resolution lists the surest first, so the lower rank is the better one
_RANKS: Final = {resolution: rank for rank, resolution in enumerate(Resolution)}

_FOLLOWED: Final = frozenset({Resolution.STORED, Resolution.DEFAULT, Resolution.RETURNED})
"""What code hands on in these ways and calls itself has been followed from there to the call."""

MAX_CLASSES_PASSED: Final = 3
"""When other files pass objects of more classes than this for one parameter, none is taken."""

Passed = dict[tuple[int, int], T]
"""What other files pass, by the place of a function and the position of its parameter."""

EdgeKey = tuple[str, EdgeKind, str]
"""``(source, kind, destination)`` of an edge."""


class FileLinker:
    """Links files of one program, one at a time. ``lambdas`` keeps lambdas as ends of edges instead of folding them
    into the definition that holds them.
    """

    def __init__(self, program: Program, *, lambdas: bool = False) -> None:
        self._program, self._lambdas = program, lambdas

    def link(self, file: SourceFile) -> tuple[Fragment, set[int]]:
        """Return the file's fragment of the graph, and the numbers of the keys that were read to make it."""
        state = new_inference(self._program)
        state.own_file = file
        state.callbacks, state.passed_objects = self._passed(state, file)
        edges = _EdgeTable(file, lambdas=self._lambdas)
        targets = CallTargets(state, lambdas=self._lambdas)
        self._add_bases(state, file, edges)
        self._add_imports(state, file, edges)
        sites = _resolve_sites(state, file, targets)
        finder = ReferenceFinder(state, file, targets)
        by_name = NamedDependencies(state, file, targets).sites()
        silent_calls = [*finder.dependencies(), *by_name, *FixtureCalls(state, file, targets).sites()]
        edges.add_sites([*sites, *silent_calls], finder.owners())
        self._add_class_statements(state, file, edges, targets)
        edges.add_references([*finder.of_sites(sites), *finder.of_mentions()])
        edges.add_sites(finder.unknown_sites, {})
        # the module of a shadowed stub is another file
        module = "" if file.module.shadowed else file.module.name
        return Fragment(file.key, module, edges.edges(), edges.unresolved()), state.reads

    def _passed(self, state: InferenceState, file: SourceFile) -> tuple[Passed[list[CallbackFlow]], Passed[Refs]]:
        """Return the functions and classes, and the objects, that other files pass to functions of this one. When the
        callers do not agree on a few classes, the objects say nothing.
        """
        state.read(KEY_CALLBACKS, file.path)
        callbacks: Passed[list[CallbackFlow]] = {}
        objects: Passed[Refs] = {}
        for flow in sorted(self._program.callbacks_into.get(file.path) or ()):
            _, name, position, kind, path, passed_name = flow
            parameter = file.function_places[name], position
            if kind in CODE_KINDS:
                callbacks.setdefault(parameter, []).append(flow)
            else:
                instance: Ref = (V_INSTANCE, path, passed_name, 1)
                value = instance if kind == V_INSTANCE else elements("list", (instance,))
                objects[parameter] = (*objects.get(parameter, ()), value)
        return callbacks, {place: refs for place, refs in objects.items() if len(refs) <= MAX_CLASSES_PASSED}

    def _add_bases(self, state: InferenceState, file: SourceFile, edges: _EdgeTable) -> None:
        for qualname, bases in self._program.bases[file.path].items():
            state.read(KEY_BASES, file.path, qualname)
            definition, *_ = file.classes[file.class_places[qualname]]
            line = file.definitions[definition].def_line
            for base in bases:
                edges.add((qualname, EdgeKind.EXTENDS, _class_uid(base)), Resolution.EXACT, line)

    def _add_imports(self, state: InferenceState, file: SourceFile, edges: _EdgeTable) -> None:
        for level, written, name, line in file.imports:
            state.begin()
            try:
                target = imported_module(state, file, level, written, name, MAX_CHAIN)
            except TooComplex:  # whether the name is a module is not known; where it comes from is
                target = imported_module(state, file, level, written, None, MAX_CHAIN)
            if target and target != file.path:
                edges.add(("", EdgeKind.IMPORTS, target), Resolution.EXACT, line)

    def _add_class_statements(
        self, state: InferenceState, file: SourceFile, edges: _EdgeTable, targets: CallTargets
    ) -> None:
        """Add what class statements call, where they stand."""
        for place, (definition, scope, *_) in enumerate(file.classes):
            source, line = edges.source(file.parent(scope)), file.definitions[definition].def_line
            state.begin()
            with suppress(TooComplex):
                for function, resolution in class_statement_calls(state, file, place):
                    if uid := targets.uid(function):
                        edges.add((source, EdgeKind.CALLS, uid), resolution, line)


def _resolve_sites(state: InferenceState, file: SourceFile, targets: CallTargets) -> list[CallSite]:
    """Return the call sites of a file with their targets, and sites for the calls that it does not name."""
    rows = list(file.call_sites())
    sites = [CallSite(scope, *row) for scope, row in rows if row[0] != C_SPECIAL]
    CallResolver(state, file, targets).resolve_all(sites)
    # after the named calls, because those let values flow that implicit calls depend on
    implicit_calls = ImplicitCallResolver(state, file, targets)
    implicit_calls.complete(sites)
    return [*sites, *implicit_calls.sites(rows)]


def _class_uid(base: MroEntry) -> str:
    if is_external(base):
        _, dotted = base
        return EXTERNAL + dotted
    _, path, name = base
    return f"{path}::{name}"


class _EdgeTable:
    """The edges and unresolved call sites of one file while it is linked."""

    def __init__(self, file: SourceFile, *, lambdas: bool) -> None:
        self._file, self._lambdas = file, lambdas
        self._sources: dict[int, str] = {}
        self._edges: dict[EdgeKey, tuple[Resolution, set[int]]] = {}
        # (line, source, name, text, reason): the line comes first, because rows are sorted by it
        self._unresolved: set[tuple[int, str, str, str, str]] = set()

    def add(self, key: EdgeKey, resolution: Resolution, line: int) -> None:
        """Add an edge. An edge that several sites make gets the best of their resolutions and all their lines."""
        entry = self._edges.get(key)
        if entry is None:
            self._edges[key] = resolution, {line}
            return
        best, lines = entry
        lines.add(line)  # an edge lists every line, whichever site knew best
        if _RANKS[resolution] < _RANKS[best]:
            self._edges[key] = resolution, lines

    def add_sites(self, sites: list[CallSite], owners: Mapping[SiteKey, int]) -> None:
        """Add the targets of call sites, and the sites of which nothing is known. ``owners``: the scopes of the
        functions among whose parameters a site stands; they hand over what it hands over.
        """
        for site in sites:
            source = self.source(site.scope)
            for target, resolution in site.handed:
                if target:
                    owner = owners.get((site.scope, site.place, site.line), site.scope)
                    self.add((self.source(owner), EdgeKind.CALLS, target), resolution, site.line)
            for target, resolution in site.targets:
                if target:
                    self.add((source, EdgeKind.CALLS, target), resolution, site.line)
            if site.reason:
                self._unresolved.add((site.line, source, site.name, site.as_written(self._file), site.reason))

    def add_references(self, references: Iterable[Reference]) -> None:
        """Add references, but none from a place that calls the same thing."""
        for scope, uid, manner, line in references:
            source = self.source(scope)
            if manner is Resolution.CONSTRUCTED or not any(
                line in lines or manner in _FOLLOWED for lines in self._lines_of_calls(source, uid)
            ):
                self.add((source, EdgeKind.REFERENCES, uid), manner, line)

    def _lines_of_calls(self, source: str, uid: str) -> Iterator[set[int]]:
        """Yield the lines at which a source calls a function, or constructs a class."""
        for name in (uid, *(f"{uid}.{constructor}" for constructor in CONSTRUCTORS)):
            entry = self._edges.get((source, EdgeKind.CALLS, name))
            if entry is not None:
                _, lines = entry
                yield lines

    def source(self, scope: int) -> str:
        """Return the qualified name of the definition at which edges from a scope begin; "" for the module."""
        name = self._sources.get(scope)
        if name is None:
            name = self._file.owner(scope)
            if "<lambda" in name and not self._lambdas:
                # "load.<lambda1>" -> "load"
                name, _, _ = name.partition("<lambda")
                name = name.rstrip(".")
            self._sources[scope] = name
        return name

    def edges(self) -> tuple[Edge, ...]:
        """Return the edges, sorted."""
        return tuple(
            Edge(*key, resolution, tuple(sorted(lines) if len(lines) > 1 else lines))
            for key, (resolution, lines) in sorted(self._edges.items())
        )

    def unresolved(self) -> tuple[Unresolved, ...]:
        """Return the unresolved call sites, sorted."""
        rows = sorted(self._unresolved)
        return tuple(Unresolved(source, name, text, reason, line) for line, source, name, text, reason in rows)
