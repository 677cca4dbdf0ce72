"""One Python file of a program: its tables, path and module name, and the look-ups in the tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, cast

from aura_core.linking.modules.hints import searched_folders
from aura_core.linking.modules.module_names import ModuleName
from aura_core.linking.values import Refs
from aura_core.model.facts import FileFacts
from aura_core.parsing.python.ir import (
    B_FUNCTION,
    E_BOUND,
    E_NAME,
    S_CLASS,
    S_COMPREHENSION,
    S_MODULE,
    Binding,
    CodeTables,
    Expr,
    SiteRow,
    is_attribute,
    is_call,
    is_function_binding,
    is_literal,
    is_name,
)
from aura_core.parsing.python.mentions import CodeNames

EMPTY: CodeTables = {
    "exprs": (None,), "scopes": ((0, -1, -1, {}, {}),), "functions": (), "classes": (), "sites": ((),), "reads": ((),),
    "stores": (), "imports": (), "stars": (), "all": None, "mentions": (),
}  # fmt: skip
"""The tables of a file that does not parse."""

MODULE_SCOPE = 0

FIXTURE_DECORATORS = frozenset({"fixture", "yield_fixture"})
"""Names of the decorators that make a pytest fixture."""

REGISTERED_NAME = "name "
"""Stands before a name under which a decorator registers a function, so that no method has that name."""

Method = tuple[str, str, str]
"""``(class, name, function)``: the class and the function by their qualified names."""

Memo = dict[tuple[Any, ...], tuple[Any, tuple[int, ...]]]
"""Values by question, each with the numbers of the keys that were read to find it."""

Names = dict[tuple[str, int], tuple[Refs | None, tuple[int, ...]]]
"""The same for names of the module: by name and depth."""


class SourceFile:
    """The linker's facts of one file in one tree.

    The tables are those of ``aura_core.parsing.python.ir``. ``key`` is the key of the file's facts; ``stored`` the
    names of the attributes that the file assigns; ``folders`` those that it puts on the search path; ``all`` the names
    in ``__all__``, or None; ``class_places`` and ``function_places`` the places of its definitions by qualified name.
    ``memos`` and ``names`` hold what was inferred for the file: without (False) and with (True) the limits of a plain
    inference.
    """

    def __init__(self, path: str, module: ModuleName, key: bytes, facts: FileFacts) -> None:
        tables = cast("CodeTables", facts.code or EMPTY)
        self.path, self.module, self.key, self.definitions = path, module, key, facts.definitions
        self.exprs: Sequence[Expr | None] = tables["exprs"]
        self.scopes, self.functions, self.classes = tables["scopes"], tables["functions"], tables["classes"]
        self.sites, self.reads, self.stores = tables["sites"], tables["reads"], tables["stores"]
        self.imports, self.stars, self.mentions = tables["imports"], tables["stars"], tables["mentions"]
        folders = tuple(tables.get("folders", ()))
        self.folders = tuple(searched_folders(path, folders)) if folders else ()
        self.stored = frozenset(name for _, _, name, _ in self.stores if isinstance(name, str))
        self.all = frozenset(tables["all"]) if tables["all"] is not None else None
        self.class_places = {self.class_name(place): place for place in range(len(self.classes))}
        self.function_places = {
            self.definitions[definition].qualname: place
            for place, (definition, *_) in enumerate(self.functions)
            if definition >= 0
        }
        self.forget_values()

    @cached_property
    def code_names(self) -> CodeNames:
        """The names of the file that may be functions or classes."""
        bindings = (bindings for _, _, _, bindings, _ in self.scopes)
        return CodeNames(bindings, (attributes for _, _, _, attributes, *_ in self.classes), has_stars=bool(self.stars))

    @cached_property
    def fixtures(self) -> frozenset[int]:
        """The places of the functions that a decorator makes a pytest fixture, by the name of the decorator."""
        bindings = (
            binding
            for kind, _, _, bindings_by_name, _ in self.scopes
            if kind in (S_MODULE, S_CLASS)
            for bindings in bindings_by_name.values()
            for binding in bindings
            if is_function_binding(binding)
        )
        return frozenset(
            place
            for _, place, decorated in bindings
            if not FIXTURE_DECORATORS.isdisjoint(self._decorator_names(decorated))
        )

    def _decorator_names(self, decorated: int) -> Iterator[str]:
        """Yield the last part of the name of each decorator of a function."""
        row = self.exprs[decorated]
        while is_call(row):
            _, decorator, arguments, _ = row
            name = self.exprs[decorator]
            if is_call(name):
                _, callee, *_ = name
                name = self.exprs[callee]
            if is_attribute(name):
                _, _, last = name
                yield last
            elif is_name(name):
                _, last, *_ = name
                yield last
            row = next((self.exprs[argument] for argument in arguments), None)

    def forget_values(self) -> None:
        """Forget what was evaluated, because other files may have changed."""
        self.memos: tuple[Memo, Memo] = ({}, {})
        self.names: tuple[Names, Names] = ({}, {})

    # Names of modules and definitions

    def absolute(self, level: int, module: str) -> str:
        """Return the dotted name that an import statement of this file means. ``level`` is its number of dots."""
        if not level:
            return module
        parts = self.module.name.split(".")
        # a package is its own first level: ``from . import x`` in ``p/__init__.py`` means ``p.x``
        depth = len(parts) - level + self.module.package
        parts = parts[: max(depth, 0)]
        return ".".join([*parts, module] if module else parts)

    @property
    def sibling_prefix(self) -> str:
        """The dotted folder whose modules may also be imported by bare name; "" in a package, where none may."""
        return "" if self.module.inside else self.module.name.rpartition(".")[0]

    @property
    def neighbourhood(self) -> str:
        """A text that says where imports of this file look besides the import roots."""
        return " ".join((self.sibling_prefix, *self.folders))

    def class_name(self, place: int) -> str:
        """Return the qualified name of a class."""
        definition, *_ = self.classes[place]
        return self.definitions[definition].qualname

    def function_name(self, place: int) -> str:
        """Return the qualified name of a function. A lambda is named after the definition that it stands in."""
        definition, scope, *_, number = self.functions[place]
        if definition >= 0:
            return self.definitions[definition].qualname
        outer = self.owner(self.parent(scope))
        return f"{outer}.<lambda{number}>" if outer else f"<lambda{number}>"

    # Scopes

    def parent(self, scope: int) -> int:
        """Return the scope around a scope, -1 for the module's."""
        _, _, parent, _, _ = self.scopes[scope]
        return parent

    def owner(self, scope: int) -> str:
        """Return the qualified name of the function, class or lambda that owns a scope's code; "" for the module."""
        kind, unit, parent, *_ = self.scopes[scope]
        while kind == S_COMPREHENSION:
            scope = parent
            kind, unit, parent, *_ = self.scopes[scope]
        if scope == MODULE_SCOPE:
            return ""
        return self.class_name(unit) if kind == S_CLASS else self.function_name(unit)

    def class_around(self, scope: int) -> str | None:
        """Return the qualified name of the class whose body holds a scope, or None."""
        while scope > MODULE_SCOPE:
            kind, unit, parent, *_ = self.scopes[scope]
            if kind == S_CLASS:
                return self.class_name(unit)
            scope = parent
        return None

    # Bindings

    def bindings(self, scope: int, name: str) -> Sequence[Binding]:
        """Return every binding of a name in a scope, in order."""
        _, _, _, bindings, _ = self.scopes[scope]
        return bindings.get(name, ())

    def visible(self, scope: int, name: str) -> tuple[int, Sequence[Binding]] | None:
        """Return the scope inside this file whose bindings a name means, and those that reach its end. The module's
        scope is left out: without another scope the answer is None.
        """
        inner = scope
        while inner > MODULE_SCOPE:
            kind, _, parent, bindings, _ = self.scopes[inner]
            if name in bindings and (kind != S_CLASS or inner == scope):  # a class body is invisible further inside
                return inner, self.reaching(inner, name) or ()
            inner = parent
        return None

    def reaching(self, scope: int, name: str) -> Sequence[Binding] | None:
        """Return the bindings of a name that reach the end of a scope, in order; None when there are none."""
        _, _, _, bindings, final = self.scopes[scope]
        every = bindings.get(name)
        if every is None or name not in final:
            return every
        return [every[number] for number in final[name]]

    def meant(self, scope: int, expr: Expr) -> Sequence[Binding] | None:
        """Return the bindings that a name stands for, in order; None when this file has none or when the row is not
        that of a name.
        """
        if expr[0] == E_BOUND:
            _, name, *numbers = expr
            bindings = self.bindings(scope, name)
            return [bindings[number] for number in numbers]
        if expr[0] != E_NAME:
            return None
        _, name = expr
        visible = self.visible(scope, name)
        if visible is None:
            return self.reaching(MODULE_SCOPE, name)
        _, reaching = visible
        return reaching

    # Calls, classes and their members

    def call_sites(self) -> Iterator[tuple[int, SiteRow]]:
        """Yield the scope and the row of every call site, in order."""
        for scope, fields in enumerate(self.sites):
            # the rows of a scope stand one after another in one flat list, four fields each
            for row in cast("Iterator[SiteRow]", zip(*[iter(fields)] * 4, strict=True)):
                yield scope, row

    def methods(self) -> Iterator[Method]:
        """Yield every method of every class. Those of a shadowed stub are methods of the file that it describes."""
        for place, (_, scope, *_) in enumerate(() if self.module.shadowed else self.classes):
            _, _, _, bindings, _ = self.scopes[scope]
            for name in bindings:
                functions = [b[1] for b in self.reaching(scope, name) or () if b[0] == B_FUNCTION]
                # of several definitions that reach the end of the class, the first one counts
                for function in functions[:1]:
                    yield self.class_name(place), name, self.function_name(function)
        yield from () if self.module.shadowed else self._registered_names()

    def _registered_names(self) -> Iterator[Method]:
        """Yield the functions of the module that a decorator registers under a name, as methods of no class whose names
        no method has: ``@task(name="clean")``.
        """
        _, _, _, module_bindings, _ = self.scopes[MODULE_SCOPE]
        for bindings in module_bindings.values():
            for binding in bindings:
                if is_function_binding(binding):
                    _, place, decorated = binding
                    for name in self._names_given(decorated):
                        yield "", REGISTERED_NAME + name, self.function_name(place)

    def _names_given(self, decorated: int) -> Iterator[str]:
        """Yield the constant texts that the decorators of a function get as ``name``."""
        row = self.exprs[decorated]
        while is_call(row):
            _, decorator, arguments, _ = row
            call = self.exprs[decorator]
            if is_call(call):
                _, _, _, keywords = call
                place = keywords[keywords.index("name") + 1] if "name" in keywords else 0
                text = self.exprs[cast("int", place)]
                _, name, *_ = text if is_literal(text) else (0, 0)
                if isinstance(name, str):
                    yield name
            row = next((self.exprs[argument] for argument in arguments), None)

    def method(self, qualname: str, name: str) -> str | None:
        """Return the qualified name of the function that a class of this file binds a name to, or None."""
        place = self.class_places.get(qualname)
        if place is None:
            return None
        _, scope, *_ = self.classes[place]
        functions = [b[1] for b in self.reaching(scope, name) or () if b[0] == B_FUNCTION]
        return next(map(self.function_name, functions), None)

    def members(self, qualname: str) -> Collection[str]:
        """Return the names that a class of this file binds, or for "" the module."""
        if not qualname:
            _, _, _, bindings, _ = self.scopes[MODULE_SCOPE]
            return bindings.keys()
        place = self.class_places.get(qualname)
        if place is None:
            return ()
        _, scope, *_ = self.classes[place]
        _, _, _, bindings, _ = self.scopes[scope]
        return bindings.keys()

    def assignments(self, class_place: int, name: str) -> list[tuple[int, int]] | None:
        """Return the scopes and expressions of what methods assign to an attribute of ``self`` or ``cls``, or None."""
        _, _, _, attributes, _, _ = self.classes[class_place]
        fields = attributes.get(name)
        return list(zip(fields[::2], fields[1::2], strict=True)) if fields is not None else None

    def accessors(self, class_place: int, name: str) -> list[tuple[str, int]]:
        """Return the kind (``setter``, ``deleter``) and the place of each further function of a property."""
        _, _, _, _, _, accessors = self.classes[class_place]
        fields = accessors.get(name, ())
        return cast("list[tuple[str, int]]", list(zip(fields[::2], fields[1::2], strict=True)))

    def metaclass(self, qualname: str) -> tuple[int, int]:
        """Return the scope and the expression of a class's metaclass; the expression is 0 without one."""
        place = self.class_places.get(qualname)
        if place is None:
            return MODULE_SCOPE, 0
        _, scope, _, _, metaclass, _ = self.classes[place]
        return self.parent(scope), metaclass
