"""The summary of a file: what it offers to others, from its own facts only, as values of dependency keys.

Values are hashes of texts. The texts spell expressions without places of tables, so that equal texts mean the same and
a value survives edits of other lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final

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
from aura_core.parsing.python.ir import (
    B_CLASS,
    B_FROM,
    B_FUNCTION,
    B_IMPORT,
    B_PARAM,
    B_VALUE,
    C_CALL,
    C_DECORATE,
    E_ATTR,
    E_BINARY,
    E_BOUND,
    E_CALL,
    E_CLASS,
    E_CONST,
    E_FUNCTION,
    E_IN,
    E_MANY,
    E_NAME,
    E_REST,
    E_SEQUENCE,
    E_TYPE,
    Binding,
    Expr,
)

GENERIC: Final = frozenset({("y", "functools.singledispatch()"), ("y", "functools.singledispatchmethod()")})
"""What decorators make of a function that others can be registered with: a call of it may go to any of those."""

Seed = tuple[int, int]
"""(scope, expression)"""


class Summary:
    """The values of the keys that one file owns. Each is computed when it is asked for first, then remembered."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self._values: dict[Key, int] = {}
        self._speller = _Speller(file)

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
        yield from ((KEY_STARS, path), (KEY_HAS_ALL, path))
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
        """By place of a function the scopes and expressions of what its ``register`` gets, in order, whether it is a
        generic function or not.
        """
        file = self.file
        registrations: dict[int, list[Seed]] = {}
        for scope, (kind, place, _, _) in file.call_sites():
            if kind in (C_CALL, C_DECORATE):
                name, implementation = _registration(file, file.exprs[place], decorates=kind == C_DECORATE)
                if name is not None and implementation:
                    for function in [b[1] for b in file.meant(scope, name) or () if b[0] == B_FUNCTION]:
                        registrations.setdefault(function, []).append((scope, implementation))
        return registrations

    def _name_value(self, name: str) -> int:
        _, _, _, bindings, final = self.file.scopes[MODULE_SCOPE]
        if name not in bindings:
            return 0
        return hash64(f"{final.get(name, '')}\n{self._speller.bindings(MODULE_SCOPE, bindings[name])}")

    def _stars_value(self) -> int:
        file = self.file
        modules = [file.absolute(level, module) for level, module in file.stars]
        return hash64(repr([file.sibling_prefix, *modules])) if modules else 0

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
    curried, _ = _call_parts(expr)
    if curried:
        expr = file.exprs[curried]
    if expr is None or expr[0] != E_ATTR:
        return None, 0
    _, base, attribute = expr
    if attribute != "register":
        return None, 0
    implementation = arguments[0] if decorates or curried else arguments[1] if len(arguments) > 1 else 0
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


