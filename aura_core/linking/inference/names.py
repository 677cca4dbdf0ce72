"""What a name stands for: through scopes, imports, re-exports and what is bound to it, parameters included."""

from __future__ import annotations

from typing import Any

from aura_core.linking.dependency_keys import (
    KEY_HAS_ALL,
    KEY_IN_ALL,
    KEY_MODULE,
    KEY_NAME,
    KEY_REGISTERED,
    KEY_STARS,
    KEY_STUB,
)
from aura_core.linking.generics import GENERIC
from aura_core.linking.inference.state import NOTHING, WIDTH, Questions
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import BUILTINS, Ref, Refs
from aura_core.model.graph import EXTERNAL
from aura_core.parsing.python.ir import (
    B_CLASS,
    B_FROM,
    B_FUNCTION,
    B_IMPORT,
    B_PARAM,
    B_VALUE,
    P_ARGS,
    P_CLS,
    P_KWARGS,
    P_SELF,
)


class Names(Questions):
    """Looks names up, and evaluates what they are bound to."""

    def name(self, file: SourceFile, scope: int, name: str, depth: int) -> Refs:
        """What a name means in a scope: inner scopes, the module, what it imports with a star, builtins."""
        found = file.visible(scope, name)
        if found is not None:
            return self.bindings(file, found[0], found[1], depth - 1)
        refs = self.exported(file, name, depth)
        if refs is None:
            return (("x", f"builtins.{name}"),) if name in BUILTINS else self._from_outside(file, name)
        return refs

    def exported(self, file: SourceFile, name: str, depth: int) -> Refs | None:
        """What a module binds a name to; None when it does not."""
        if depth <= 0:
            return NOTHING
        if file is self.own:
            found: Refs | None = self.here(self.memo, (-1, name, depth), self._global, file, name, depth)
            return found
        return self.elsewhere(file.names[self.plain], (name, depth), self._global, file, name, depth)

    def _global(self, file: SourceFile, name: str, depth: int) -> Refs | None:
        self.reads.add(self.number((KEY_NAME, file.path, name)))
        bindings = file.reaching(0, name)
        return self.bindings(file, 0, bindings, depth - 1) if bindings is not None else self._starred(file, name, depth)

    def stubbed(self, file: SourceFile, name: str, depth: int) -> Refs | None:
        """What the stub beside a source binds a name to that the source leaves out; None when it does not."""
        self.read(KEY_STUB, file.path)
        path = self.program.stubs.get(file.path)
        return self.exported(self.program.files[path], name, depth - 1) if path is not None else None

    def _starred(self, file: SourceFile, name: str, depth: int) -> Refs | None:
        """The last module that gives the name to ``import *`` wins, as it does at run time."""
        self.read(KEY_STARS, file.path)
        out = None
        for level, written in file.stars:
            path = self.path_of(self.module(file, file.absolute(level, written)))
            if not path or path == file.path:
                continue
            other = self.program.files[path]
            self.read(KEY_HAS_ALL, path)
            if other.all is not None:
                self.read(KEY_IN_ALL, path, name)
            if name in other.all if other.all is not None else not name.startswith("_"):
                found = self.exported(other, name, depth - 1)
                found = found if found is not None else self.stubbed(other, name, depth - 1)
                out = found if found is not None else out
        return out

    def _from_outside(self, file: SourceFile, name: str) -> Refs:
        """A name that nothing in the tree binds is of the module outside the tree that everything is imported from,
        where there is one.
        """
        if not file.stars:
            return NOTHING
        self.read(KEY_STARS, file.path)
        names = [self.module(file, file.absolute(level, written)) for level, written in file.stars]
        outside = {dotted for dotted in names if self.path_of(dotted) is None}
        return (("x", f"{outside.pop()}.{name}"),) if len(outside) == 1 else NOTHING

    def module(self, file: SourceFile, dotted: str) -> str:
        """The name under which the tree has a module; a file outside packages may also name its neighbours."""
        if self.path_of(dotted) is None and file.near and self.path_of(f"{file.near}.{dotted}") is not None:
            return f"{file.near}.{dotted}"
        return dotted

    def path_of(self, dotted: str) -> str | None:
        """The path of a module, "" for a namespace folder, None for one outside the tree."""
        self.reads.add(self.number((KEY_MODULE, dotted)))
        return self.program.modules.get(dotted)

    def imported(self, file: SourceFile, level: int, written: str, name: str, depth: int) -> Refs:
        """What ``from written import name`` binds: an attribute of the module, else a module below it."""
        dotted = self.module(file, file.absolute(level, written))
        path, below = self.path_of(dotted), f"{dotted}.{name}" if dotted else name
        if path == file.path and self.path_of(below) is not None:
            return (("m", below),)  # a package that imports from itself: this statement is what binds the name
        if path:
            found = self.exported(self.program.files[path], name, depth - 1)
            if found is not None:
                return found
        if self.path_of(below) is not None:
            return (("m", below),)
        if path is None:
            return (("x", below),)
        return (path and self.stubbed(self.program.files[path], name, depth - 1)) or NOTHING

    def statement(self, file: SourceFile, level: int, written: str, name: str | None, depth: int) -> str:
        """The path of the module that an import statement names, ``external:`` and a dotted name for one outside the
        tree, "" for a folder.

        That is the sub-module where the imported name stands for it, else the module that the name is taken from.
        """
        dotted = self.module(file, file.absolute(level, written))
        path = self.path_of(dotted)
        if name is not None and name != "*":
            below = f"{dotted}.{name}" if dotted else name
            if ("m", below) in self.imported(file, level, written, name, depth):
                return self.path_of(below) or ""
            dotted = dotted or below
        return path if path is not None else EXTERNAL + dotted

    def bindings(self, file: SourceFile, scope: int, bindings: Any, depth: int) -> Refs:
        """What some bindings of a scope stand for."""
        outside = self.own
        if file is not outside:
            self.own = None
        found = (
            self._bound(file, scope, bindings[0], depth)
            if len(bindings) == 1
            else [r for b in bindings for r in self._bound(file, scope, b, depth)]
        )
        self.own = outside
        return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))[:WIDTH]

    def _bound(self, file: SourceFile, scope: int, binding: Any, depth: int) -> Any:
        kind = binding[0]
        if kind == B_VALUE:
            return self.evaluate(file, scope, binding[1], depth)
        if kind == B_FUNCTION:
            plain = ("f", file.path, binding[1], None)
            if not binding[2] or self.plain:
                return (plain,)
            wrappers = self.evaluate(file, scope, binding[2], depth)
            out = [*(r for r in wrappers if r[0] in "fci" and r != plain), plain]
            return out if GENERIC.isdisjoint(wrappers) else out + self._registered(file, binding[1], depth)
        if kind == B_CLASS:
            return (("c", file.path, file.class_name(binding[1]), 1),)
        if kind == B_FROM:
            return self.imported(file, binding[1], binding[2], binding[3], depth)
        if kind == B_IMPORT:
            dotted = self.module(file, binding[1])
            return (("m", dotted),) if self.path_of(dotted) is not None else (("x", dotted),)
        return self._parameter(file, binding, depth) if kind == B_PARAM else NOTHING

    def _registered(self, file: SourceFile, place: int, depth: int) -> list[Ref]:
        """What is registered with a generic function."""
        self.read(KEY_REGISTERED, file.path, file.function_name(place))
        return [
            r
            for scope, given in file.registered.get(place, ())
            for r in self.evaluate(file, scope, given, depth)
            if r[0] in "fci"
        ]

    def _parameter(self, file: SourceFile, binding: Any, depth: int) -> Any:
        _, place, position, role = binding
        function = file.functions[place]
        outer = file.scopes[function[1]][2]
        if role in (P_SELF, P_CLS):
            return (("i" if role == P_SELF else "c", file.path, file.class_name(file.scopes[outer][1]), 0),)
        if role in (P_ARGS, P_KWARGS):
            return (("l", file.path, place, position, "tuple" if role == P_ARGS else "dict", role),)
        _, _, default, annotation = function[3][position]
        flowing = self.flowing(place, position) if self.own is file else NOTHING
        if self.arrived and self.own is file and (place, position) in self.arrived:
            flowing = (*flowing, ("p", place, position))
        declared = self.instances(file, outer, annotation, depth) if annotation else []
        return [*flowing, *declared, *self.evaluate(file, outer, default, depth)]
