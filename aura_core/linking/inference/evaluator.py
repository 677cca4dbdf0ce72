"""What an expression stands for: names through scopes, imports and re-exports, attributes through classes, calls
through what functions return.

Chains are of bounded depth, and the remaining depth is part of every memo's key. What is remembered of another file
comes with the keys that were read for it; in the file that is being linked a key that was read once is read. The
answer and its reads depend on nothing but the tree.
"""

from __future__ import annotations

from typing import Any

from aura_core.linking.dependency_keys import KEY_NAME
from aura_core.linking.inference import containers
from aura_core.linking.inference.calls import Calls
from aura_core.linking.inference.members import Members
from aura_core.linking.inference.state import NO_FLOWS, NOTHING, WIDTH
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    AWAITED,
    FUTURES,
    GENERIC_CONTAINERS,
    TYPES,
    Ref,
    Refs,
    instance_type,
    mapping,
    unique,
)
from aura_core.parsing.python.ir import (
    E_ATTR,
    E_BINARY,
    E_BOUND,
    E_CALL,
    E_CLASS,
    E_CONST,
    E_DICT,
    E_EACH,
    E_ENTER,
    E_FUNCTION,
    E_GENERIC,
    E_IN,
    E_INSTANCE,
    E_ITEM,
    E_MANY,
    E_NAME,
    E_REST,
    E_SEQUENCE,
    E_STAR,
    E_SUPER,
    E_TYPE,
    E_TYPED,
    E_UNION,
)  # fmt: skip