class _Speller:
    """Spells expressions and bindings of one file without places of its tables: equal texts mean the same in the same
    scope.
    """

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self._texts: dict[int, str] = {}

    def text(self, place: int) -> str:
        """Spell an expression."""
        text = self._texts.get(place)
        if text is None:
            self._texts[place] = text = self._spell(self.file.exprs[place])
        return text

    def _spell(self, row: Any) -> str:
        if row is None:
            return "?"
        op, *operands = row
        spell = _EXPRESSIONS.get(op)
        if spell is not None:
            return spell(self, *operands)
        return f"{op}({','.join(self.text(place) if place >= 0 else '**' for place in operands)})"

    def texts(self, places: Iterable[int]) -> str:
        """Spell several expressions, with commas between."""
        return ",".join(map(self.text, places))

    def call(self, callee: int, arguments: Sequence[int], keywords: Sequence[Any]) -> str:
        """Spell a call. ``keywords`` alternate between a name and an expression."""
        by_name = [f"{name}={self.text(place)}" for name, place in zip(keywords[::2], keywords[1::2], strict=True)]
        return f"{self.text(callee)}({','.join([*map(self.text, arguments), *by_name])})"

    def function(self, place: int) -> str:
        """Spell what a function takes and gives."""
        *_, annotation, _ = self.file.functions[place]
        return f"{self.shape(place)} {self.text(annotation)}\n{self.closure(self.function_seeds(place))}"

    def shape(self, place: int) -> str:
        """Spell what a function takes, and how many of the expressions that belong to it are returned; the others are
        yielded.
        """
        _, _, flags, parameters, returns, *_ = self.file.functions[place]
        texts = [
            (name, kind, self.text(default), self.text(annotation)) for name, kind, default, annotation in parameters
        ]
        return f"{flags} {texts} {len(returns)}"

    def function_seeds(self, place: int) -> list[Seed]:
        """Return the expressions that say what a function gives."""
        _, scope, _, parameters, returns, yields, annotation, _ = self.file.functions[place]
        outer = self.file.parent(scope)
        return [
            *((scope, expr) for expr in (*returns, *yields)),
            *((outer, expr) for _, _, *exprs in parameters for expr in exprs),
            (outer, annotation),
        ]

    def binding(self, binding: Binding) -> str:
        """Spell a binding."""
        kind, *operands = binding
        spell = _BINDINGS.get(kind)
        return spell(self, *operands) if spell is not None else f"{kind} {tuple(operands[1:])}"

    def bindings(self, scope: int, bindings: Sequence[Binding]) -> str:
        """Spell some bindings of a scope with everything that they reach."""
        seeds = [(scope, expr) for binding in bindings for expr in bound_exprs(binding)]
        return "\n".join([*map(self.binding, bindings), self.closure(seeds)])

    def closure(self, seeds: Iterable[Seed]) -> str:
        """Spell expressions and every binding of an inner scope that they reach."""
        return _Closure(self).text([seed for seed in seeds if seed[1]])

    def function_binding(self, place: int, decorated: int) -> str:
        """Spell a function's definition."""
        _, _, flags, *_ = self.file.functions[place]
        return f"def {self.file.function_name(place)} {flags} {self.text(decorated)}"

    def from_binding(self, level: int, module: str, name: str) -> str:
        """Spell an import of a name."""
        return f"from {self.file.absolute(level, module)} {name} near {self.file.sibling_prefix}"


_EXPRESSIONS: dict[int, Callable[..., str]] = {
    E_NAME: lambda _, name: f"{E_NAME}{name!r}",
    E_CONST: lambda _, constant: f"{E_CONST}{constant!r}",
    E_TYPE: lambda _, *texts: f"{E_TYPE}{texts}",
    E_BOUND: lambda _, name, *numbers: f"{name}@{numbers}",
    E_ATTR: lambda spell, base, name: f"{spell.text(base)}.{name}",
    E_CALL: _Speller.call,
    E_SEQUENCE: lambda spell, kind, *elements: f"{E_SEQUENCE}{kind}[{spell.texts(elements)}]",
    E_MANY: lambda spell, kind, *elements: f"{E_MANY}{kind}[{spell.texts(elements)}]",
    E_FUNCTION: lambda spell, place: f"def {spell.file.function_name(place)}",
    E_CLASS: lambda spell, place: f"class {spell.file.class_name(place)}",
    E_IN: lambda spell, _, place: f"in({spell.text(place)})",
    E_BINARY: lambda spell, left, method, right: f"({spell.text(left)}{method}{spell.text(right)})",
    E_REST: lambda spell, sequence, start, end: f"{spell.text(sequence)}[{start}:{end}]",
}

_BINDINGS: dict[int, Callable[..., str]] = {
    B_FUNCTION: _Speller.function_binding,
    B_CLASS: lambda spell, place, _: f"class {spell.file.class_name(place)}",
    B_FROM: _Speller.from_binding,
    B_IMPORT: lambda spell, dotted_name: f"import {dotted_name} near {spell.file.sibling_prefix}",
    B_VALUE: lambda spell, expr: f"= {spell.text(expr)}",
}


