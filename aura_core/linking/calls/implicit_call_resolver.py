"""Resolves implicit calls, which a file makes without naming them: operators, statements, properties, and what callees
call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from aura_core.linking.calls.call_sites import TOO_COMPLEX, CallSite
from aura_core.linking.calls.call_targets import CallTargets
from aura_core.linking.calls.resolution import is_first_parameter
from aura_core.linking.calls.special_arguments import CALLERS_OF_METHODS, SETTERS, argument_calls, setattr_calls
from aura_core.linking.inference.dynamic_attributes import infer_getattr
from aura_core.linking.inference.implicit_calls import ImplicitCall, operator_calls, read_calls, write_calls
from aura_core.linking.inference.members import flags_of
from aura_core.linking.inference.state import MAX_CHAIN, InferenceState, TooComplex
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import CLASS_LIKE, CallableRef, Ref, is_super
from aura_core.model.graph import Resolution
from aura_core.parsing.python import ir


class ImplicitCallResolver:
    """Resolves the implicit calls of one file, after all its values have flowed. ``_add`` chooses their resolution."""

    def __init__(self, state: InferenceState, file: SourceFile, targets: CallTargets) -> None:
        self._state, self._file, self._targets = state, file, targets
        self._read_calls: dict[tuple[Ref, str], list[ImplicitCall]] = {}

    def complete(self, sites: list[CallSite]) -> None:
        """Add what some call sites call besides their callee."""
        for site in sites:
            if site.site_kind == ir.C_CALL:
                self._state.begin()
                try:
                    self._complete(site)
                except TooComplex:
                    site.reason = TOO_COMPLEX

    def _complete(self, site: CallSite) -> None:
        """Add a property that returns the callee, and the special methods that the callee calls."""
        row = self._file.exprs[site.place]
        assert ir.is_call(row), site
        _, callee_place, _, _ = row
        if site.is_getattr:
            for function in infer_getattr(self._state, self._file, site.scope, row, MAX_CHAIN):
                self._targets.add_function(site, function, Resolution.PATTERN)
        if site.outside in CALLERS_OF_METHODS:
            for argument, calls in argument_calls(self._state, self._file, site.scope, row, site.outside):
                self._add(site, argument, calls)
        if site.outside in SETTERS:
            for (setter, _, _), resolution in setattr_calls(self._state, self._file, site.scope, row, site.outside):
                site.add(self._targets.uid(setter), resolution)
        callee = self._file.exprs[callee_place]
        if ir.is_attribute(callee) and not site.is_bound:
            _, base, _ = callee
            for calls in self._calls_of_read(site.scope, callee):
                self._add(site, base, calls)

    def sites(self, rows: Iterable[tuple[int, ir.SiteRow]]) -> Iterator[CallSite]:
        """Yield a site for each operator and statement among some rows that calls something, then a site for each
        attribute whose reading calls something.
        """
        yield from self._sites_of_syntax(rows)
        yield from self._sites_of_reads()

    def _sites_of_syntax(self, rows: Iterable[tuple[int, ir.SiteRow]]) -> Iterator[CallSite]:
        for scope, (site_kind, place, line, method) in rows:
            if site_kind == ir.C_SPECIAL:
                self._state.begin()
                try:
                    receiver, calls = self._calls_of_syntax(scope, place, method)
                except TooComplex:  # such sites are never listed as unresolved
                    continue
                yield from self._site(scope, place, line, receiver, [calls] if calls else ())

    def _calls_of_syntax(self, scope: int, place: int, method: str) -> tuple[int, list[ImplicitCall]]:
        """Return the receiver of an operator or a statement, and what it calls."""
        if method in ("__setattr__", "__delattr__"):
            return self._calls_of_write(scope, place, method)
        return place, operator_calls(self._state, self._file, scope, place, method)

    def _site(
        self, scope: int, place: int, line: int, receiver: int, call_lists: Sequence[list[ImplicitCall]]
    ) -> Iterator[CallSite]:
        """Yield a site for the implicit calls at a place; none where nothing is called, as at most places."""
        if not call_lists:
            return
        site = CallSite(scope, ir.C_SPECIAL, place, line, "")
        with suppress(TooComplex):
            for calls in call_lists:
                self._add(site, receiver, calls)
        if site.targets:
            yield site

    def _sites_of_reads(self) -> Iterator[CallSite]:
        for scope, fields in enumerate(self._file.reads):
            # (4, 10, 9, 12) -> the attribute at place 4 in line 10, the one at place 9 in line 12
            for place, line in zip(fields[::2], fields[1::2], strict=True):
                row = self._file.exprs[place]
                assert ir.is_attribute(row), place
                _, base, _ = row
                self._state.begin()
                try:
                    call_lists = self._calls_of_read(scope, row)
                except TooComplex:
                    continue
                yield from self._site(scope, place, line, base, call_lists)

    def _calls_of_write(self, scope: int, place: int, method: str) -> tuple[int, list[ImplicitCall]]:
        """Return the receiver of an attribute that is set or deleted, and what that calls."""
        row = self._file.exprs[place]
        assert ir.is_attribute(row), place
        _, receiver, name = row
        bases = self._state.infer(self._file, scope, receiver, MAX_CHAIN)
        return receiver, [call for base in bases for call in write_calls(self._state, base, name, method)]

    def _calls_of_read(self, scope: int, row: ir.AttributeExpr) -> list[list[ImplicitCall]]:
        """Return what reading an attribute calls, for each value that has it."""
        _, place, name = row
        bases = self._state.infer(self._file, scope, place, MAX_CHAIN)
        return [calls for base in bases if base[0] in CLASS_LIKE and (calls := self._calls_of_member(base, name))]

    def _calls_of_member(self, base: Ref, name: str) -> list[ImplicitCall]:
        calls = self._read_calls.get((base, name))  # empty lists too: 49 of 50 reads call nothing
        if calls is None:
            self._read_calls[base, name] = calls = read_calls(self._state, base, name)
        return calls

    def _is_plain_method(self, function: CallableRef) -> bool:
        """Tell whether a function is a method without decorators, not one that a decorator returned."""
        _, path, place, *_ = function
        flags = flags_of(self._state.program.files[path].functions[place])
        return bool(flags & ir.F_METHOD) and not flags & ir.F_DECORATED

    def _add(self, site: CallSite, receiver_place: int, calls: Sequence[ImplicitCall]) -> None:
        """Add implicit calls to a site. One call alone, on the first parameter of a method, is exact."""
        if not calls:
            return
        is_sure = len(calls) == 1 and is_first_parameter(self._file, site.scope, receiver_place)
        is_sure = is_sure and all(self._is_plain_method(function) for function, _, _ in calls)
        for function, _, _ in calls:
            site.add(self._targets.uid(function), Resolution.EXACT if is_sure else Resolution.INFERRED)
        for _, receiver, name in calls:
            if name and not is_super(receiver):
                self._targets.add_overriders(site, receiver, name)
