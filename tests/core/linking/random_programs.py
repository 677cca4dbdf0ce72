"""Random valid programs, and what is known of them because of how they were written: where their definitions begin and
end.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random
from typing import NamedTuple

from tests.core.linking.random_expressions import NAMES, Expressions, Place

TYPES = ("A", "'A'", "list[B]", "x.A | None", "'list[g.B]'", "int", "f()", "*x")
METHODS = ("f", "g", "__init__", "__call__", "__enter__", "__iter__", "__getattr__", "x", "_h", "été")


class Written(NamedTuple):
    """A definition as it was written: lines are 1-based, ``first`` is the first decorator's, ``last`` the last one of
    the body.
    """

    qualname: str
    first: int
    header: int
    last: int


@dataclass(frozen=True, slots=True)
class Around:
    """Where a statement stands: the indentation, the prefix of names defined there, what is allowed, whether the
    function has a parameter ``x``.
    """

    indent: str = ""
    prefix: str = ""
    kind: str = "module"
    place: Place = field(default_factory=Place)
    loop: bool = False
    returns: str = ""
    depth: int = 0
    bound: bool = False

    def below(self, step: str, **changes: object) -> Around:
        """A block of this one's scope."""
        return replace(self, indent=self.indent + step, depth=self.depth + 1, **changes)  # type: ignore[arg-type]


