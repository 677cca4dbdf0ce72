"""What an expression stands for: names through scopes, imports and re-exports, attributes through classes, calls through what functions return.

Chains are of bounded depth, the remaining depth is part of every memo's key, and a memo that is hit replays the keys that were read: the
answer and its reads depend on nothing but the tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aura_core.linking import containers
from aura_core.linking.summaries import Memo, SourceFile
from aura_core.linking.values import BUILTINS, GENERIC_CONTAINERS, TYPES, Ref, Refs, has_builtin_member, instance_type
from aura_core.linking.world import World
from aura_core.parsing.python_code import (
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
    F_CLASS,
    F_GENERATOR,
    F_PROPERTY,
    F_STATIC,
    P_ARGS,
    P_CLS,
    P_KWARGS,
    P_SELF,
)  # fmt: skip

DEPTH = 8
"""Longest chain of names, attributes and calls that is followed."""

EMPTY_BASES = frozenset({"builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC"})
"""Bases outside the tree that bring no members worth naming."""

WIDTH = 12
"""Most values that one expression may have."""

NOTHING: Refs = ()

Found = tuple[str, Any, int, Any]
"""``("b", file, scope, bindings)``, ``("a", file, 0, [scope, expr, …])`` or ``("x", None, 0, dotted)``."""


class Evaluator:
    """Evaluates expressions of one tree. ``plain`` leaves calls and inheritance out, which is what bases are resolved with.

    ``reads`` collects the numbers of the keys read. While ``own`` is set, values that flow inside that file (``heap``) are seen in it.
    """

    def __init__(self, world: World, *, plain: bool = False) -> None:
        self.world = world
        self.plain = plain
        self.reads: set[int] = set()
        self.own: SourceFile | None = None
        self.memo: Memo = {}
        self.heap: dict[tuple[Any, ...], dict[Ref, None]] = {}

    def read(self, *key: Any) -> None:
        """Record a key."""
        self.reads.add(self.world.keys.number(key))

    def flowing(self, *key: Any) -> Refs:
        """What is known to flow into something of the file that is being linked."""
        number = self.world.keys.number(("H", *key))
        self.reads.add(number)
        return tuple(self.heap.get(key, ()))

    # Expressions

    def evaluate(self, file: SourceFile, scope: int, place: int, depth: int) -> Refs:
        """The values of an expression, in order, without repeats."""
        if not place or depth <= 0:
            return NOTHING
        outside = self.own
        if file is outside:
            memo = self.memo
        else:
            memo, self.own = file.memos[self.plain], None
        key = scope, place, depth
        hit = memo.get(key)
        if hit is not None:
            self.reads.update(hit[1])
            self.own = outside
            return hit[0]
        saved, self.reads = self.reads, set()
        out = tuple(dict.fromkeys(self._row(file, scope, place, depth)))[:WIDTH]
        memo[key] = out, tuple(self.reads)
        saved |= self.reads
        self.reads, self.own = saved, outside
        return out

    def _row(self, file: SourceFile, scope: int, place: int, depth: int) -> Any:
        row = file.exprs[place]
        op = row[0]
        if op == E_NAME:
            return self.name(file, scope, row[1], depth)
        if op == E_BOUND:
            bindings = file.scopes[scope][3][row[1]]
            if scope == 0:
                self.read("N", file.path, row[1])
            return self.bindings(file, scope, [bindings[i] for i in row[2:]], depth - 1)
        if op == E_ATTR:
            return [r for base in self.evaluate(file, scope, row[1], depth) for r in self.attribute(base, row[2], depth)]
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
            return self.called(file, scope, row, depth)
        if op in (E_SEQUENCE, E_DICT, E_MANY):
            return (("l", file.path, scope, place),)
        if op == E_FUNCTION:
            return (("f", file.path, row[1], None),)
        if op == E_CLASS:
            return (("c", file.path, file.class_name(row[1]), 1),)
        if op == E_INSTANCE:
            return self.instances(file, scope, row[1], depth)
        if op == E_TYPED:
            values = self.evaluate(file, scope, row[2], depth)
            declared = self.instances(file, scope, row[1], depth)
            return values if any(v[0] not in "xy" for v in values) or not declared else declared
        if op == E_GENERIC:
            return self.evaluate(file, scope, row[1], depth)
        return self._derived(file, scope, row, depth)

    def _derived(self, file: SourceFile, scope: int, row: Any, depth: int) -> Any:
        op = row[0]
        if op == E_SUPER:
            around = file.class_around(scope)
            return (("s", file.path, around, ("i", file.path, around, 0)),) if around is not None else NOTHING
        values = self.evaluate(file, scope, row[1], depth)
        if op == E_ITEM:
            keys = self.evaluate(file, scope, row[2], depth)
            known = [k[1] for k in keys if k[0] == "k"]
            wanted = known if known and len(known) == len(keys) else [None]
            return [r for v in values for k in wanted for r in containers.item(self, v, k, depth)]
        if op == E_EACH:
            return [r for v in values for r in containers.each(self, v, depth)]
        if op == E_REST:
            return [r for v in values for r in containers.rest(self, v, row[2], depth)]
        if op == E_ENTER:
            return [r for v in values for r in self._entered(v, depth)]
        if op == E_STAR:
            return values
        if op == E_BINARY:
            return self._operated(file, scope, values, row, depth)
        return NOTHING

    def _operated(self, file: SourceFile, scope: int, values: Refs, row: Any, depth: int) -> list[Ref]:
        out: list[Ref] = []
        for value in values:
            if value[0] == "i":
                for method in self.attribute(value, row[2], depth - 1):
                    out += self.call(method, depth - 1)
            elif value[0] in "kt":
                out.append(("t", instance_type(value)))
            elif value[0] in "ln":
                out.append(value)
                out += self.evaluate(file, scope, row[3], depth)
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
                elif not kind[1].startswith(("typing", "builtins.")):
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
                    out += [("c", r[1], r[2], 0) for e in row[2:] for r in self.instances(file, scope, e, depth) if r[0] == "i"]
                elif last in GENERIC_CONTAINERS:
                    kind_of = GENERIC_CONTAINERS[last]
                    element = row[3:4] if kind_of == "dict" else row[2:3] if kind_of != "tuple" else row[2:]
                    elements = tuple(dict.fromkeys(r for e in element for r in self.instances(file, scope, e, depth)))[:WIDTH]
                    out.append(("n", kind_of, elements))
                elif not kind[1].startswith("typing"):
                    out.append(("y", kind[1]))
        return out

    # Names

    def name(self, file: SourceFile, scope: int, name: str, depth: int) -> Refs:
        """What a name means in a scope: inner scopes, the module, what it imports with a star, builtins."""
        found = file.visible(scope, name)
        if found is not None:
            return self.bindings(file, found[0], found[1], depth - 1)
        refs = self.exported(file, name, depth)
        if refs is None:
            return (("x", f"builtins.{name}"),) if name in BUILTINS else NOTHING
        return refs

    def exported(self, file: SourceFile, name: str, depth: int) -> Refs | None:
        """What a module binds a name to; None when it does not."""
        if depth <= 0:
            return NOTHING
        outside = self.own
        own = file is outside
        if not own:
            self.own = None
        memo: Any = self.memo if own else file.names[self.plain]
        key: Any = (-1, name, depth) if own else (name, depth)
        hit = memo.get(key)
        if hit is not None:
            self.reads.update(hit[1])
            self.own = outside
            found: Refs | None = hit[0]
            return found
        saved, self.reads = self.reads, set()
        self.read("N", file.path, name)
        bindings = file.reaching(0, name)
        out = self.bindings(file, 0, bindings, depth - 1) if bindings is not None else self._starred(file, name, depth)
        memo[key] = out, tuple(self.reads)
        saved |= self.reads
        self.reads, self.own = saved, outside
        return out

    def _starred(self, file: SourceFile, name: str, depth: int) -> Refs | None:
        """The last module that gives the name to ``import *`` wins, as it does at run time."""
        self.read("S", file.path)
        out = None
        for level, written in file.stars:
            path = self.path_of(self.module(file, file.absolute(level, written)))
            if not path or path == file.path:
                continue
            other = self.world.files[path]
            self.read("L", path)
            if other.all is not None:
                self.read("X", path, name)
            if name in other.all if other.all is not None else not name.startswith("_"):
                found = self.exported(other, name, depth - 1)
                out = found if found is not None else out
        return out

    def module(self, file: SourceFile, dotted: str) -> str:
        """The name under which the tree has a module; a file outside packages may also name its neighbours."""
        if self.path_of(dotted) is None and not file.module.inside:
            folder = file.module.name.rpartition(".")[0]
            if folder and self.path_of(f"{folder}.{dotted}") is not None:
                return f"{folder}.{dotted}"
        return dotted

    def path_of(self, dotted: str) -> str | None:
        """The path of a module, "" for a namespace folder, None for one outside the tree."""
        self.read("M", dotted)
        return self.world.modules.get(dotted)

    def imported(self, file: SourceFile, level: int, written: str, name: str, depth: int) -> Refs:
        """What ``from written import name`` binds: an attribute of the module, else a module below it."""
        dotted = self.module(file, file.absolute(level, written))
        path = self.path_of(dotted)
        if path:
            found = self.exported(self.world.files[path], name, depth - 1)
            if found is not None:
                return found
        below = f"{dotted}.{name}" if dotted else name
        if self.path_of(below) is not None:
            return (("m", below),)
        return (("x", below),) if path is None else NOTHING

    def bindings(self, file: SourceFile, scope: int, bindings: Any, depth: int) -> Refs:
        """What some bindings of a scope stand for."""
        outside = self.own
        if file is not outside:
            self.own = None
        out: dict[Ref, None] = {}
        for binding in bindings:
            out.update(dict.fromkeys(self._bound(file, scope, binding, depth)))
        self.own = outside
        return tuple(out)[:WIDTH]

    def _bound(self, file: SourceFile, scope: int, binding: Any, depth: int) -> Any:
        kind = binding[0]
        if kind == B_VALUE:
            return self.evaluate(file, scope, binding[1], depth)
        if kind == B_FUNCTION:
            plain = ("f", file.path, binding[1], None)
            if not binding[2] or self.plain:
                return (plain,)
            wrappers = self.evaluate(file, scope, binding[2], depth)
            return [*(r for r in wrappers if r[0] in "fci" and r != plain), plain]
        if kind == B_CLASS:
            return (("c", file.path, file.class_name(binding[1]), 1),)
        if kind == B_FROM:
            return self.imported(file, binding[1], binding[2], binding[3], depth)
        if kind == B_IMPORT:
            dotted = self.module(file, binding[1])
            return (("m", dotted),) if self.path_of(dotted) is not None else (("x", dotted),)
        return self._parameter(file, binding, depth) if kind == B_PARAM else NOTHING

    def _parameter(self, file: SourceFile, binding: Any, depth: int) -> Any:
        _, place, position, role = binding
        function = file.functions[place]
        outer = file.scopes[function[1]][2]
        if role in (P_SELF, P_CLS):
            return (("i" if role == P_SELF else "c", file.path, file.class_name(file.scopes[outer][1]), 0),)
        _, _, default, annotation = function[3][position]
        flowing = self.flowing(place, position) if self.own is file else NOTHING
        declared = self.instances(file, outer, annotation, depth) if annotation else []
        if role in (P_ARGS, P_KWARGS):
            elements = tuple(dict.fromkeys([*flowing, *declared]))[:WIDTH]
            return (("n", "tuple" if role == P_ARGS else "dict", elements),)
        return [*flowing, *declared, *self.evaluate(file, outer, default, depth)]

    # Attributes

    def attribute(self, base: Ref, name: str, depth: int) -> Any:
        """What an attribute of a value stands for."""
        kind = base[0]
        if kind == "m":
            return self._of_module(base[1], name, depth)
        if kind == "x":
            return (("x", f"{base[1]}.{name}"),)
        if kind == "y":
            return (("x", f"{base[1]}.{name}"),) if len(base[1]) < 80 else NOTHING
        if kind in "cis":
            return [r for found in self.lookup(base, name) for r in self.found(base, found, depth)]
        if kind == "l" or kind == "n":
            return (("e", base, name),)
        builtin = instance_type(base)
        if builtin is not None:
            return (("x", f"builtins.{builtin}.{name}"),) if has_builtin_member(f"builtins.{builtin}", name) else NOTHING
        return self.flowing("A", base[:3], name) if kind == "f" and self.own is not None and base[1] == self.own.path else NOTHING

    def _of_module(self, dotted: str, name: str, depth: int) -> Refs:
        path = self.path_of(dotted)
        if path:
            found = self.exported(self.world.files[path], name, depth - 1)
            if found is not None:
                return found
        below = f"{dotted}.{name}"
        return (("m", below),) if self.path_of(below) is not None else NOTHING

    def found(self, base: Ref, found: Found, depth: int) -> list[Ref]:
        """The values of a member that ``lookup`` found, bound to the receiver."""
        kind, file, scope, what = found
        if kind == "x":
            return [("x", what)]
        if kind == "h":
            return list(what)
        if kind == "a":
            pairs = zip(what[::2], what[1::2], strict=True)
            return [r for at, place in pairs for r in self.evaluate(file, at, place, depth - 1)]
        out: list[Ref] = []
        for ref in self.bindings(file, scope, what, depth - 1):
            if ref[0] == "f" and ref[3] is None:
                out += self._method(base, ref, depth)
            else:
                out.append(ref)
        return out

    def _method(self, base: Ref, ref: Ref, depth: int) -> Any:
        file = self.world.files[ref[1]]
        row = file.functions[ref[2]]
        flags = row[2]
        receiver = base[3] if base[0] == "s" else base
        if flags & F_STATIC:
            return (ref,)
        if flags & F_CLASS:
            return (("f", ref[1], ref[2], ("c", receiver[1], receiver[2], receiver[3])),)
        if base[0] == "c":
            return (ref,)
        bound = ("f", ref[1], ref[2], receiver)
        return self.call(bound, depth - 1) if flags & F_PROPERTY else (bound,)

    def order(self, base: Ref) -> list[Ref]:
        """The classes in which a member is looked up."""
        if self.plain:
            return [("c", base[1], base[2])]
        self.read("K", base[1], base[2])
        order = self.world.orders.get(base[1], {}).get(base[2]) or [("c", base[1], base[2])]
        if base[0] != "s":
            return order
        return order[1:]

    def lookup(self, base: Ref, name: str) -> list[Found]:
        """The member of the first class in order that has it. A class outside the tree may have anything that no class of the tree after it has."""
        outside: list[Found] = []
        for at in self.order(base):
            if at[0] == "x":
                if has_builtin_member(at[1], name) and not outside and at[1] not in EMPTY_BASES:
                    outside.append(("x", None, 0, f"{at[1]}.{name}"))
                continue
            found = list(self._own_member(base, at, name))
            if found:
                return found
        return outside

    def _own_member(self, base: Ref, at: Ref, name: str) -> Iterator[Found]:
        self.read("m", at[1], at[2], name)
        file = self.world.files[at[1]]
        row = file.classes[file.class_places[at[2]]]
        bindings = file.reaching(row[1], name)
        if bindings is not None:
            yield "b", file, row[1], bindings
        if not self.plain and name in row[3]:
            yield "a", file, 0, row[3][name]
        if self.own is not None:
            flowing = self.flowing("A", ("c", at[1], at[2]), name)
            if flowing:
                yield "h", None, 0, flowing

    # Calls

    def called(self, file: SourceFile, scope: int, row: Any, depth: int) -> list[Ref]:
        """What a call gives."""
        out: list[Ref] = []
        for function in self.evaluate(file, scope, row[1], depth):
            if function[0] == "x":
                out += containers.external(self, function[1], file, scope, row, depth)
            elif function[0] == "e":
                out += containers.method(self, function, file, scope, row, depth)
            else:
                out += self.call(function, depth, (file, scope, row))
        return out

    def call(self, function: Ref, depth: int, site: tuple[SourceFile, int, Any] | None = None) -> Any:
        """What calling a value gives; ``site`` is where, with the call's row, for what depends on its arguments."""
        kind = function[0]
        if kind == "c":
            return (("i", function[1], function[2], function[3]),)
        if kind == "f":
            return self._returned(function, depth, site)
        if kind == "x":
            return (("y", function[1] if function[1].rpartition(".")[2][:1].isupper() else f"{function[1]}()"),)
        if kind == "i" and depth > 1:
            return [r for method in self.attribute(function, "__call__", depth - 1) if method[0] == "f" for r in self.call(method, depth - 1)]
        return NOTHING

    def _returned(self, function: Ref, depth: int, site: tuple[SourceFile, int, Any] | None) -> list[Ref]:
        file = self.world.files[function[1]]
        row = file.functions[function[2]]
        if row[0] >= 0:
            self.read("R", file.path, file.function_name(function[2]))
        if row[2] & F_GENERATOR:
            return [("g", file.path, function[2])]
        if row[6]:
            declared = self.instances(file, file.scopes[row[1]][2], row[6], depth - 1)
            if any(r[0] in "icn" for r in declared) and not (function[3] is not None and self._is_self(file, row, function[3])):
                return declared
            if declared and not any(r[0] == "i" for r in declared):
                return declared
        out: list[Ref] = []
        for place in row[4]:
            passed = self._passed(file, row[1], place, function, depth, site)
            out += passed if passed is not None else self.evaluate(file, row[1], place, depth - 1)
        return out

    def _is_self(self, file: SourceFile, row: Any, receiver: Ref) -> bool:
        annotation = file.exprs[row[6]]
        return annotation is not None and annotation[0] == E_NAME and annotation[1] == "Self" and receiver[0] in "ic"

    def _passed(self, file: SourceFile, scope: int, place: int, function: Ref, depth: int, site: Any) -> Any:
        """What ``return parameter`` and ``return cls(…)`` give, which the caller knows best; None for any other expression."""
        row = file.exprs[place]
        calls = row[0] == E_CALL
        if calls:
            row = file.exprs[row[1]]
        if row is None or row[0] not in (E_NAME, E_BOUND):
            return None
        found = file.scopes[scope][3].get(row[1], ())
        if len(found) != 1 or found[0][0] != B_PARAM:
            return None
        _, _, position, role = found[0]
        receiver = function[3]
        if role in (P_SELF, P_CLS):
            if receiver is None or calls != (role == P_CLS):
                return None
            return self.call(receiver, depth) if calls else (receiver,)
        if calls or site is None or role in (P_ARGS, P_KWARGS):
            return None
        argument = containers.argument(site[2], file.functions[function[2]][3], position, receiver is not None)
        return self.evaluate(site[0], site[1], argument, depth - 1) if argument else None
