"""Finds functions, classes and new objects that one file passes to functions of others: what a parameter gets from
other files.

They are inferred before links, from names and attributes alone, without the values that flow inside the file. So a
callback is followed for one step, from a file to the function that it calls, and never through a chain of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from aura_core.linking.call_arguments import Signature, keywords_of
from aura_core.linking.dependency_keys import KEY_SIGNATURE
from aura_core.linking.inference.containers import iterate
from aura_core.linking.inference.evaluator import new_inference
from aura_core.linking.inference.state import MAX_CHAIN, TooComplex
from aura_core.linking.program import CallbackFlow, Program
from aura_core.linking.source_file import SourceFile
from aura_core.linking.values import (
    V_CLASS,
    V_ELEMENTS,
    V_FUNCTION,
    V_INSTANCE,
    CallableRef,
    Ref,
    functions_in,
    instance_of,
    instances_in,
    is_class,
    is_container,
    is_function,
    is_instance,
)
from aura_core.parsing.python import ir

CODE_BINDINGS: Final = frozenset({ir.B_FUNCTION, ir.B_CLASS, ir.B_FROM})
"""Bindings of names that may be functions or classes."""

NAMESPACE_BINDINGS: Final = frozenset({ir.B_CLASS, ir.B_FROM, ir.B_IMPORT})
"""Bindings of names whose attributes may be functions or classes."""

CARRIERS: Final = frozenset({ir.E_ATTR, ir.E_NAME, ir.E_BOUND, ir.E_IN, ir.E_FUNCTION})
"""Opcodes of expressions that may be functions, classes or new objects, without calls."""

CODE_KINDS: Final = frozenset({V_FUNCTION, V_CLASS})

Callback = tuple[str, str, str]
"""``kind, path, qualified name``: a function (``f``) or a class (``c``) that is passed, or the class of an instance
(``i``) or of the elements of a container (``n``).
"""


class CallbackFinder:
    """Finds the callbacks in the calls of files, one file after another."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.state = new_inference(program)

    def callbacks_of(self, file: SourceFile) -> tuple[tuple[CallbackFlow, ...], set[int]]:
        """Return the callbacks that a file passes to others, sorted, and the numbers of the keys that were read."""
        self.file = file
        self.state.begin_file()
        code, calls = likely(file)
        flows: set[CallbackFlow] = set()
        for scope, fields in enumerate(file.sites):
            # a site row has four fields, of which the second is the place of the call
            for place in calls.keys() & fields[1::4]:
                self.state.begin()
                with suppress(TooComplex):
                    flows.update(self._flows_of(scope, calls[place], code))
        return tuple(sorted(flows)), self.state.reads

    def _flows_of(self, scope: int, row: ir.CallExpr, code: set[int]) -> Iterator[CallbackFlow]:
        _, callee, arguments, _ = row
        places = code.intersection((*arguments, *(argument for _, argument in keywords_of(row))))
        callbacks = {place: values for place in places if (values := self._callbacks(scope, place))}
        for function in self.state.infer(self.file, scope, callee, MAX_CHAIN) if callbacks else ():
            for target in self._functions_run(function):
                _, path, place, *_ = target
                file = self.program.files[path]
                definition, *_ = file.functions[place]
                if file is self.file or definition < 0:
                    continue
                name = file.function_name(place)
                self.state.read(KEY_SIGNATURE, path, name)
                _, _, _, parameters, *_ = file.functions[place]
                for position, _, argument in Signature(file, target).arguments(self.file, row):
                    _, _, _, annotation = parameters[position]
                    for kind, *callback in callbacks.get(argument, ()):
                        # an annotation says more of an object than what one caller passes
                        if kind in CODE_KINDS or not annotation:
                            yield CallbackFlow(path, name, position, kind, *callback)

    def _functions_run(self, value: Ref) -> list[CallableRef]:
        """Return the functions that a call of a value runs: the function itself, or the constructors of a class."""
        if is_function(value):
            return [value]
        if not is_class(value):
            return []
        _, _, _, exactness = value
        instance = instance_of(value, exactness)
        methods = [self.state.attribute(instance, name, MAX_CHAIN - 1) for name in ("__new__", "__init__")]
        return [function for refs in methods for function in functions_in(refs)]

    def _callbacks(self, scope: int, argument: int) -> list[Callback]:
        callbacks: list[Callback] = []
        for value in self.state.infer(self.file, scope, argument, MAX_CHAIN):
            if is_container(value):
                elements = iterate(self.state, value, MAX_CHAIN)
                callbacks += [(V_ELEMENTS, path, name) for _, path, name, is_sure in instances_in(elements) if is_sure]
            elif is_instance(value):
                _, path, name, exactness = value
                callbacks += [(V_INSTANCE, path, name)] if exactness else []
            elif is_function(value):
                _, path, place, *_ = value
                callbacks.append((V_FUNCTION, path, self.program.files[path].function_name(place)))
            elif is_class(value):
                _, path, name, _ = value
                callbacks.append((V_CLASS, path, name))
        return callbacks


