"""The edges of one file: imports, bases, calls, and the call sites whose target is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aura_core.linking import making
from aura_core.linking.call_sites import Found, Site, add_edge, as_written
from aura_core.linking.dependency_keys import KEY_BASES, KEY_CALLBACKS, KEY_ONLY_METHOD, KEY_OVERRIDES
from aura_core.linking.inference import containers, dynamic_attributes, implicit_calls
from aura_core.linking.inference.confidence import bindings_of, certainty, receives
from aura_core.linking.inference.dataflow import ROUNDS, Flow
from aura_core.linking.inference.evaluator import Evaluator
from aura_core.linking.inference.state import DEPTH
from aura_core.linking.program import CallbackFlow, Program
from aura_core.linking.signatures import named_argument
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import Ref, common_methods, members
from aura_core.model.graph import EXTERNAL, Edge, EdgeKind, Fragment, Resolution, Unresolved
from aura_core.parsing.python.ir import (
    B_PARAM,
    C_CALL,
    C_DECORATE,
    C_RAISE,
    C_SPECIAL,
    E_ATTR,
    E_BOUND,
    E_CALL,
    E_IN,
    E_NAME,
)

MAX_OVERRIDERS = 256
"""Calls through a class that more methods override than this are linked to the definition alone."""

CLIP = 80

Implied = tuple[int, int, int, int, list[list[implicit_calls.Target]]]
"""The scope, the expression and the line of what calls something that it does not name, its receiver, and what it
calls for each of its values.
"""


class FileLinker:
    """Links files of one tree, one at a time. ``lambdas`` keeps lambdas as ends of edges instead of folding them into
    what holds them.
    """

    def __init__(self, program: Program, *, lambdas: bool = False) -> None:
        self.program, self.lambdas = program, lambdas

    def link(self, file: SourceFile) -> tuple[Fragment, set[int]]:
        """The file's part of the graph, and the numbers of the keys read for it."""
        self.file = file
        self.evaluator = evaluator = Evaluator(self.program)
        evaluator.own = file
        evaluator.arrived = self._arrivals()
        self.sources: dict[int, str] = {}
        self.read: dict[tuple[Ref, str], list[implicit_calls.Target]] = {}
        found: Found = {}
        self._hierarchy(found)
        self._imports(found)
        sites = [Site(scope, *row) for scope, row in file.call_sites() if row[0] != C_SPECIAL]
        self._settle(sites)
        sites += self._implied_sites(sites)
        self._statements(found)
        unresolved = set()
        for site in sites:
            src = self._source(site.scope)
            for dst, how in site.targets:
                if dst:
                    add_edge(found, (src, EdgeKind.CALLS, dst), how, site.line)
            if site.reason:
                unresolved.add((site.line, src, site.name, self._text(site), site.reason))
        edges = tuple(
            Edge(s, k, d, how, tuple(sorted(lines) if len(lines) > 1 else lines))
            for (s, k, d), (how, lines) in sorted(found.items())
        )
        rows = tuple(Unresolved(src, name, text, reason, line) for line, src, name, text, reason in sorted(unresolved))
        module = "" if file.module.shadowed else file.module.name
        return Fragment(file.key, module, edges, rows), evaluator.reads

    def _arrivals(self) -> dict[tuple[int, int], list[CallbackFlow]]:
        """What other files pass to functions of this one, by the function's place and the parameter's position."""
        self.evaluator.read(KEY_CALLBACKS, self.file.path)
        found: dict[tuple[int, int], list[CallbackFlow]] = {}
        for row in sorted(self.program.callbacks_into.get(self.file.path, ())):
            found.setdefault((self.file.function_places[row[1]], row[2]), []).append(row)
        return found

    def _hierarchy(self, found: Any) -> None:
        for qualname, bases in self.program.bases[self.file.path].items():
            self.evaluator.read(KEY_BASES, self.file.path, qualname)
            line = self.file.definitions[self.file.classes[self.file.class_places[qualname]][0]].def_line
            for base in bases:
                dst = EXTERNAL + base[1] if base[0] == "x" else f"{base[1]}::{base[2]}"
                add_edge(found, (qualname, EdgeKind.EXTENDS, dst), Resolution.EXACT, line)

    def _imports(self, found: Any) -> None:
        for level, written, name, line in self.file.imports:
            target = self.evaluator.statement(self.file, level, written, name, DEPTH)
            if target and target != self.file.path:
                add_edge(found, ("", EdgeKind.IMPORTS, target), Resolution.EXACT, line)

    def _statements(self, found: Found) -> None:
        """What class statements call, where they stand."""
        file = self.file
        for place, row in enumerate(file.classes):
            src = self._source(file.scopes[row[1]][2])
            for function, how in making.statement(self.evaluator, file, place):
                if uid := self._uid(function):
                    add_edge(found, (src, EdgeKind.CALLS, uid), how, file.definitions[row[0]].def_line)

    def _settle(self, sites: list[Site]) -> None:
        """Resolve every site, and again those that read something into which more has flowed since."""
        flow = Flow(self.evaluator, self.file)
        pending: list[Site] = sites
        for _ in range(ROUNDS):
            for number, row in enumerate(self.file.stores, 1):
                flow.store(number, row)
            for site in pending:
                self.evaluator.trail = []
                self._resolve(site, flow)
                if self.evaluator.trail:
                    site.flows = {*site.flows, *self.evaluator.trail}
            changed = flow.forget()
            if not changed:
                return
            pending = [site for site in sites if not changed.isdisjoint(site.flows)]

    def _resolve(self, site: Site, flow: Flow) -> None:
        row = self.file.exprs[site.place]
        site.targets, site.reason, site.methods, site.bound = [], "", (), False
        if site.kind == C_RAISE:
            for value in self.evaluator.evaluate(self.file, site.scope, site.place, DEPTH):
                if value[0] == "c":
                    self._constructed(site, value, Resolution.EXACT, None, None)
            return
        callee = row[1]
        refs = self.evaluator.evaluate(self.file, site.scope, callee, DEPTH)
        self._called(site, callee, refs, flow, row)
        if site.kind == C_DECORATE:
            site.reason = ""
        elif not site.targets and site.kind == C_CALL:
            self._unknown(site, callee, refs)

    def _called(self, site: Site, callee: int, refs: Any, flow: Flow, row: Any) -> None:
        how = certainty(self.evaluator, self.file, site.scope, callee, refs)
        for ref in refs:
            kind = ref[0]
            if kind == "f":
                self._function(site, ref, how)
                site.bound = site.bound or ref[3] is not None
                flow.passed(site.scope, row, ref)
            elif kind == "c":
                self._constructed(site, ref, how, flow, row)
            elif kind == "p":
                self._arrived(site, ref, row)
            elif kind == "x":
                self._external(site, ref, how, flow, row)
            elif kind in "de":
                self._of_builtin(site, ref, flow, row)
            elif kind == "i":
                for method in self.evaluator.attribute(ref, "__call__", DEPTH - 1):
                    if method[0] == "f":
                        self._function(site, method, Resolution.INFERRED)
                        flow.passed(site.scope, row, method)
        self._overridden(site, callee, refs)

    def _of_builtin(self, site: Site, ref: Ref, flow: Flow, row: Any) -> None:
        """The class of a named tuple, which no statement made; a container's method."""
        dotted = "builtins.tuple" if ref[0] == "d" else containers.dotted_method(self.evaluator, ref)
        site.targets.append((EXTERNAL + dotted, Resolution.INFERRED))
        flow.passed(site.scope, row, ref)
        if dotted in implicit_calls.CALLERS:
            self._called_back(site, row)

    def _external(self, site: Site, ref: Ref, how: Resolution, flow: Flow, row: Any) -> None:
        site.targets.append((EXTERNAL + ref[1], how))
        flow.outside(site.scope, row, ref[1])
        if ref[1] in implicit_calls.CALLERS:
            self._called_back(site, row)
        site.fitted = ref[1] == "builtins.getattr"
        if ref[1] in implicit_calls.OF_BUILTINS:
            site.methods = (implicit_calls.OF_BUILTINS[ref[1]],)

    def _arrived(self, site: Site, ref: Ref, row: Any) -> None:
        """Everything that other files pass for a parameter which is called."""
        for _, _, _, kind, path, name in self.evaluator.arrived[ref[1:]]:
            if kind == "f":
                site.targets.append((self._end(path, name), Resolution.INFERRED))
            else:
                self._constructed(site, ("c", path, name, 1), Resolution.INFERRED, None, row)

    def _uid(self, ref: Ref) -> str:
        return self._end(ref[1], self.program.files[ref[1]].function_name(ref[2]))

    def _end(self, path: str, name: str) -> str:
        """The uid of a function as the end of an edge; "" for a lambda, which is none."""
        return f"{path}::{name}" if self.lambdas or "<lambda" not in name else ""

    def _function(self, site: Site, ref: Ref, how: Resolution) -> None:
        if ref[3] is not None and ref[3][-1] == dynamic_attributes.FITTED:
            how = Resolution.PATTERN
        site.targets.append((self._uid(ref), how))

    def _constructed(self, site: Site, ref: Ref, how: Resolution, flow: Flow | None, row: Any) -> None:
        """A class that is called: its ``__new__`` and ``__init__`` in the tree, else what its data class runs, or the
        class itself. Where its metaclass has a ``__call__``, that is called, and may call the others.
        """
        metas = self.evaluator.metaclasses(ref, DEPTH)
        for call in [m for meta in metas for m in self.evaluator.attribute(meta, "__call__", DEPTH - 1) if m[0] == "f"]:
            self._function(site, call, how)
            how = Resolution.INFERRED
        made = self._makers(ref, "__new__") + self._makers(ref, "__init__")
        for method in made:
            self._function(site, method, how)
            if flow is not None:
                flow.passed(site.scope, row, method)
        if not made:
            made = self._makers(ref, "__post_init__")
            site.targets += [(self._uid(method), Resolution.INFERRED) for method in made]
        if not made:
            site.targets.append((f"{ref[1]}::{ref[2]}", how))

    def _makers(self, ref: Ref, name: str) -> list[Ref]:
        return [m for m in self.evaluator.attribute(("i", *ref[1:]), name, DEPTH - 1) if m[0] == "f"]

    def _called_back(self, site: Site, row: Any) -> None:
        for argument in (*row[2], named_argument(row, "key")):
            for ref in self.evaluator.evaluate(self.file, site.scope, argument, DEPTH):
                if ref[0] == "f":
                    self._function(site, ref, Resolution.INFERRED)
                elif ref[0] == "c":
                    self._constructed(site, ref, Resolution.INFERRED, None, row)
                elif ref[0] == "p":
                    self._arrived(site, ref, row)

    def _implied_sites(self, sites: list[Site]) -> list[Site]:
        """Add what sites call besides what they name; more sites, for operators, statements and attributes that call
        something.
        """
        for site in sites:
            if site.kind == C_CALL:
                self._besides(site)
        out = []
        for scope, place, line, receiver, called in (*self._specials(), *self._reads()):
            out.append(site := Site(scope, C_SPECIAL, place, line, ""))
            for found in called:
                self._implied(site, receiver, found)
        return out

    def _specials(self) -> Iterator[Implied]:
        """What operators and statements call, once everything has flowed."""
        for scope, (kind, place, line, method) in self.file.call_sites():
            if kind != C_SPECIAL:
                continue
            if method in ("__setattr__", "__delattr__"):
                _, receiver, name = self.file.exprs[place]
                bases = self.evaluator.evaluate(self.file, scope, receiver, DEPTH)
                found = [t for base in bases for t in implicit_calls.written(self.evaluator, base, name, method)]
            else:
                receiver, found = place, implicit_calls.operators(self.evaluator, self.file, scope, place, method)
            if found:
                yield scope, place, line, receiver, [found]

    def _reads(self) -> Iterator[Implied]:
        """What attributes call when they are read."""
        for scope, rows in enumerate(self.file.reads):
            for place, line in zip(rows[::2], rows[1::2], strict=True):
                row = self.file.exprs[place]
                if called := self._read(scope, row):
                    yield scope, place, line, row[1], called

    def _read(self, scope: int, row: Any) -> list[list[implicit_calls.Target]]:
        """What reading an attribute calls, for each value that has it."""
        bases = self.evaluator.evaluate(self.file, scope, row[1], DEPTH)
        return [found for base in bases if base[0] in implicit_calls.READ and (found := self._read_of(base, row[2]))]

    def _read_of(self, base: Ref, name: str) -> list[implicit_calls.Target]:
        found = self.read.get((base, name))
        if found is None:
            self.read[base, name] = found = implicit_calls.read(self.evaluator, base, name)
        return found

    def _besides(self, site: Site) -> None:
        """What a call calls besides its callee: a property that gives the callee, a special method that the callee
        calls.
        """
        row = self.file.exprs[site.place]
        if site.fitted:
            for ref in dynamic_attributes.methods(self.evaluator, self.file, site.scope, row, DEPTH):
                self._function(site, ref, Resolution.PATTERN)
        for method in site.methods:
            if row[2]:
                self._implied(
                    site, row[2][0], implicit_calls.operators(self.evaluator, self.file, site.scope, row[2][0], method)
                )
        callee = self.file.exprs[row[1]]
        if callee is not None and callee[0] == E_ATTR and not site.bound:
            for found in self._read(site.scope, callee):
                self._implied(site, callee[1], found)

    def _implied(self, site: Site, receiver: int, found: list[implicit_calls.Target]) -> None:
        if not found:
            return
        sure = len(found) == 1 and receives(self.file, site.scope, receiver)
        site.targets += [
            (self._uid(function), Resolution.EXACT if sure else Resolution.INFERRED) for function, _, _ in found
        ]
        for _, value, name in found:
            if name and not value[-1]:
                self._overriders(site, value, name)

    def _overridden(self, site: Site, callee: int, refs: Any) -> None:
        """A method called on a value that may be of a subclass: the subclasses' methods too."""
        row = self.file.exprs[callee]
        if row is None or row[0] != E_ATTR:
            return
        if refs and not any(r[0] == "f" and r[3] is not None and not r[3][3] for r in refs):
            return
        for base in self.evaluator.evaluate(self.file, site.scope, row[1], DEPTH):
            if base[0] not in "ci" or base[-1]:
                continue
            self._overriders(site, base, row[2])

    def _overriders(self, site: Site, base: Ref, name: str) -> None:
        """The methods of that name of the subclasses of a receiver's class."""
        self.evaluator.read(KEY_OVERRIDES, base[1], base[2], name)
        found = self.program.overriders.get((base[1], base[2], name), ())
        if not found:
            return
        site.targets = [(dst, Resolution.INFERRED if how is Resolution.EXACT else how) for dst, how in site.targets]
        if len(found) <= MAX_OVERRIDERS:
            known = {dst for dst, _ in site.targets}
            site.targets += [(uid, Resolution.OVERRIDE) for uid in sorted(found) if uid not in known]

    def _unknown(self, site: Site, callee: int, refs: Any) -> None:
        row = self.file.exprs[callee]
        site.name, site.reason = "", "computed"
        if row is None:
            return
        if row[0] == E_ATTR:
            site.name = row[2]
            bases = self.evaluator.evaluate(self.file, site.scope, row[1], DEPTH)
            site.reason = "no-such-member" if any(b[0] in "cism" for b in bases) else "unknown-receiver"
            if bases and all(b[0] in "is" for b in bases) and row[2] in members("object"):
                site.targets, site.reason = [(f"{EXTERNAL}builtins.object.{row[2]}", Resolution.INFERRED)], ""
            if not bases and self._unique(site):
                site.reason = ""
        elif row[0] in (E_NAME, E_BOUND, E_IN):
            inner = self.file.exprs[row[2]] if row[0] == E_IN else row
            site.name = inner[1] if isinstance(inner[1], str) else ""
            bindings = bindings_of(self.file, site.scope, callee)
            site.reason = (
                "unknown-name"
                if bindings is None
                else "parameter"
                if any(b[0] == B_PARAM for b in bindings)
                else "unknown-value"
            )
        elif row[0] == E_CALL:
            site.reason = "computed"

    def _unique(self, site: Site) -> bool:
        """The only method of that name in the tree, or the one that all others override, unless builtin types have one
        too.
        """
        if site.name.startswith("__") or site.name in common_methods():
            return False
        self.evaluator.read(KEY_ONLY_METHOD, site.name)
        only = self.program.only(site.name)
        if only:
            site.targets.append((only, Resolution.UNIQUE))
        return bool(only)

    def _source(self, scope: int) -> str:
        """The qualified name of what edges from a scope begin at."""
        found = self.sources.get(scope)
        if found is None:
            owner = self.file.owner(scope)
            folded = "<lambda" in owner and not self.lambdas
            self.sources[scope] = found = owner.partition("<lambda")[0].rstrip(".") if folded else owner
        return found

    def _text(self, site: Site) -> str:
        if site.text:
            return site.text[:CLIP]
        row = self.file.exprs[site.place]
        return as_written(self.file, row[1] if row[0] == E_CALL else site.place)[:CLIP]