class RandomProgram:
    """One file. ``text`` has plain line ends; ``definitions`` are in order of position."""

    def __init__(
        self, random: Random, modules: tuple[str, ...], size: int, *, newer: bool, head: str = "", step: str = "    "
    ) -> None:
        self.random, self.modules, self.newer, self.step = random, modules, newer, step
        self.expressions = Expressions(random)
        self.text, self.last = head, 0
        self.definitions: list[Written] = []
        self.counts: dict[str, int] = {}
        self.left = size
        if random.random() < 0.3:
            self.line("", random.choice(('"""Doc."""', "'''A text.\n\n  More.\n'''", "r'''\n'''")))
        while self.left > 0:
            self.statement(Around(place=Place(newer=newer)))
        if random.random() < 0.2:
            self.text = self.text.rstrip("\n")

    # Lines

    @property
    def number(self) -> int:
        """The line that is written next."""
        return self.text.count("\n") + 1

    def line(self, indent: str, text: str) -> None:
        """A logical line, and what may stand around it without meaning anything."""
        chance = self.random
        if chance.random() < 0.15:
            self.text += chance.choice(("\n", "# def no(): pass\n", "   # (\n", "\t\n", "\x0c\n", "#\x0c\x1c\u2028\n"))
        self.text += indent + text
        self.last = self.number
        self.text += chance.choice(
            ("\n",) * 8
            + (" # why\n", "  \n", ";\n" if text[-1] not in ":\\" and not text.startswith("@") else "\n", "\n\n")
        )

    def expression(self, around: Around, **changes: object) -> str:
        return self.expressions.expression(replace(around.place, **changes))  # type: ignore[arg-type]

    # Statements

    def block(self, around: Around, least: int = 1) -> None:
        for _ in range(self.random.randint(least, 3)):
            self.statement(around)

    def statement(self, around: Around) -> None:
        self.left -= 1
        chance = self.random
        if around.depth > 4 or self.left < -60 or chance.random() < 0.55:
            self.line(around.indent, self.simple(around))
            return
        kinds = (
            self.function,
            self.function,
            self.function,
            self.class_,
            self.class_,
            self.branch,
            self.loop,
            self.guarded,
            self.caught,
            self.matched,
            self.suite,
        )
        chance.choice(kinds)(around)

    def simple(self, around: Around) -> str:
        chance, name = self.random, self.random.choice(NAMES)
        shapes = [
            lambda: f"{self.expressions.target(around.place)} = {self.expression(around)}",
            lambda: f"{name} = {self.expressions.name()} = {self.expression(around)}",
            lambda: f"{name} {chance.choice(('+', '//', '@'))}= {self.expression(around)}",
            lambda: self.expressions.expression(around.place),
            lambda: f"{self.expressions.primary(around.place)}({self.expressions.arguments(around.place)})",
            lambda: f"{self.expressions.primary(around.place)}.{name}({self.expressions.arguments(around.place)})",
            lambda: f"del {name}.{name}, {name}[{self.expression(around)}]",
            lambda: f"assert ({self.expression(around)}), {self.expression(around)}",
            lambda: f"raise {self.expressions.primary(around.place)} from {self.expressions.primary(around.place)}",
            lambda: f"pass; {name}.{name}()",
            self.imported,
            lambda: f"x = \\\n{self.expression(around)}",
        ]
        if around.kind in ("module", "class"):
            shapes.append(lambda: f"x: {self.annotation()} = {self.expression(around)}")
        if around.kind == "module":
            shapes.append(lambda: f"from {chance.choice(self.modules)} import *")
            shapes.append(lambda: f"__all__ = {chance.sample(NAMES, 3)}")
        if around.loop:
            shapes += [lambda: "break", lambda: "continue"]
        if around.returns:
            value = around.returns == "value"
            shapes += [lambda: f"return {self.expression(around)}" if value else "return"] * 3
        if self.newer and around.kind != "function":
            shapes.append(lambda: f"type {name} = {chance.choice(('list[A]', 'A | B'))}")
        return chance.choice(shapes)()

    def imported(self) -> str:
        chance, name = self.random, self.random.choice(NAMES)
        module = chance.choice(self.modules)
        shapes = (
            f"import {module}", f"import {module} as {name}, os.path", f"from {module} import {name}",
            f"from {module} import ({name},\n  g as x, # c\n)",
            f"from . import {name}", f"from .{module.rpartition('.')[2]} import {name} as y",
            f"from .. import {module.partition('.')[0]}",
        )  # fmt: skip
        return chance.choice(shapes)

    def suite(self, around: Around) -> None:
        """A compound statement on one line."""
        head = self.random.choice(("if {}", "while {}", "with {}", "for x in {}")).format(
            f"({self.expression(around)})"
        )
        self.line(around.indent, f"{head}: {self.expressions.name()} = ({self.expression(around)}); pass")

    def branch(self, around: Around) -> None:
        inside = around.below(self.step)
        self.line(
            around.indent, f"if {self.random.choice(('', 'not ', 'isinstance(x, A) and '))}{self.expression(around)}:"
        )
        self.block(inside)
        while self.random.random() < 0.3:
            self.line(around.indent, f"elif ({self.expression(around)}):")
            self.block(inside)
        if self.random.random() < 0.4:
            self.line(around.indent, "else:")
            self.block(inside)

    def loop(self, around: Around) -> None:
        word = "async for" if around.place.awaits and self.random.random() < 0.4 else "for"
        heads = (
            f"while ({self.expression(around)}):",
            f"{word} {self.expressions.target(around.place)} in {self.expression(around)}:",
            f"{word} x, y in *{self.expressions.name()}, 1:",
        )
        self.line(around.indent, self.random.choice(heads))
        self.block(around.below(self.step, loop=True))
        if self.random.random() < 0.3:
            self.line(around.indent, "else:")
            self.block(around.below(self.step))

    def guarded(self, around: Around) -> None:
        word = "async with" if around.place.awaits and self.random.random() < 0.5 else "with"
        first, second = self.expression(around), self.expression(around)
        heads = (
            f"{first}",
            f"({first}) as x, ({second})",
            f"(\n ({first}) as x,\n  ({second}) as (y, z),\n)",
            f"({first}) as x.y",
        )
        self.line(around.indent, f"{word} {self.random.choice(heads)}:")
        self.block(around.below(self.step))

    def caught(self, around: Around) -> None:
        inside, star = around.below(self.step), self.random.random() < 0.15
        self.line(around.indent, "try:")
        self.block(inside)
        ended = self.random.random() < 0.2
        for _ in range(0 if ended else self.random.randint(1, 2)):
            self.line(
                around.indent,
                f"except{'*' if star else ''} ({self.expression(around)}){self.random.choice(('', ' as x'))}:",
            )
            self.block(replace(inside, loop=False, returns="") if star else inside)
        if not ended and self.random.random() < 0.4:
            self.line(around.indent, "else:")
            self.block(inside)
        if ended or self.random.random() < 0.3:
            self.line(around.indent, "finally:")
            self.block(inside)

    def matched(self, around: Around) -> None:
        self.line(around.indent, f"match {self.expression(around)}:")
        inside = around.below(self.step)
        for _ in range(self.random.randint(1, 3)):
            guard = self.random.choice(("", "", f" if ({self.expression(around)})"))
            self.line(inside.indent, f"case {self.pattern(0)}{guard}:")
            self.block(inside.below(self.step))
        if self.random.random() < 0.3:
            self.line(inside.indent, self.random.choice(("case _:", "case y:")))
            self.block(inside.below(self.step))

    def pattern(self, depth: int) -> str:
        """Refutable, with no name bound twice."""
        inner = "1" if depth > 1 else self.pattern(depth + 1)
        shapes = (
            "1",
            "-1.5",
            "'a' 'b'",
            "None",
            "x.A",
            f"[{inner}, *_]",
            f"({inner}, b{depth})",
            f"A({inner}, f={inner})",
            f"{{'k': {inner}, **r{depth}}}",
            f"({inner}) as c{depth}",
            "1 | 'a' | x.B()",
            "[]",
        )
        pattern = self.random.choice(shapes)
        return pattern if "f=" not in pattern or not any(c in inner for c in "bcr") else "A()"

    # Definitions

    def decorators(self, around: Around) -> int:
        """Write some; the line of the first, 0 without any."""
        first = 0
        while self.random.random() < 0.3:
            call = f"{self.expressions.name()}({self.expressions.arguments(around.place)})"
            shapes = (
                "property", "staticmethod", "classmethod", "x.setter", self.expressions.name(), call, f"(\n {call}\n)",
                f"\\\n{call}",
                f"({self.expression(around)})", f" {call}.f[0]",
            )  # fmt: skip
            shape = self.random.choice(shapes)
            self.line(around.indent, f"@{shape}")
            first = first or self.last - shape.count("\n")
        return first

    def begin(self, around: Around, name: str, first: int, header: str) -> int:
        """Write a definition's header; its place among the definitions."""
        plain = around.prefix + ("fi" if name == "ﬁ" else name)
        count = self.counts[plain] = self.counts.get(plain, 0) + 1
        qualname = plain if count == 1 else f"{plain}#{count}"
        self.line(around.indent, header)
        line = self.last - header.count("\n")
        self.definitions.append(Written(qualname, first or line, line, 0))
        return len(self.definitions) - 1

    def end(self, place: int) -> None:
        self.definitions[place] = self.definitions[place]._replace(last=self.last)

    def types(self) -> str:
        if not self.newer or self.random.random() < 0.5:
            return ""
        return self.random.choice(("[T]", "[T: A, *Ts, **P]", "[T: (A, B)]"))

    def annotation(self) -> str:
        return self.random.choice(TYPES[:-1])

    def parameters(self, around: Around, method: bool) -> list[str]:
        """What stands between the parentheses, part by part."""
        chance = self.random
        outer = replace(around, place=replace(around.place, binds=False, yields=False, awaits=False))
        shapes = (
            "x",
            f"x: {self.annotation()}",
            f"x: {self.annotation()} = {self.expression(outer)}",
            f"x={self.expression(outer)}",
        )
        rest = (
            "*y",
            "**y",
            f"*, y: {self.annotation()}=1",
            "/, y=1",
            f"*y: {chance.choice(TYPES)}",
            f"*_, y={self.expression(outer)}",
        )
        parameters = ["self"] if method else []
        parameters += [chance.choice(shapes)] if chance.random() < 0.7 else []
        parameters += [chance.choice(rest)] if chance.random() < 0.3 else []
        return ["a", *parameters] if parameters and parameters[0].startswith("/") else parameters

    def function(self, around: Around) -> None:
        chance, method = self.random, around.kind == "class"
        kind = chance.choice(("value", "value", "value", "generator", "async", "async generator"))
        first = self.decorators(around)
        name = chance.choice(METHODS if method else NAMES)
        parameters = self.parameters(around, method)
        between = chance.choice((", ", ", ", ",\n  ", ", # c: (\n"))
        returns = chance.choice(("", "", f" -> {self.annotation()}"))
        header = f"{'async ' if 'async' in kind else ''}def {name}{self.types()}({between.join(parameters)}){returns}:"
        if chance.random() < 0.1:
            self.end(
                self.begin(
                    around, name, first, header + chance.choice((" ...", " pass; x = f()", " return g('''\n''')"))
                )
            )
            return
        place = self.begin(around, name, first, header)
        inside = Around(
            around.indent + self.step, self.definitions[place].qualname + ".", "function",
            Place(awaits="async" in kind, yields="generator" in kind, newer=self.newer),
            returns="bare" if kind == "async generator" else "value",
            depth=around.depth + 1, bound=any(p.startswith("x") for p in parameters),
        )  # fmt: skip
        self.start(inside, declares=around.bound and not parameters)
        self.block(inside)
        if inside.place.yields:
            self.line(inside.indent, "yield")
        self.end(place)

    def start(self, inside: Around, *, declares: bool) -> None:
        """What can only stand where a function begins."""
        chance = self.random
        if chance.random() < 0.2:
            self.line(inside.indent, chance.choice(('"""Doc."""', "'''Doc\n\n  more: def f()\n'''", "f'no doc'")))
        if chance.random() < 0.15:
            self.line(inside.indent, "global _h, g")
        elif declares and chance.random() < 0.4:
            self.line(inside.indent, "nonlocal x")

    def class_(self, around: Around) -> None:
        chance = self.random
        first = self.decorators(around)
        name = chance.choice(("A", "B", "f", "été"))
        bases = chance.choice(("", "()", "(A)", "(x.B, metaclass=f)", "(B[int], g(),\n  k=1)", "(\n # c\n)", "(*x)"))
        header = f"class {name}{self.types()}{bases}:"
        if chance.random() < 0.15:
            self.end(
                self.begin(around, name, first, header + chance.choice((" pass", " x = f(); y = 1", " '''Doc\n'''")))
            )
            return
        place = self.begin(around, name, first, header)
        inside = Around(
            around.indent + self.step,
            self.definitions[place].qualname + ".",
            "class",
            Place(newer=self.newer),
            depth=around.depth + 1,
        )
        if chance.random() < 0.2:
            self.line(inside.indent, '"""Doc.\n\n    class Fake: ...\n    """')
        self.block(inside)
        self.end(place)