def likely(file: SourceFile) -> tuple[set[int], dict[int, ir.CallExpr]]:
    """Return the expressions of a file that look like functions or classes, and, by place, the calls that pass some of
    them to a callee that may be of another file.

    The former are names that some scope binds to one or imports, attributes of modules and classes, methods of the file
    on ``self``, and new objects of classes, alone or in a list. Most arguments are neither, and cost nothing more.
    """
    names, exprs = _Names(file), file.exprs
    code, objects, calls = _decorated(file), set[int](), dict[int, ir.CallExpr]()
    # one pass is enough: the parser adds a row after the rows that it names
    for place, row in enumerate(exprs):
        if row is None:
            continue
        if row[0] == ir.E_CALL:
            _, callee, arguments, keywords = row
            if names.makes_object(exprs[callee]):
                objects.add(place)
            passed = (*arguments, *keywords[1::2])
            passes_code = not code.isdisjoint(passed) and names.may_be_foreign(exprs[callee])
            if passes_code or (not objects.isdisjoint(passed) and names.takes_objects(exprs, callee)):
                calls[place] = row
        elif row[0] in CARRIERS:
            if ir.is_name(row) and names.is_object(row):
                objects.add(place)
            elif names.is_code(row, code, exprs):
                code.add(place)
        elif row[0] == ir.E_SEQUENCE and not objects.isdisjoint(row):
            objects.add(place)
    return code | objects, calls


def _decorated(file: SourceFile) -> set[int]:
    """Return the expressions of functions with decorators: what a decorator above these gets."""
    places: set[int] = set()
    for _, (site_kind, place, _, _) in file.call_sites():
        if site_kind == ir.C_DECORATE and ir.is_call(row := file.exprs[place]):
            _, _, (decorated, *_), _ = row
            if ir.is_call(file.exprs[decorated]):
                places.add(decorated)
    return places


