"""Spells expressions and bindings of a file as text that holds no places of its tables, so that it survives edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from aura_core.linking.source_file import SourceFile
from aura_core.parsing.python.ir import (
    B_CLASS,
    B_FROM,
    B_FUNCTION,
    B_IMPORT,
    B_PARAM,
    B_VALUE,
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
)

Seed = tuple[int, int]
"""``(scope, expression)``: where spelling begins."""


class Speller:
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
        # all operands are expressions; a negative one is the key of ``**mapping`` in a dict
        return f"{op}({','.join(self.text(place) if place >= 0 else '**' for place in operands)})"

    def texts(self, places: Iterable[int]) -> str:
        """Spell several expressions, with commas between."""
        return ",".join(map(self.text, places))

    def call(self, callee: int, arguments: Sequence[int], keywords: Sequence[Any]) -> str:
        """Spell a call. ``keywords`` alternate between a name and an expression."""
        by_name = [f"{name}={self.text(place)}" for name, place in zip(keywords[::2], keywords[1::2], strict=True)]
        return f"{self.text(callee)}({','.join([*map(self.text, arguments), *by_name])})"

    def function(self, place: int) -> str:
        """Spell what a function takes, returns and yields."""
        *_, annotation, _ = self.file.functions[place]
        return f"{self.shape(place)} {self.text(annotation)}\n{self.closure(self.function_seeds(place))}"

    def shape(self, place: int) -> str:
        """Spell a function's flags, its parameters and the number of its ``return`` expressions. The number tells
        which of the expressions in ``function_seeds`` are returned and which are yielded.
        """
        _, _, flags, parameters, returns, *_ = self.file.functions[place]
        texts = [
            (name, kind, self.text(default), self.text(annotation)) for name, kind, default, annotation in parameters
        ]
        return f"{flags} {texts} {len(returns)}"

    def function_seeds(self, place: int) -> list[Seed]:
        """Return the expressions that a function's results depend on: returned, yielded, defaults and annotations."""
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
        # the folder belongs to the meaning, because a bare name may also import a neighbour in it
        return f"from {self.file.absolute(level, module)} {name} near {self.file.neighbourhood}"


_EXPRESSIONS: dict[int, Callable[..., str]] = {
    E_NAME: lambda _, name: f"{E_NAME}{name!r}",
    E_CONST: lambda _, constant: f"{E_CONST}{constant!r}",
    E_TYPE: lambda _, *texts: f"{E_TYPE}{texts}",
    E_BOUND: lambda _, name, *numbers: f"{name}@{numbers}",
    E_ATTR: lambda spell, base, name: f"{spell.text(base)}.{name}",
    E_CALL: Speller.call,
    E_SEQUENCE: lambda spell, kind, *elements: f"{E_SEQUENCE}{kind}[{spell.texts(elements)}]",
    E_MANY: lambda spell, kind, *elements: f"{E_MANY}{kind}[{spell.texts(elements)}]",
    E_FUNCTION: lambda spell, place: f"def {spell.file.function_name(place)}",
    E_CLASS: lambda spell, place: f"class {spell.file.class_name(place)}",
    E_IN: lambda spell, _, place: f"in({spell.text(place)})",
    E_BINARY: lambda spell, left, method, right: f"({spell.text(left)}{method}{spell.text(right)})",
    E_REST: lambda spell, sequence, start, end: f"{spell.text(sequence)}[{start}:{end}]",
}

_BINDINGS: dict[int, Callable[..., str]] = {
    B_FUNCTION: Speller.function_binding,
    B_CLASS: lambda spell, place, _: f"class {spell.file.class_name(place)}",
    B_FROM: Speller.from_binding,
    B_IMPORT: lambda spell, dotted_name: f"import {dotted_name} near {spell.file.neighbourhood}",
    B_VALUE: lambda spell, expr: f"= {spell.text(expr)}",
}


def bound_exprs(binding: Binding) -> tuple[int, ...]:
    """Return the expressions whose value a binding takes."""
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

    def __init__(self, speller: Speller) -> None:
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
        # only lambdas: a function with a name has a signature key of its own
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
"""By opcode, how to get the expressions inside an expression, where not all its operands are expressions."""
