"""Random expressions that any Python from 3.11 on compiles where they stand, newer spellings only when asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

NAMES = ("f", "g", "A", "B", "x", "y", "_h", "été", "数", "ﬁ")
"""The last one is spelt otherwise once Python has read it."""

TEXTS = (
    "''", '"a"', "b'\\x00'", "r'\\d'", "u'é'", "'''two\nlines'''", '"""\ndef fake():\n  return f()\n"""', "'a' 'b'",
    '"\\N{BULLET}"', "'\x0c\x0b\x1c'", "'\u2028\x85'",
    "'# no comment'", "'do_'", "'\\\n'", "rb'''\n\\d'''", "'\\ud800'",
)  # fmt: skip
LIBRARY = (
    "dict", "list", "set", "tuple", "zip", "enumerate", "map", "filter", "sorted", "reversed", "max", "iter", "next",
    "len", "type", "getattr",
    "defaultdict", "partial",
)  # fmt: skip
METHODS = (
    "append",
    "extend",
    "update",
    "setdefault",
    "items",
    "values",
    "keys",
    "pop",
    "popitem",
    "get",
    "copy",
    "sort",
    "insert",
)
OPERATORS = ("+", "-", "*", "@", "//", "%", "**", "<<", "|", "^", "&", "/")
COMPARED = ("==", "!=", "<", ">=", "in", "not in", "is", "is not")


@dataclass(frozen=True, slots=True)
class Place:
    """What may stand where an expression stands."""

    awaits: bool = False
    yields: bool = False
    binds: bool = True
    newer: bool = False
    depth: int = 0

    def inner(self) -> Place:
        """One level further in."""
        return replace(self, depth=self.depth + 1)

    def apart(self) -> Place:
        """In a scope of its own, which may bind nothing outside."""
        return Place(newer=self.newer, binds=False, depth=self.depth + 1)


class Expressions:
    """Makes expressions; everything follows from the random numbers."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def name(self) -> str:
        return self.random.choice(NAMES)

    def expression(self, place: Place) -> str:
        """An expression that may stand anywhere but on the left of something."""
        chance = self.random
        if place.depth > 2 or chance.random() < 0.25:
            return chance.choice(
                (self.name(), self.name(), "1", "0x_ff", "1.5j", "None", "...", "True", chance.choice(TEXTS))
            )
        kinds = (
            self._call, self._call, self._call, self._access, self._access, self._display, self._comprehension,
            self._operation, self._lambda,
            self._conditional, self._formatted, self._item, self._bound, self._suspended, self._library, self._library,
        )  # fmt: skip
        return chance.choice(kinds)(place.inner())

    def primary(self, place: Place) -> str:
        """An expression that attributes, calls and items may follow."""
        chance = self.random
        if place.depth > 2 or chance.random() < 0.6:
            return self.name()
        return chance.choice(
            (
                self._call(place.inner()),
                self._access(place.inner()),
                f"({self.expression(place)})",
                self._item(place.inner()),
            )
        )

    def target(self, place: Place) -> str:
        """Something to assign to."""
        chance = self.random
        simple = (
            self.name(),
            self.name(),
            f"{self.name()}.{self.name()}",
            f"{self.primary(place.inner())}[{self.expression(place.inner())}]",
        )
        first, second = chance.choice(simple), chance.choice(simple)
        return chance.choice(
            (first, first, first, f"{first}, {second}", f"({first}, *{second})", f"[{first}]", f"{first},")
        )

    def arguments(self, place: Place) -> str:
        """What stands between a call's parentheses, over several lines or not."""
        chance = self.random
        parts = [chance.choice(("", "", "", "*")) + self.expression(place) for _ in range(chance.randint(0, 2))]
        parts += [
            f"{name}={self.expression(place)}" for name in chance.sample(("x", "y", "key"), chance.choice((0, 0, 1, 2)))
        ]
        parts += ["**" + self.primary(place)] if chance.random() < 0.1 else []
        if not parts and chance.random() < 0.1:
            return self._generator(place)
        between = chance.choice((", ", ", ", ",", ",\n  ", ", # comment (\n", ",\n\n\t"))
        return between.join(parts) + (chance.choice(("", ",", ",\n")) if parts else chance.choice(("", "", " ", "\n")))

    def _call(self, place: Place) -> str:
        return f"{self.primary(place)}({self.arguments(place)})"

    def _library(self, place: Place) -> str:
        """A call of something that comes with Python, or of a container's method."""
        chance = self.random
        callee = chance.choice((chance.choice(LIBRARY), f"{self.primary(place)}.{chance.choice(METHODS)}"))
        return f"{callee}({self.arguments(place)})"

    def _access(self, place: Place) -> str:
        return self.primary(place) + self.random.choice((".", ".", ".", " . ", ".\\\n")) + self.name()

    def _item(self, place: Place) -> str:
        e = self.expression(place)
        base = self.primary(place)
        key = self.random.choice((e, e, f"{e}:", f"::{e}", f"{e}, *{self.name()}", f"({e}):1, 2"))
        return f"{base}[{key}]"

    def _display(self, place: Place) -> str:
        e, other = self.expression(place), self.expression(place)
        return self.random.choice(
            (
                f"[{e}, {other}]",
                f"({e}, {other})",
                f"{{{e}, *{self.name()}}}",
                f"{{{e}: {other}, **{self.name()}}}",
                "()",
                "{}",
                f"[\n{e}\n]",
            )
        )

    def _generator(self, place: Place) -> str:
        """A comprehension's inside."""
        chance = self.random
        inner = replace(place.inner(), yields=False, binds=False, awaits=False)
        first = replace(place.inner(), yields=False, binds=False)
        word = "async for" if place.awaits and chance.random() < 0.3 else "for"
        variable = chance.choice(("i", "i, j", "(i, *j)", "i.x", "i[0]"))
        rest = chance.choice(
            (
                "",
                "",
                f" if {self.expression(inner)}",
                f" for j in ({self.expression(inner)}) if j if ({self.expression(inner)})",
            )
        )
        return f"({self.expression(inner)}) {word} {variable} in ({self.expression(first)}){rest}"

    def _comprehension(self, place: Place) -> str:
        inside = self._generator(place)
        return self.random.choice((f"[{inside}]", f"({inside})", f"{{{inside}}}", f"{{{self.name()}: {inside}}}"))

    def _operation(self, place: Place) -> str:
        chance = self.random
        left, right = f"({self.expression(place)})", f"({self.expression(place)})"
        shapes = (
            f"{left} {chance.choice(OPERATORS)} {right}", f"{left} {chance.choice(COMPARED)} {right}",
            f"{left} < {right} < {self.name()}",
            f"{left} and {right} or {self.name()}", f"not {left}", f"-{left}", f"~{left}", f"({left}\n  + {right})",
        )  # fmt: skip
        return f"({chance.choice(shapes)})"

    def _lambda(self, place: Place) -> str:
        shapes = (
            "",
            "i",
            "i, /, j=1",
            "*i, j",
            "**i",
            f"i=({self.expression(replace(place, yields=False, binds=False))})",
        )
        return f"(lambda {self.random.choice(shapes)}: {self.expression(place.apart())})"

    def _conditional(self, place: Place) -> str:
        return f"({self.expression(place)} if {self.expression(place)} else {self.expression(place)})"

    def _bound(self, place: Place) -> str:
        return f"({self.name()} := {self.expression(place)})" if place.binds else self.name()

    def _suspended(self, place: Place) -> str:
        if place.awaits:
            return f"(await {self.primary(place)})"
        return self.random.choice(("(yield)", f"(yield {self.expression(place)})")) if place.yields else self.name()

    def _formatted(self, place: Place) -> str:
        """An f-string; what it holds has quotes and breaks only where PEP 701 is known."""
        chance = self.random
        if place.newer and chance.random() < 0.5:
            return f'f"{{ ({self.expression(place)}) !r:>{{ ({self.expression(place)}) }}}}"'
        name = chance.choice((self.name(), f"{self.name()}()", f"{self.name()}.f(x)", f"{self.name()}[0]"))
        shapes = (
            f"f'{{{name}}}'",
            f"f'a{{{name}!r}}b{{{name}:>{{{name}}}}}'",
            f"rf'''{{{name}=}}\n\\{{{{'''",
            f"'a' f'{{{name}}}' 'b'",
            f'f"""\n{{\n{name}\n}}\n"""',
        )
        return chance.choice(shapes)