class _Names:
    """Names that a file binds in some scope.

    ``code``: to functions, classes or what it imports, or to another name of those; ``namespaces``: to what may hold
    some; ``receivers``: to the first parameter of a method; ``objects``: to a call of a class; ``foreign``: to anything
    but its own functions as they are, or None when it imports everything from a module.
    """

    def __init__(self, file: SourceFile) -> None:
        self.code: set[str] = set()
        self.namespaces: set[str] = set()
        self.receivers: set[str] = set()
        self.objects: set[str] = set()
        self._names_of_names: list[tuple[str, str]] = []
        foreign: set[str] = set()
        for _, _, _, bindings_by_name, _ in file.scopes:
            for name, bindings in bindings_by_name.items():
                for binding in bindings:
                    # a decorator may put a function of another file in the place of the decorated one
                    if binding[0] != ir.B_FUNCTION or binding[2]:
                        foreign.add(name)
                    if binding[0] == ir.B_VALUE:
                        self._add_value(name, binding, file.exprs)
                    elif binding[0] == ir.B_PARAM:
                        self._add_parameter(name, binding)
                    else:
                        self._add_definition(name, binding[0])
        self.foreign = None if file.stars else foreign
        # last, because a name may be assigned above what it stands for
        for name, other in self._names_of_names:
            if other in self.code:
                self.code.add(name)

    def _add_value(self, name: str, binding: ir.ValueBinding, exprs: Sequence[ir.Expr | None]) -> None:
        _, value = binding
        row = exprs[value]
        if ir.is_call(row):
            _, callee, _, _ = row
            if self.makes_object(exprs[callee]):
                self.objects.add(name)
        elif row is not None and row[0] == ir.E_UNION:  # ``a if x else b``
            _, *places = row
            self._add_names(name, map(exprs.__getitem__, places))
        else:
            self._add_names(name, (row,))

    def _add_parameter(self, name: str, binding: ir.ParameterBinding) -> None:
        _, _, _, role = binding
        if role in (ir.P_SELF, ir.P_CLS):
            self.receivers.add(name)

    def _add_definition(self, name: str, kind: int) -> None:
        if kind in CODE_BINDINGS:
            self.code.add(name)
        if kind in NAMESPACE_BINDINGS:
            self.namespaces.add(name)

    def _add_names(self, name: str, rows: Iterable[ir.Expr | None]) -> None:
        """Note which names a name may stand for."""
        for row in rows:
            if ir.is_name(row):
                _, other, *_ = row
                self._names_of_names.append((name, other))

    def is_code(self, row: ir.Expr, code: set[int], exprs: Sequence[ir.Expr | None]) -> bool:
        """Tell whether a row looks like a function, a class or a new object; ``code`` are the places before it that
        do.
        """
        if ir.is_attribute(row):
            _, base, attribute = row
            return self.may_hold_code(exprs[base], attribute)
        if ir.is_name(row):
            _, name, *_ = row
            return name in self.code
        if ir.is_in_scope(row):
            _, _, place = row
            return place in code
        return row[0] == ir.E_FUNCTION

    def may_hold_code(self, base: ir.Expr | None, attribute: str) -> bool:
        """Tell whether an attribute of an expression may be a function or a class."""
        if base is None or (base[0] != ir.E_NAME and base[0] != ir.E_BOUND):
            return False
        _, name, *_ = base
        return name in self.namespaces or (name in self.receivers and attribute in self.code)

    def makes_object(self, callee: ir.Expr | None) -> bool:
        """Tell whether a callee looks like a class, by its capital initial."""
        if ir.is_attribute(callee):
            _, _, name = callee
        elif ir.is_name(callee):
            _, name, *_ = callee
        else:
            return False
        return name[:1].isupper()

    def is_object(self, row: ir.NameExpr | ir.BoundExpr) -> bool:
        """Tell whether a name is bound to a new object of a class somewhere in the file."""
        _, name, *_ = row
        return name in self.objects

    def takes_objects(self, exprs: Sequence[ir.Expr | None], callee: int) -> bool:
        """Tell whether objects are looked at that are passed to a callee: a name of another file, or an attribute of a
        module, a class or a new object. Methods of ``self`` and of results are too many for what they tell.
        """
        row = exprs[callee]
        if not ir.is_attribute(row):
            return ir.is_name(row) and self.may_be_foreign(row)
        _, base, _ = row
        owner = exprs[base]
        if not ir.is_name(owner):
            return False
        _, name, *_ = owner
        return name in self.namespaces or name in self.objects

    def may_be_foreign(self, callee: ir.Expr | None) -> bool:
        """Tell whether a callee may be of another file."""
        if callee is None or self.foreign is None or not ir.is_name(callee):
            return callee is not None
        _, name, *_ = callee
        return name in self.foreign