class Evaluator(Members, Calls):
    """Evaluates expressions of one tree."""

    def evaluate(self, file: SourceFile, scope: int, place: int, depth: int) -> Refs:
        """The values of an expression, in order, without repeats."""
        if not place or depth <= 0:
            return NOTHING
        key = scope, place, depth
        if file is not self.own:
            return self.elsewhere(file.memos[self.plain], key, self._values, file, *key)
        hit: tuple[Refs, tuple[int, ...]] | None = self.memo.get(
            key
        )  # what ``here`` does, without a call: nothing is asked more often
        if hit is not None:
            if hit[1]:
                self.trail += hit[1]
            return hit[0]
        mark = len(self.trail)
        found = self._row(file, scope, place, depth)
        out: Refs = tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))[:WIDTH]
        self.memo[key] = out, self.flowed(mark) if len(self.trail) != mark else NO_FLOWS
        return out

    def _values(self, file: SourceFile, scope: int, place: int, depth: int) -> Refs:
        found = self._row(file, scope, place, depth)
        return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))[:WIDTH]

    def _row(self, file: SourceFile, scope: int, place: int, depth: int) -> Any:
        row = file.exprs[place]
        op = row[0]
        if op == E_NAME:
            return self.name(file, scope, row[1], depth)
        if op == E_BOUND:
            bindings = file.scopes[scope][3][row[1]]
            if scope == 0:
                self.read(KEY_NAME, file.path, row[1])
            return self.bindings(file, scope, [bindings[i] for i in row[2:]], depth - 1)
        if op == E_ATTR:
            return [
                r for base in self.evaluate(file, scope, row[1], depth) for r in self.attribute(base, row[2], depth)
            ]
        if op == E_CONST:
            return (("k", row[1]),)
        if op == E_TYPE:
            return (("t", row[1]),)
        if op == E_IN:
            return self.evaluate(file, row[1], row[2], depth)
        if op == E_UNION:
            return [r for e in row[1:] for r in self.evaluate(file, scope, e, depth)]
        return self._rare(file, scope, place, row, depth)

    def _rare(self, file: SourceFile, scope: int, place: int, row: Any, depth: int) -> Any:
        op = row[0]
        if self.plain:
            return self.evaluate(file, scope, row[1], depth) if op == E_GENERIC else NOTHING
        if op == E_CALL:
            return self.called(file, scope, place, depth)
        if op in (E_SEQUENCE, E_DICT, E_MANY):
            return (("l", file.path, scope, place),)
        if op == E_FUNCTION:
            return (("f", file.path, row[1], None),)
        if op == E_CLASS:
            return (("c", file.path, file.class_name(row[1]), 1),)
        if op == E_INSTANCE:
            return self.instances(file, scope, row[1], depth)
        if op == E_TYPED:
            return self._declared(self.evaluate(file, scope, row[2], depth), self.instances(file, scope, row[1], depth))
        if op == E_GENERIC:
            return self.evaluate(file, scope, row[1], depth)
        return self._derived(file, scope, place, row, depth)

    def _declared(self, values: Refs, declared: list[Ref]) -> Any:
        """What a value with an annotation is: the annotation where nothing is known of the value, and what it says
        that a container will hold.
        """
        if all(v[0] in "xy" for v in values):
            return declared or values
        return [*values, *(r for r in declared if r[0] == "n")] if any(v[0] in "ln" for v in values) else values

    def _derived(self, file: SourceFile, scope: int, place: int, row: Any, depth: int) -> Any:
        op = row[0]
        if op == E_SUPER:
            around = file.class_around(scope)
            if around is None:
                return NOTHING
            named = [r for r in self.evaluate(file, scope, row[1], depth) if r[0] == "c"]
            start = named[0][1:3] if len(named) == 1 else (file.path, around)
            return (("s", *start, ("i", file.path, around, 0)),)
        values = self.evaluate(file, scope, row[1], depth)
        if op == E_ITEM:
            keys = self.evaluate(file, scope, row[2], depth)
            known = [k[1] for k in keys if k[0] == "k"]
            wanted = known if known and len(known) == len(keys) else [None]
            return [r for v in values for k in wanted for r in containers.item(self, v, k, depth)]
        if op == E_EACH:
            return [r for v in values for r in containers.each(self, v, depth)]
        if op == E_REST:
            return [r for v in values for r in containers.rest(self, v, row[2], row[3], depth)]
        if op == E_ENTER:
            return [r for v in values for r in self._entered(v, depth)]
        if op == E_STAR:
            return values
        if op == E_BINARY:
            return self._operated(file, scope, place, values, depth)
        return NOTHING

    def _operated(self, file: SourceFile, scope: int, place: int, values: Refs, depth: int) -> list[Ref]:
        method = file.exprs[place][2]
        out: list[Ref] = []
        for value in values:
            if value[0] == "i":
                for function in self.attribute(value, method, depth - 1):
                    out += self.call(function, depth - 1)
            elif value[0] in "kt":
                out.append(("t", instance_type(value)))
            elif value[0] in "ln":
                out.append(("l", file.path, scope, place, containers.type_name(self, value)))
        return out

    def _entered(self, value: Ref, depth: int) -> Any:
        if value[0] == "g":
            return containers.each(self, value, depth)
        if value[0] != "i":
            return (value,) if value[0] == "y" else NOTHING
        methods = self.attribute(value, "__enter__", depth - 1) or self.attribute(value, "__aenter__", depth - 1)
        return [r for method in methods for r in self.call(method, depth - 1)]

    def instances(self, file: SourceFile, scope: int, place: int, depth: int) -> list[Ref]:
        """Values of an annotated type."""
        row = file.exprs[place]
        if row is None:
            return []
        if row[0] == E_UNION:
            return [r for e in row[1:] for r in self.instances(file, scope, e, depth)]
        if row[0] == E_GENERIC:
            return self._generic(file, scope, row, depth)
        out: list[Ref] = []
        for kind in self.evaluate(file, scope, place, depth):
            if kind[0] == "c":
                out.append(("i", kind[1], kind[2], 0))
            elif kind[0] == "x":
                last = kind[1].rpartition(".")[2]
                if kind[1].startswith("builtins.") and last in TYPES and last != "object":
                    out.append(("t", last))
                elif last in ("Self",) and (around := file.class_around(scope)) is not None:
                    out.append(("i", file.path, around, 0))
                elif last != "Callable" and not kind[1].startswith(("typing", "builtins.")):
                    out.append(("y", kind[1]))
        return out

    def _generic(self, file: SourceFile, scope: int, row: Any, depth: int) -> list[Ref]:
        out: list[Ref] = []
        for kind in self.evaluate(file, scope, row[1], depth):
            if kind[0] == "c":
                out.append(("i", kind[1], kind[2], 0))
            elif kind[0] == "x":
                last = kind[1].rpartition(".")[2]
                if last in ("type", "Type"):
                    out += [
                        ("c", r[1], r[2], 0)
                        for e in row[2:]
                        for r in self.instances(file, scope, e, depth)
                        if r[0] == "i"
                    ]
                elif last in GENERIC_CONTAINERS:
                    out.append(self._container(file, scope, GENERIC_CONTAINERS[last], row[2:], depth))
                elif last == "Callable":
                    given = unique(self.instances(file, scope, row[-1], depth))
                    out += [("v", given)] if given else []
                elif last in AWAITED:
                    out += self.instances(file, scope, row[-1], depth)
                    out += [("y", kind[1])] if last in FUTURES else []
                elif not kind[1].startswith("typing"):
                    out.append(("y", kind[1]))
        return out

    def _container(self, file: SourceFile, scope: int, kind: str, arguments: Any, depth: int) -> Ref:
        """A container of an annotated type."""
        given = [unique(self.instances(file, scope, e, depth))[:WIDTH] for e in arguments]
        if kind == "dict":
            return mapping(*given) if len(given) == 2 else ("n", kind, ())
        if kind == "tuple" and len(given) > 1 and all(arguments):
            return "n", kind, (), tuple(given)
        return "n", kind, unique(r for some in (given if kind == "tuple" else given[:1]) for r in some)