def bound_exprs(binding: Binding) -> tuple[int, ...]:
    """Return the expressions of which a binding takes the value."""
    if binding[0] == B_VALUE:
        _, expr = binding
        return (expr,)
    if binding[0] == B_FUNCTION:
        _, _, decorated = binding
        return (decorated,) if decorated else ()
    return ()


class _Closure:
    """Follows names and lambdas from expressions to the bindings of inner scopes, each once. What a name of the module
    is bound to has keys of its own.
    """

    def __init__(self, speller: _Speller) -> None:
        self._speller, self._file = speller, speller.file
        self._lines: list[str] = []
        self._seen: set[object] = set()
        self._todo: list[Seed] = []

    def text(self, seeds: list[Seed]) -> str:
        """Spell everything that some expressions reach, a line for each expression and binding."""
        self._todo = seeds
        for scope, place in self._todo:  # it grows while it is walked
            self._lines.append(self._speller.text(place))
            for inner, op, operand in _names_in(self._file, scope, place):
                if op == E_FUNCTION:
                    self._follow_lambda(operand)
                else:
                    self._follow_name(inner, operand)
        return "\n".join(self._lines)

    def _follow_lambda(self, place: int) -> None:
        definition, *_ = self._file.functions[place]
        if place not in self._seen and definition < 0:
            self._seen.add(place)
            self._lines.append(f"lambda {self._speller.shape(place)}")
            self._todo += [(scope, expr) for scope, expr in self._speller.function_seeds(place) if expr]

    def _follow_name(self, scope: int, name: str) -> None:
        visible = self._file.visible(scope, name)
        if visible is None:
            return
        owner, _ = visible
        if (owner, name) in self._seen:
            return
        self._seen.add((owner, name))
        _, _, _, bindings, final = self._file.scopes[owner]
        spelled = "; ".join(map(self._speller.binding, bindings[name]))
        self._lines.append(f"{name} {final.get(name, '')}: {spelled}")
        for binding in bindings[name]:
            self._todo += [(owner, expr) for expr in bound_exprs(binding)]
            if binding[0] == B_PARAM:
                _, function, position, _ = binding
                self._follow_parameter(function, position)

    def _follow_parameter(self, function: int, position: int) -> None:
        _, scope, _, parameters, *_ = self._file.functions[function]
        _, _, *exprs = parameters[position]
        self._todo += [(self._file.parent(scope), expr) for expr in exprs if expr]


def _names_in(file: SourceFile, scope: int, place: int) -> Iterator[tuple[int, int, Any]]:
    """Yield (scope, operation, name or function place) of the names and functions in an expression."""
    todo = [(scope, place)]
    while todo:
        scope, place = todo.pop()
        row: Any = file.exprs[place] if place > 0 else None
        if row is None:
            continue
        op, *operands = row
        if op in (E_NAME, E_BOUND, E_FUNCTION):
            yield scope, op, operands[0]
        elif op == E_IN:
            inner, expr = operands
            todo.append((inner, expr))
        else:
            inside = _INSIDE.get(op)
            todo += [(scope, expr) for expr in (inside(*operands) if inside is not None else operands)]


_INSIDE: dict[int, Callable[..., Iterable[int]]] = {
    E_CALL: lambda callee, arguments, keywords: (callee, *arguments, *keywords[1::2]),
    E_SEQUENCE: lambda _, *elements: elements,
    E_MANY: lambda _, *elements: elements,
    E_ATTR: lambda base, _: (base,),
    E_REST: lambda sequence, *_: (sequence,),
    E_BINARY: lambda left, _, right: (left, right),
    E_CLASS: lambda *_: (),
    E_TYPE: lambda *_: (),
    E_CONST: lambda *_: (),
}
"""The expressions inside an expression, by its operation, where not all its operands are such."""
