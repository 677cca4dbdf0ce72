"""Finds the references of one file: the places where it hands a function, method or class of the tree to other code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from aura_core.linking.call_arguments import keywords_of
from aura_core.linking.calls.call_sites import CallSite
from aura_core.linking.calls.call_targets import MAX_OVERRIDERS, CallTargets
from aura_core.linking.calls.texts import values_of_text
from aura_core.linking.dependency_keys import KEY_ONLY_METHOD, KEY_OVERRIDES
from aura_core.linking.inference.builtin_types import common_methods
from aura_core.linking.inference.state import InferenceState, TooComplex
from aura_core.linking.libraries.runners import DEPENDENCIES, only_looks
from aura_core.linking.modules.hints import PACKAGING
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    Ref,
    Refs,
    is_class,
    is_function,
    is_receiver,
    outside_in,
)
from aura_core.model.graph import Resolution
from aura_core.parsing.python import ir

SiteKey = tuple[int, int, int]
"""``scope, expression, line`` of a call site."""

_MANNERS: Final = {ir.H_STORED: Resolution.STORED, ir.H_RETURNED: Resolution.RETURNED, ir.H_DEFAULT: Resolution.DEFAULT}

_CARRIERS: Final = frozenset({ir.E_NAME, ir.E_BOUND, ir.E_ATTR, ir.E_IN, ir.E_UNION})


class Reference(NamedTuple):
    """A place that hands on a function or class: the scope, what it hands on, in which manner, and the line."""

    scope: int
    uid: str
    manner: Resolution
    line: int


class ReferenceFinder:
    """Finds the references of one file, after its calls are resolved. ``unknown_sites``: the arguments that
    ``of_sites`` found which could be methods of unknown values.
    """

    def __init__(self, state: InferenceState, file: SourceFile, targets: CallTargets) -> None:
        self._state, self._file, self._targets = state, file, targets
        self._may_be_code = file.code_names.may_be_code
        self.unknown_sites: list[CallSite] = []

    def owners(self) -> dict[SiteKey, int]:
        """Return the scope of the function for each call site that stands in a default or an annotation of its
        parameters.
        """
        file = self._file
        return {
            (scope, place, line): _scope_of(file, function)
            for scope, manner, place, line, function, _ in file.mentions
            if manner == ir.H_SIGNATURE and function >= 0
        }

    def of_sites(self, sites: Iterable[CallSite]) -> Iterator[Reference]:
        """Yield what the arguments and decorators of call sites hand on."""
        owners = self.owners()
        for site in sites:
            for uid in site.constructed:
                yield Reference(site.scope, uid, Resolution.CONSTRUCTED, site.line)
            if site.site_kind == ir.C_CALL:
                uids = self._passed_by(site)
                uids = [*uids, *self._class_that_calls_outside(site)]
                if uids:
                    scope = owners.get((site.scope, site.place, site.line), site.scope)
                    yield from (Reference(scope, uid, Resolution.ARGUMENT, site.line) for uid in uids)
            elif site.site_kind == ir.C_DECORATE:
                yield from self._of_decorator(site)

    def _passed_by(self, site: CallSite) -> Sequence[str]:
        """Return the functions and classes that a call passes to a callee which may run or keep them."""
        row, exprs = self._file.exprs[site.place], self._file.exprs
        assert ir.is_call(row), site
        _, callee, arguments, keywords = row
        uids: Sequence[str] = ()
        # few arguments may be code, and few of these are: only then the callee matters
        for place in (*arguments, *(value for _, value in keywords_of(row))) if keywords else arguments:
            argument = exprs[place]
            if argument is not None and argument[0] in _CARRIERS and self._may_be_code(argument):
                uids = [*uids, *(self._uids(site.scope, place) or self._unknown_methods(site, callee, place))]
        return uids if uids and not self._only_looks(site, callee) else ()

    def _class_that_calls_outside(self, site: CallSite) -> list[str]:
        """Return the class of the tree on which a site calls a method of a base outside: ``Home.as_view()``. The method
        gets the class, and may make instances of it.
        """
        if not site.outside or site.outside.startswith("builtins."):
            return []
        row, exprs = self._file.exprs[site.place], self._file.exprs
        assert ir.is_call(row), site
        _, callee, _, _ = row
        method = exprs[callee]
        if not ir.is_attribute(method):
            return []
        _, base, _ = method
        if not self._may_be_code(exprs[base]):
            return []
        return [self._uid(value) for value in self._state.infer_alone(self._file, site.scope, base) if is_class(value)]

    def _unknown_methods(self, site: CallSite, callee: int, place: int) -> list[str]:
        """Note an argument that may be a method of the tree, because some class has one of that name, and nothing is
        known of the value that it is an attribute of. Return nothing: no method is known.
        """
        row, program = self._file.exprs[place], self._state.program
        if not ir.is_attribute(row):
            return []
        _, base, name = row
        if name.startswith("__") or name in common_methods() or self._state.infer_alone(self._file, site.scope, base):
            return []
        self._state.read(KEY_ONLY_METHOD, name)
        if program.only_method(name) is not None and not self._only_looks(site, callee):
            self.unknown_sites.append(
                CallSite(site.scope, ir.C_CALL, place, site.line, "", reason="unknown-receiver", name=name)
            )
        return []

    def of_mentions(self) -> Iterator[Reference]:
        """Yield what is stored, returned, a default, named in a text, or what a dependency takes from an annotation."""
        _, _, file_name = self._file.path.rpartition("/")
        manner_of_texts = Resolution.PACKAGING if file_name in PACKAGING else Resolution.TEXT
        for scope, manner, place, line, function, _ in self._file.mentions:
            owner = _scope_of(self._file, function) if function >= 0 else scope
            if manner == ir.H_TEXT:
                for value in self._values_of_text(place):
                    if not self._is_own_name(value, line):
                        yield Reference(owner, self._uid(value), manner_of_texts, line)
            elif manner != ir.H_SIGNATURE:
                for uid in self._uids(scope, place):
                    yield Reference(owner, uid, _MANNERS[manner], line)

    def dependencies(self) -> Iterator[CallSite]:
        """Yield a site of each function whose parameter is a dependency without a function, for the class that its
        annotation names: ``page: Page = Depends()``.
        """
        file, state = self._file, self._state
        for scope, manner, place, line, function, annotation in file.mentions:
            row = file.exprs[place]
            if manner != ir.H_SIGNATURE or function < 0 or not ir.is_call(row):
                continue
            _, callee, arguments, keywords = row
            if arguments or "dependency" in keywords:
                continue
            values = state.infer_alone(file, scope, callee)
            if DEPENDENCIES.isdisjoint(dotted for _, dotted in outside_in(values)):
                continue
            site = CallSite(_scope_of(file, function), ir.C_CALL, place, line, "")
            for value in state.infer_alone(file, scope, annotation or _annotation_of(file, function, place)):
                if is_class(value):
                    with suppress(TooComplex):
                        self._targets.add_class(site, value, Resolution.INFERRED)
            yield site

    def _only_looks(self, site: CallSite, callee: int) -> bool:
        """Tell whether the callee of a site neither runs nor keeps what it gets."""
        row = self._file.exprs[callee]
        if ir.is_attribute(row):
            _, _, name = row
            if name.startswith("assert"):
                return True
        values = self._state.infer_alone(self._file, site.scope, callee)
        outside = outside_in(values)
        return len(outside) == len(values) > 0 and all(only_looks(dotted) for _, dotted in outside)

    def _of_decorator(self, site: CallSite) -> Iterator[Reference]:
        """Yield the function or class that a decorator gets, below whichever other decorators."""
        row = self._file.exprs[site.place]
        assert ir.is_call(row), site
        _, callee, (inner, *_), _ = row
        if self._only_looks(site, callee):
            return
        row = self._file.exprs[inner]
        while ir.is_call(row):
            _, _, (inner, *_), _ = row
            row = self._file.exprs[inner]
        for value in self._state.infer_alone(self._file, site.scope, inner):
            if uid := self._uid(value):
                yield Reference(site.scope, uid, Resolution.DECORATOR, site.line)

    def _is_own_name(self, value: Ref, line: int) -> bool:
        """Tell whether a line is one of a function's decorators, which may say its own name."""
        if not is_function(value):
            return False
        _, path, place, *_ = value
        definition, *_ = self._file.functions[place] if path == self._file.path else (0,)
        row = self._file.definitions[definition]
        return bool(definition) and row.start_line <= line <= row.def_line

    def _values_of_text(self, place: int) -> Refs:
        self._state.begin()
        with suppress(TooComplex):
            return values_of_text(self._state, self._file.exprs[place])
        return ()

    def _uids(self, scope: int, place: int) -> list[str]:
        """Return the functions and classes of the tree that an expression stands for."""
        values = self._state.infer_alone(self._file, scope, place)
        if values:
            return [uid for value in values if (uid := self._uid(value))]
        row = self._file.exprs[place]
        return self._overriders(scope, row) if ir.is_attribute(row) else []

    def _uid(self, value: Ref) -> str:
        """Return the uid of a function or class; "" for any other value, and for a lambda."""
        if is_function(value):
            return self._targets.uid(value)
        if is_class(value):
            _, path, name, _ = value
            return f"{path}::{name}"
        return ""

    def _overriders(self, scope: int, row: ir.AttributeExpr) -> list[str]:
        """Return the methods that only subclasses of a receiver's class have under a name."""
        _, base, name = row
        uids: set[str] = set()
        for receiver in self._state.infer_alone(self._file, scope, base):
            if not is_receiver(receiver):
                continue
            _, path, qualname, exactness = receiver
            if not exactness:
                self._state.read(KEY_OVERRIDES, path, qualname, name)
                uids |= self._state.program.overriders.get((path, qualname, name)) or set()
        return sorted(uids) if len(uids) <= MAX_OVERRIDERS else []


def _scope_of(file: SourceFile, function: int) -> int:
    _, scope, *_ = file.functions[function]
    return scope


def _annotation_of(file: SourceFile, function: int, default: int) -> int:
    """Return the annotation of the parameter that has a default; 0 when it has none."""
    _, _, _, parameters, *_ = file.functions[function]
    return next((annotation for _, _, value, annotation in parameters if value == default), 0)
