"""What an attribute stands for: members of modules, and of classes in the order of their bases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aura_core.linking import named_tuples
from aura_core.linking.dependency_keys import KEY_MEMBER, KEY_METACLASS, KEY_MRO, KEY_OVERRIDES
from aura_core.linking.inference.names import Names
from aura_core.linking.inference.state import NOTHING, WIDTH, Found
from aura_core.linking.values import Ref, Refs, has_builtin_member, instance_type
from aura_core.parsing.python.ir import B_VALUE, F_CLASS, F_PROPERTY, F_STATIC

EMPTY_BASES = frozenset({"builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC"})
"""Bases outside the tree that bring no members worth naming."""

ENUMS = frozenset({"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})
"""Bases whose classes turn what they are assigned into instances."""


class Members(Names):
    """Looks attributes up, and binds methods to their receivers."""

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
            return (("c", *base[1:4]),) if name == "__class__" and kind == "i" else self._of_class(base, name, depth)
        if kind == "l" or kind == "n":
            field = named_tuples.attribute(self, base, name, depth)
            return field if field is not None else (("e", base, name),)
        builtin = instance_type(base)
        if builtin is not None:
            return (
                (("x", f"builtins.{builtin}.{name}"),) if has_builtin_member(f"builtins.{builtin}", name) else NOTHING
            )
        own = self.own
        return (
            self.flowing("A", base[:3], name)
            if kind == "f" and own is not None and base[1] == own.path and name in own.stored
            else NOTHING
        )

    def _of_module(self, dotted: str, name: str, depth: int) -> Refs:
        path = self.path_of(dotted)
        if path:
            found = self.exported(self.program.files[path], name, depth - 1)
            if found is not None:
                return found
        below = f"{dotted}.{name}"
        if self.path_of(below) is not None:
            return (("m", below),)
        return (path and self.stubbed(self.program.files[path], name, depth - 1)) or NOTHING

    def _of_class(self, base: Ref, name: str, depth: int) -> Refs:
        key = base, name, depth
        if self.own is not None:
            return self.here(self.memo, key, self._looked_up, *key)
        return self.elsewhere(self.program.files[base[1]].memos[self.plain], key, self._looked_up, *key)

    def _looked_up(self, base: Ref, name: str, depth: int) -> Refs:
        found = self.lookup(base, name)
        if not found and base[0] == "c" and not self.plain:
            of_metaclass = tuple(
                [r for meta in self.metaclasses(base, depth - 1) for r in self.attribute(meta, name, depth - 1)]
            )
            if of_metaclass:
                return of_metaclass
        return tuple([r for some in found or self._below(base, name) for r in self.found(base, some, depth)])

    def _below(self, base: Ref, name: str) -> list[Found]:
        """The members that subclasses have under a name, which a class itself has not: what a mixin expects of those
        that it is mixed into.
        """
        if self.plain or base[0] not in "ci" or base[-1]:
            return []
        self.read(KEY_OVERRIDES, base[1], base[2], "")
        below = self.program.overriders.get((base[1], base[2], ""), ())
        out: list[Found] = []
        for uid in sorted(below) if len(below) <= WIDTH else ():
            path, _, qualname = uid.rpartition("::")
            out += [
                found for found in self.lookup(("c", path, qualname, 0), name) if found[0] != "x" and found not in out
            ]
        return out

    def metaclasses(self, base: Ref, depth: int) -> Refs:
        """A class as an instance of its metaclass, if that is one of the tree; nothing is known of ``type`` and
        others.
        """
        key = "C", base, depth
        if self.own is not None:
            return self.here(self.memo, key, self._metaclasses, base, depth)
        return self.elsewhere(self.program.files[base[1]].memos[self.plain], key, self._metaclasses, base, depth)

    def _metaclasses(self, base: Ref, depth: int) -> Refs:
        for at in self.order(base):
            if at[0] == "x":
                continue
            self.reads.add(self.number((KEY_METACLASS, at[1], at[2])))
            file = self.program.files[at[1]]
            scope, place = file.metaclass(at[2])
            if place:
                return tuple([("i", r[1], r[2], 1) for r in self.evaluate(file, scope, place, depth) if r[0] == "c"])
        return NOTHING

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
        if base[0] == "c" and what and what[0][0] == B_VALUE and self.is_enum(base):
            return [("i", *base[1:3], 1)]
        out: list[Ref] = []
        values = self.bindings(file, scope, what, depth - 1)
        got = self._got(values, depth)
        for ref in values:
            if ref[0] == "f" and ref[3] is None and len(ref) == 4:
                bound = self._method(base, ref, depth)
                out += [r for f in bound for r in self.call(f, depth - 1)] if got is not None else bound
            elif got is None or ref[0] != "i":
                out.append(ref)
        return out if got is None else out + got

    def is_enum(self, base: Ref) -> bool:
        """Whether a class makes its members from what it is assigned."""
        return any(at[0] == "x" and at[1] in ENUMS for at in self.order(base))

    def _got(self, values: Refs, depth: int) -> list[Ref] | None:
        """What the ``__get__`` of descriptors among some values gives; None when there is none."""
        if self.plain or depth < 3:
            return None
        methods = [m for v in values if v[0] == "i" for m in self.attribute(v, "__get__", depth - 2) if m[0] == "f"]
        return [r for m in methods for r in self.call(m, depth - 2)] if methods else None

    def _method(self, base: Ref, ref: Ref, depth: int) -> Any:
        file = self.program.files[ref[1]]
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

    def order(self, base: Ref) -> Sequence[Ref]:
        """The classes in which a member is looked up."""
        if self.plain:
            return [("c", base[1], base[2])]
        path, name = base[3][1:3] if base[0] == "s" else base[1:3]
        self.reads.add(self.number((KEY_MRO, path, name)))
        order = self.program.mro.get(path, {}).get(name) or [("c", path, name)]
        if base[0] != "s":
            return order
        after = ("c", base[1], base[2])
        return order[order.index(after) + 1 :] if after in order else NOTHING

    def lookup(self, base: Ref, name: str) -> list[Found]:
        """The member of the first class in order that has it. A class outside the tree may have anything that no class
        of the tree after it has.
        """
        if self.own is None or name in self.own.stored:
            return self._searched(base, name)
        key = base if base[0] == "s" else base[1:3], name
        found = self.members.get(key)
        if found is None:
            self.members[key] = found = self._searched(base, name)
        return found

    def _searched(self, base: Ref, name: str) -> list[Found]:
        outside: list[Found] = []
        for at in self.order(base):
            if at[0] == "x":
                if has_builtin_member(at[1], name) and not outside and at[1] not in EMPTY_BASES:
                    outside.append(("x", None, 0, f"{at[1]}.{name}"))
                continue
            found = self._own_member(at, name)
            if found:
                return found
        return outside

    def _own_member(self, at: Ref, name: str) -> list[Found]:
        self.reads.add(self.number((KEY_MEMBER, at[1], at[2], name)))
        file = self.program.files[at[1]]
        row = file.classes[file.class_places[at[2]]]
        bindings = file.reaching(row[1], name)
        found: list[Found] = [("b", file, row[1], bindings)] if bindings is not None else []
        if not self.plain and name in row[3]:
            found.append(("a", file, 0, row[3][name]))
        if file is self.own and name in file.stored:
            flowing = self.flowing("A", ("c", at[1], at[2]), name)
            if flowing:
                found.append(("h", None, 0, flowing))
        return found
