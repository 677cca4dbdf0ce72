"""One Python file of a tree: its tables under its path and module name, and the values of the keys that follow from
them alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, cast

from aura_core.linking.dependency_keys import Key, hash64
from aura_core.linking.generics import registrations
from aura_core.linking.module_names import ModuleName
from aura_core.linking.spelling import spell
from aura_core.linking.values import Refs
from aura_core.model.facts import FileFacts
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
    S_CLASS,
    Binding,
    CodeTables,
    Expr,
    SiteRow,
)  # fmt: skip

EMPTY: CodeTables = {
    "exprs": (None,), "scopes": ((0, -1, -1, {}, {}),), "functions": (), "classes": (), "sites": ((),), "reads": ((),), "stores": (),
    "imports": (), "stars": (), "all": None,
}  # fmt: skip

Method = tuple[str, str, str]
"""(class, name, qualified name of the function)"""

Memo = dict[tuple[Any, ...], tuple[Any, tuple[int, ...]]]
"""What was found, with the numbers of the keys read for it or of what flows into it."""

Names = dict[tuple[str, int], tuple[Refs | None, tuple[int, ...]]]


class SourceFile:
    """The linker's facts of one file in one tree."""

    def __init__(self, path: str, module: ModuleName, key: bytes, facts: FileFacts) -> None:
        tables = cast("CodeTables", facts.code or EMPTY)
        self.path, self.module, self.key, self.definitions = path, module, key, facts.definitions
        self.exprs: Sequence[Expr | None] = tables["exprs"]
        self.scopes, self.functions, self.classes = tables["scopes"], tables["functions"], tables["classes"]
        self.sites, self.reads, self.stores = tables["sites"], tables["reads"], tables["stores"]
        self.imports, self.stars = tables["imports"], tables["stars"]
        self.stored = frozenset(row[2] for row in self.stores if isinstance(row[2], str))
        self.all = frozenset(tables["all"]) if tables["all"] is not None else None
        self.class_places = {self.definitions[row[0]].qualname: place for place, row in enumerate(self.classes)}
        self.function_places = {
            self.definitions[row[0]].qualname: place for place, row in enumerate(self.functions) if row[0] >= 0
        }
        self._values: dict[Key, int] = {}
        self._texts: dict[int, str] = {}
        self.fresh()

    def fresh(self) -> None:
        """Forget what was evaluated: other files may have changed."""
        self.memos: tuple[Memo, Memo] = ({}, {})
        self.names: tuple[Names, Names] = ({}, {})

    # Addresses

    def absolute(self, level: int, module: str) -> str:
        """The dotted name that an import statement of this file means."""
        if not level:
            return module
        parts = self.module.name.split(".")
        keep = len(parts) - level + self.module.package
        parts = parts[: max(keep, 0)]
        return ".".join([*parts, module] if module else parts)

    @property
    def near(self) -> str:
        """The dotted folder whose modules may also be imported by bare name; "" in a package, where none may."""
        return "" if self.module.inside else self.module.name.rpartition(".")[0]

    def parent(self, scope: int) -> int:
        """Return the scope around a scope, -1 for the module's."""
        _, _, parent, _, _ = self.scopes[scope]
        return parent

    def bindings(self, scope: int, name: str) -> Sequence[Binding]:
        """Return every binding of a name in a scope, in order."""
        _, _, _, bindings, _ = self.scopes[scope]
        return bindings.get(name, ())

    def function_name(self, place: int) -> str:
        """The qualified name of a function; a lambda is named after the definition that holds it."""
        row, scope, *_, number = self.functions[place]
        if row >= 0:
            return str(self.definitions[row].qualname)
        outer = self.owner(self.scopes[scope][2])
        return f"{outer}.<lambda{number}>" if outer else f"<lambda{number}>"

    def owner(self, scope: int) -> str:
        """The qualified name of what the code in a scope belongs to, lambdas included; "" for the module."""
        kind, unit, parent, *_ = self.scopes[scope]
        while kind == 3:
            scope = parent
            kind, unit, parent, *_ = self.scopes[scope]
        if scope == 0:
            return ""
        return self.class_name(unit) if kind == S_CLASS else self.function_name(unit)

    def class_name(self, place: int) -> str:
        """The qualified name of a class."""
        return str(self.definitions[self.classes[place][0]].qualname)

    def class_around(self, scope: int) -> str | None:
        """The qualified name of the class whose body holds a scope."""
        while scope > 0:
            kind, unit, parent, *_ = self.scopes[scope]
            if kind == S_CLASS:
                return self.class_name(unit)
            scope = parent
        return None

    def visible(self, scope: int, name: str) -> tuple[int, Any] | None:
        """The scope inside this file, the module's excepted, whose bindings a name means, and those bindings."""
        at = scope
        while at > 0:
            kind, _, parent, binds, _ = self.scopes[at]
            if name in binds and (kind != S_CLASS or at == scope):
                return at, self.reaching(at, name)
            at = parent
        return None

    def reaching(self, scope: int, name: str) -> Any:
        """The bindings of a name at the end of a scope, in order; None when there are none."""
        binds, final = self.scopes[scope][3:5]
        found = binds.get(name)
        if found is None or name not in final:
            return found
        return [found[place] for place in final[name]]

    def meant(self, scope: int, row: Any) -> Any:
        """The bindings that an expression's row, a name in a scope, stands for, in order; None when this file has
        none, or it is no name.
        """
        if row[0] == E_BOUND:
            binds = self.scopes[scope][3][row[1]]
            return [binds[place] for place in row[2:]]
        if row[0] != E_NAME:
            return None
        found = self.visible(scope, row[1])
        return found[1] if found is not None else self.reaching(0, row[1])

    def call_sites(self) -> Iterator[tuple[int, SiteRow]]:
        """Yield the scope and the row of every call site, in order."""
        for scope, fields in enumerate(self.sites):
            for row in cast("Iterator[SiteRow]", zip(*[iter(fields)] * 4, strict=True)):
                yield scope, row

    def accessors(self, class_place: int, name: str) -> list[tuple[str, int]]:
        """Return the kind (``setter``, ``deleter``) and the place of each further function of a property."""
        _, _, _, _, _, accessors = self.classes[class_place]
        fields = accessors.get(name, ())
        return cast("list[tuple[str, int]]", list(zip(fields[::2], fields[1::2], strict=True)))

    def methods(self) -> Iterator[Method]:
        """Every method of every class. What stands in a shadowed stub is another file's method."""
        for row in () if self.module.shadowed else self.classes:
            name = self.definitions[row[0]].qualname
            for member in self.scopes[row[1]][3]:
                for binding in self.reaching(row[1], member) or ():
                    if binding[0] == B_FUNCTION:
                        yield name, member, self.function_name(binding[1])
                        break

    def members(self, qualname: str) -> Collection[str]:
        """The names that a class of this file binds."""
        place = self.class_places.get(qualname)
        return () if place is None else self.scopes[self.classes[place][1]][3].keys()

    # Values of keys

    def value(self, key: Key) -> int:
        """The 64-bit value of a key that this file owns; 0 when absent."""
        found = self._values.get(key)
        if found is None:
            self._values[key] = found = self._value(key)
        return found

    def _value(self, key: Key) -> int:
        kind = key[0]
        if kind == "N":
            bindings = self.scopes[0][3].get(key[2])
            final = self.scopes[0][4].get(key[2], "")
            return hash64(f"{final}\n{self._bindings(0, bindings)}") if bindings is not None else 0
        if kind == "S":
            return hash64(repr([self.near, *(self.absolute(*star) for star in self.stars)])) if self.stars else 0
        if kind == "L":
            return int(self.all is not None)
        if kind == "X":
            return int(self.all is not None and key[2] in self.all)
        if kind == "P":
            members = self.members(key[2])
            return hash64("\n".join(members)) if members else 0
        if kind == "m":
            return self._member(key[2], key[3])
        return (
            self._seeded(self.metaclass(key[2]))
            if kind == "C"
            else self._signature(key[2])
            if kind == "R"
            else self._registrations(key[2])
        )

    def _seeded(self, seed: tuple[int, int]) -> int:
        return hash64(self._closure([seed])) if seed[1] else 0

    def _registrations(self, qualname: str) -> int:
        found = self.registered.get(self.function_places.get(qualname, -1))
        return hash64(self._closure(found)) if found else 0

    def metaclass(self, qualname: str) -> tuple[int, int]:
        """The scope and the expression of a class's metaclass, which is 0 without one."""
        place = self.class_places.get(qualname)
        if place is None:
            return 0, 0
        row = self.classes[place]
        return self.scopes[row[1]][2], row[4]

    @cached_property
    def registered(self) -> dict[int, list[tuple[int, int]]]:
        """Place of a function → the scopes and expressions of what is registered with it, should it be a generic one."""
        return registrations(self)

    def _member(self, qualname: str, name: str) -> int:
        place = self.class_places.get(qualname)
        if place is None:
            return 0
        _, scope, _, attributes, _, _ = self.classes[place]
        bindings, assigned = self.reaching(scope, name), attributes.get(name)
        if bindings is None and assigned is None:
            return 0
        seeds = list(zip(assigned[::2], assigned[1::2], strict=True)) if assigned else []
        others = [self.function_name(function) for _, function in self.accessors(place, name)]
        return hash64(f"{self._bindings(scope, bindings or ())}\0{others}\0{self._closure(seeds)}")

    def _signature(self, qualname: str) -> int:
        place = self.function_places.get(qualname)
        return hash64(self._function(place)) if place is not None else 0

    def _function(self, place: int) -> str:
        annotation = self.functions[place][6]
        return f"{self._shape(place)} {self.text(annotation)}\n{self._closure(self._within(place))}"

    def _shape(self, place: int) -> str:
        """What a function takes, and how many of the expressions that belong to it are returned; the others are
        yielded.
        """
        _, _, flags, params, returns, *_ = self.functions[place]
        return f"{flags} {[(name, kind, self.text(default), self.text(kept)) for name, kind, default, kept in params]} {len(returns)}"

    def _within(self, place: int) -> list[tuple[int, int]]:
        """The expressions that say what a function gives, with the scopes that they are read in."""
        _, scope, _, params, returns, yields, annotation, _ = self.functions[place]
        outer = self.scopes[scope][2]
        return [
            *((scope, e) for e in (*returns, *yields)),
            *((outer, e) for p in params for e in p[2:]),
            (outer, annotation),
        ]

    def summary(self) -> dict[Key, int]:
        """Every key that this file owns, with its value."""
        path = self.path
        keys: list[Key] = [("S", path), ("L", path)]
        keys += [("N", path, name) for name in self.scopes[0][3]]
        keys += [("X", path, name) for name in self.all or ()]
        keys += [("R", path, name) for name in self.function_places]
        keys += [("D", path, self.function_name(place)) for place in self.registered]
        for qualname, place in self.class_places.items():
            row = self.classes[place]
            keys += [("P", path, qualname), *([("C", path, qualname)] if row[4] else ())]
            keys += [("m", path, qualname, name) for name in {**self.scopes[row[1]][3], **row[3]}]
        return {key: self.value(key) for key in keys}

    # Rows as text, without places of tables in it

    def text(self, place: int) -> str:
        """An expression, spelled so that equal texts mean the same in the same scope."""
        found = self._texts.get(place)
        if found is None:
            self._texts[place] = found = spell(self, self.exprs[place])
        return found

    def _binding(self, binding: Any) -> str:
        kind = binding[0]
        if kind == B_FUNCTION:
            row = self.functions[binding[1]]
            return f"def {self.function_name(binding[1])} {row[2]} {self.text(binding[2])}"
        if kind == B_CLASS:
            return f"class {self.class_name(binding[1])}"
        if kind == B_FROM:
            return f"from {self.absolute(binding[1], binding[2])} {binding[3]} near {self.near}"
        if kind == B_IMPORT:
            return f"import {binding[1]} near {self.near}"
        if kind == B_VALUE:
            return f"= {self.text(binding[1])}"
        return f"{kind} {binding[2:]}"

    def _bindings(self, scope: int, bindings: Any) -> str:
        seeds = [(scope, e) for b in bindings for e in self._seeds(b)]
        return "\n".join([*map(self._binding, bindings), self._closure(seeds)])

    def _seeds(self, binding: Any) -> tuple[int, ...]:
        if binding[0] == B_VALUE:
            return (binding[1],)
        return (binding[2],) if binding[0] == B_FUNCTION and binding[2] else ()

    def _closure(self, seeds: list[tuple[int, int]]) -> str:
        """Expressions and every binding of an inner scope that they reach, as text."""
        out: list[str] = []
        seen: set[object] = set()
        todo = [seed for seed in seeds if seed[1]]
        for scope, place in todo:
            out.append(self.text(place))
            for at, row in self._parts(scope, place):
                if row[0] == E_FUNCTION:
                    if row[1] not in seen and self.functions[row[1]][0] < 0:
                        seen.add(row[1])
                        out.append(f"lambda {self._shape(row[1])}")
                        todo += [(inner, e) for inner, e in self._within(row[1]) if e]
                    continue
                found = self.visible(at, row[1])
                if found is None or (found[0], row[1]) in seen:
                    continue
                seen.add((found[0], row[1]))
                every, final = self.scopes[found[0]][3][row[1]], self.scopes[found[0]][4].get(row[1], "")
                out.append(f"{row[1]} {final}: " + "; ".join(map(self._binding, every)))
                for binding in every:
                    todo += [(found[0], e) for e in self._seeds(binding)]
                    if binding[0] == B_PARAM:
                        function = self.functions[binding[1]]
                        outer = self.scopes[function[1]][2]
                        todo += [(outer, e) for e in function[3][binding[2]][2:] if e]
        return "\n".join(out)

    def _parts(self, scope: int, place: int) -> Iterator[tuple[int, Any]]:
        """The names and functions in an expression, with the scopes that they are read in."""
        todo = [(scope, place)]
        while todo:
            at, e = todo.pop()
            row: Any = self.exprs[e] if e > 0 else None
            if row is None:
                continue
            op = row[0]
            if op in (E_NAME, E_BOUND, E_FUNCTION):
                yield at, row
            elif op == E_IN:
                todo.append((row[1], row[2]))
            elif op == E_CALL:
                todo += [(at, x) for x in (row[1], *row[2], *row[3][1::2])]
            elif op in (E_SEQUENCE, E_MANY):
                todo += [(at, x) for x in row[2:]]
            elif op in (E_ATTR, E_REST):
                todo.append((at, row[1]))
            elif op == E_BINARY:
                todo += [(at, row[1]), (at, row[3])]
            elif op not in (E_CLASS, E_TYPE, E_CONST):
                todo += [(at, x) for x in row[1:]]
