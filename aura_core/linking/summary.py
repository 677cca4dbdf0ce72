"""Computes the summary of a file: what it offers to others, from its own facts only, as values of dependency keys.

Values are hashes of texts (see ``spelling``), so that a value survives edits of other lines of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Final

from aura_core.linking.dependency_keys import (
    KEY_HAS_ALL,
    KEY_IN_ALL,
    KEY_MEMBER,
    KEY_MEMBERS,
    KEY_METACLASS,
    KEY_NAME,
    KEY_REGISTERED,
    KEY_SIGNATURE,
    KEY_STARS,
    Key,
    hash64,
)
from aura_core.linking.source_file import MODULE_SCOPE, SourceFile
from aura_core.linking.spelling import Seed, Speller
from aura_core.linking.values import V_EXTERNAL_VALUE
from aura_core.parsing.python.ir import (
    B_FUNCTION,
    C_CALL,
    C_DECORATE,
    E_ATTR,
    E_CALL,
    Expr,
)

GENERIC: Final = frozenset({
    (V_EXTERNAL_VALUE, "functools.singledispatch()"), (V_EXTERNAL_VALUE, "functools.singledispatchmethod()"),
})  # fmt: skip
"""Decorators of a generic function. Other functions are registered with it, and a call of it may go to any of them."""


class Summary:
    """The values of the keys that one file owns. Each is computed when it is asked for first, then remembered."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self._values: dict[Key, int] = {}
        self._speller = Speller(file)

    def value(self, key: Key) -> int:
        """Return the 64-bit value of a key of this file; 0 when the file has nothing under it."""
        value = self._values.get(key)
        if value is None:
            kind, _, *address = key
            self._values[key] = value = _VALUES[kind](self, *address)
        return value

    def values(self) -> dict[Key, int]:
        """Return every key that the file owns, with its value."""
        return {key: self.value(key) for key in self._keys()}

    def _keys(self) -> Iterator[Key]:
        file, path = self.file, self.file.path
        _, _, _, module_bindings, _ = file.scopes[MODULE_SCOPE]
        yield from ((KEY_STARS, path), (KEY_HAS_ALL, path), (KEY_MEMBERS, path, ""))
        yield from ((KEY_NAME, path, name) for name in module_bindings)
        yield from ((KEY_IN_ALL, path, name) for name in file.all or ())
        yield from ((KEY_SIGNATURE, path, function) for function in file.function_places)
        yield from ((KEY_REGISTERED, path, file.function_name(place)) for place in self.registrations)
        for class_name, place in file.class_places.items():
            _, _, _, attributes, metaclass, _ = file.classes[place]
            yield KEY_MEMBERS, path, class_name
            if metaclass:
                yield KEY_METACLASS, path, class_name
            yield from ((KEY_MEMBER, path, class_name, name) for name in {*file.members(class_name), *attributes})

    @cached_property
    def registrations(self) -> dict[int, list[Seed]]:
        """By place of a function: the scopes and expressions that are passed to its ``register``, in order. It is not
        checked here whether the function is a generic one.
        """
        file = self.file
        registrations: dict[int, list[Seed]] = {}
        for scope, (site_kind, place, _, _) in file.call_sites():
            if site_kind in (C_CALL, C_DECORATE):
                name, implementation = _registration(file, file.exprs[place], decorates=site_kind == C_DECORATE)
                if name is not None and implementation:
                    for function in [b[1] for b in file.meant(scope, name) or () if b[0] == B_FUNCTION]:
                        registrations.setdefault(function, []).append((scope, implementation))
        return registrations

    def _name_value(self, name: str) -> int:
        _, _, _, bindings, final = self.file.scopes[MODULE_SCOPE]
        if name not in bindings:
            return 0
        # the order of bindings and which of them reach the module's end are part of the value
        return hash64(f"{final.get(name, '')}\n{self._speller.bindings(MODULE_SCOPE, bindings[name])}")

    def _stars_value(self) -> int:
        file = self.file
        modules = [file.absolute(level, module) for level, module in file.stars]
        return hash64(repr([file.neighbourhood, *modules])) if modules else 0

    def _has_all_value(self) -> int:
        return int(self.file.all is not None)

    def _in_all_value(self, name: str) -> int:
        return int(self.file.all is not None and name in self.file.all)

    def _members_value(self, class_name: str) -> int:
        members = self.file.members(class_name)
        return hash64("\n".join(members)) if members else 0

    def _member_value(self, class_name: str, name: str) -> int:
        file, place = self.file, self.file.class_places.get(class_name)
        if place is None:
            return 0
        _, scope, *_ = file.classes[place]
        bindings, assignments = file.reaching(scope, name), file.assignments(place, name)
        if bindings is None and assignments is None:
            return 0
        accessors = [file.function_name(function) for _, function in file.accessors(place, name)]
        spell = self._speller
        return hash64(f"{spell.bindings(scope, bindings or ())}\0{accessors}\0{spell.closure(assignments or [])}")

    def _signature_value(self, function: str) -> int:
        place = self.file.function_places.get(function)
        return hash64(self._speller.function(place)) if place is not None else 0

    def _metaclass_value(self, class_name: str) -> int:
        scope, metaclass = self.file.metaclass(class_name)
        return hash64(self._speller.closure([(scope, metaclass)])) if metaclass else 0

    def _registered_value(self, function: str) -> int:
        seeds = self.registrations.get(self.file.function_places.get(function, -1))
        return hash64(self._speller.closure(seeds)) if seeds else 0


_VALUES: dict[str, Callable[..., int]] = {
    KEY_NAME: Summary._name_value,
    KEY_STARS: Summary._stars_value,
    KEY_HAS_ALL: Summary._has_all_value,
    KEY_IN_ALL: Summary._in_all_value,
    KEY_MEMBERS: Summary._members_value,
    KEY_MEMBER: Summary._member_value,
    KEY_SIGNATURE: Summary._signature_value,
    KEY_METACLASS: Summary._metaclass_value,
    KEY_REGISTERED: Summary._registered_value,
}


def _registration(file: SourceFile, row: Expr | None, *, decorates: bool) -> tuple[Expr | None, int]:
    """Return the row of the name before ``.register`` and the expression that is registered; (None, 0) when a call is
    no registration. Forms: ``@f.register``, ``@f.register(T)``, ``f.register(T, g)`` and ``f.register(T)(g)``.
    """
    callee, arguments = _call_parts(row)
    if not arguments:
        return None, 0
    expr = file.exprs[callee]
    inner_callee, _ = _call_parts(expr)
    if inner_callee:
        expr = file.exprs[inner_callee]
    if expr is None or expr[0] != E_ATTR:
        return None, 0
    _, base, attribute = expr
    if attribute != "register":
        return None, 0
    if decorates or inner_callee:
        implementation, *_ = arguments
    else:
        # ``f.register(T, g)``: the second argument; ``f.register(T)`` alone registers nothing, hence 0
        _, implementation, *_ = (*arguments, 0)
    while decorates:  # below a decorator there may be others
        _, inner = _call_parts(file.exprs[implementation])
        if not inner:
            break
        implementation, *_ = inner
    return file.exprs[base], implementation


def _call_parts(row: Expr | None) -> tuple[int, Sequence[int]]:
    """Return the callee and the positional arguments of a call; (0, ()) for any other expression."""
    if row is None or row[0] != E_CALL:
        return 0, ()
    _, callee, arguments, _ = row
    return callee, arguments
