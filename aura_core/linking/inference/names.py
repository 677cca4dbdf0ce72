"""Infers names: follows them through scopes, imports and re-exports to their bindings, parameters included."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from aura_core.linking.dependency_keys import (
    KEY_HAS_ALL,
    KEY_IN_ALL,
    KEY_MODULE,
    KEY_NAME,
    KEY_REGISTERED,
    KEY_STARS,
    KEY_STEM,
    KEY_STUB,
    KEY_TOP,
)
from aura_core.linking.inference.annotations import infer_annotation
from aura_core.linking.inference.builtin_types import BUILTINS
from aura_core.linking.inference.state import MAX_VALUES, NO_VALUES, InferenceState, Location
from aura_core.linking.modules.hints import folder_of
from aura_core.linking.modules.search_path import is_library, may_be_inside, searched_folder
from aura_core.linking.source_file import SourceFile
from aura_core.linking.summary import GENERIC
from aura_core.linking.values import (
    V_CLASS,
    V_CONTAINER,
    V_FUNCTION,
    V_INSTANCE,
    V_MODULE,
    V_PARAMETER,
    V_WRAPPED,
    Ref,
    Refs,
    external,
)
from aura_core.model.graph import EXTERNAL
from aura_core.parsing.python import ir

NOWHERE: Final = "?"
"""The name of a module that the tree may have, where it is not known which of its files that is."""

CALLABLE_KINDS: Final = frozenset({V_FUNCTION, V_CLASS, V_INSTANCE})
"""Kinds of values that a decorated or a registered function may be."""


def infer_name(state: InferenceState, location: Location, row: ir.NameExpr, depth: int) -> Sequence[Ref]:
    """Return what a name means in a scope. Inner scopes come first, then the module, its star imports and builtins."""
    file, scope, _ = location
    _, name = row
    visible = file.visible(scope, name)
    if visible is not None:
        inner, bindings = visible
        return infer_bindings(state, file, inner, bindings, depth - 1)
    refs = infer_global(state, file, name, depth)
    if refs is not None:
        return refs
    return (external(f"builtins.{name}"),) if name in BUILTINS else _from_outside(state, file, name)


def infer_bound(state: InferenceState, location: Location, row: ir.BoundExpr, depth: int) -> Refs:
    """Return what a name stands for at a place, by the bindings that reach it."""
    file, scope, _ = location
    _, name, *places = row
    # only names of the module have keys; what inner scopes bind is part of the value of other keys
    if scope == 0:
        state.read(KEY_NAME, file.path, name)
    _, _, _, bindings_by_name, _ = file.scopes[scope]
    bindings = bindings_by_name[name]
    return infer_bindings(state, file, scope, [bindings[place] for place in places], depth - 1)


def infer_global(state: InferenceState, file: SourceFile, name: str, depth: int) -> Refs | None:
    """Return what a module binds a name to; None when it does not bind it."""
    if depth <= 0:
        return NO_VALUES
    if file is state.own_file:
        # scope -1 keeps these keys apart from those of expressions
        return state.memoize_own((-1, name, depth), _infer_global, state, file, name, depth)
    return state.memoize_other(file.names[state.plain], (name, depth), _infer_global, state, file, name, depth)


def _infer_global(state: InferenceState, file: SourceFile, name: str, depth: int) -> Refs | None:
    state.reads.add(state.number((KEY_NAME, file.path, name)))
    bindings = file.reaching(0, name)
    if bindings is None:
        return _infer_starred(state, file, name, depth)
    return infer_bindings(state, file, 0, bindings, depth - 1)


def _infer_starred(state: InferenceState, file: SourceFile, name: str, depth: int) -> Refs | None:
    """Return what ``import *`` binds a name to. The last module that has it wins, as it does at run time."""
    state.read(KEY_STARS, file.path)
    out = None
    for level, written in file.stars:
        path = path_of(state, module_name(state, file, level, written))
        if not path or path == file.path:
            continue
        other = state.program.files[path]
        if _exports(state, other, name):
            refs = infer_global(state, other, name, depth - 1)
            refs = refs if refs is not None else _infer_stubbed(state, other, name, depth - 1)
            out = refs if refs is not None else out  # no early return: a later module replaces what an earlier one gave
    return out


def _exports(state: InferenceState, file: SourceFile, name: str) -> bool:
    """Tell whether ``import *`` takes a name from a module."""
    state.read(KEY_HAS_ALL, file.path)
    if file.all is None:
        return not name.startswith("_")
    state.read(KEY_IN_ALL, file.path, name)
    return name in file.all


def _infer_stubbed(state: InferenceState, file: SourceFile, name: str, depth: int) -> Refs | None:
    """Return what the stub beside a source binds a name to; None when it does not bind it."""
    state.read(KEY_STUB, file.path)
    path = state.program.tables.stubs.get(file.path)
    return infer_global(state, state.program.files[path], name, depth - 1) if path is not None else None


def _from_outside(state: InferenceState, file: SourceFile, name: str) -> Refs:
    """Return a name that nothing in the tree binds as one of the module outside the tree from which everything is
    imported, where there is exactly one such module.
    """
    if not file.stars:
        return NO_VALUES
    state.read(KEY_STARS, file.path)
    names = [module_name(state, file, level, written) for level, written in file.stars]
    outside = {dotted for dotted in names if path_of(state, dotted) is None}
    return (external(f"{outside.pop()}.{name}"),) if len(outside) == 1 and NOWHERE not in outside else NO_VALUES


def path_of(state: InferenceState, dotted: str) -> str | None:
    """Return the path of a module, "" for a namespace folder, None for a module outside the tree."""
    state.reads.add(state.number((KEY_MODULE, dotted)))
    return state.program.tables.modules.get(dotted)


def module_name(state: InferenceState, file: SourceFile, level: int, written: str) -> str:
    """Return the name under which the tree has the module that an import statement names, ``NOWHERE`` when it may have
    it, else the name that the statement means. A file outside packages may also name its neighbours, and any file what
    is on the search path.
    """
    dotted = file.absolute(level, written)
    if path_of(state, dotted) is not None:
        return dotted
    if file.sibling_prefix and path_of(state, f"{file.sibling_prefix}.{dotted}") is not None:
        return f"{file.sibling_prefix}.{dotted}"
    return dotted if level or is_library(dotted) else _searched_name(state, file, dotted)


def _searched_name(state: InferenceState, file: SourceFile, dotted: str) -> str:
    """Return the name of a module that some folder of the search path has; "" for a folder that is an import root."""
    name, _, _ = dotted.partition(".")
    state.read(KEY_TOP, name)
    top = state.program.tables.search.tops.get(name)
    if top is None:
        return dotted
    folder = searched_folder(top, file.folders, folder_of(file.path))
    if folder is None:
        return NOWHERE if may_be_inside(top) else dotted
    stem = f"{folder}/{dotted.replace('.', '/')}".strip("/")
    state.read(KEY_STEM, stem)
    return state.program.tables.search.stems.get(stem, NOWHERE)


def infer_module_attribute(state: InferenceState, dotted: str, name: str, depth: int) -> Refs:
    """Return what a module of the tree has under a name: what it binds, else the module below it."""
    path, below = path_of(state, dotted), f"{dotted}.{name}" if dotted else name
    refs = infer_global(state, state.program.files[path], name, depth - 1) if path else None
    if refs is not None:
        return refs
    if path_of(state, below) is not None:
        return ((V_MODULE, below),)
    return (path and _infer_stubbed(state, state.program.files[path], name, depth - 1)) or NO_VALUES


def infer_import(state: InferenceState, file: SourceFile, level: int, written: str, name: str, depth: int) -> Refs:
    """Return what ``from written import name`` binds: an attribute of the module, else a module below it."""
    dotted = module_name(state, file, level, written)
    path, below = path_of(state, dotted), f"{dotted}.{name}" if dotted else name
    if path == file.path and path_of(state, below) is not None:
        return ((V_MODULE, below),)  # a package that imports from itself: this statement is what binds the name
    refs = infer_global(state, state.program.files[path], name, depth - 1) if path else None
    if refs is not None:
        return refs
    if path_of(state, below) is not None:
        return ((V_MODULE, below),)
    if path is None:
        return (external(below),) if dotted != NOWHERE and (dotted or level) else NO_VALUES
    return (path and _infer_stubbed(state, state.program.files[path], name, depth - 1)) or NO_VALUES


def imported_module(
    state: InferenceState, file: SourceFile, level: int, written: str, name: str | None, depth: int
) -> str:
    """Return the path of the module that an import statement names, ``external:`` and a dotted name for one outside
    the tree, "" for a folder and for what may be in the tree.

    That is the sub-module where the imported name stands for it, else the module that the name is taken from.
    """
    dotted = module_name(state, file, level, written)
    path = path_of(state, dotted)
    if name is not None and name != "*":
        below = f"{dotted}.{name}" if dotted else name
        if (V_MODULE, below) in infer_import(state, file, level, written, name, depth):
            return path_of(state, below) or ""
        dotted = dotted or below
    return path if path is not None else EXTERNAL + dotted if dotted not in ("", NOWHERE) else ""


def infer_bindings(
    state: InferenceState, file: SourceFile, scope: int, bindings: Sequence[ir.Binding], depth: int
) -> Refs:
    """Return what some bindings of a scope stand for."""
    own_file = state.own_file
    if file is not own_file:
        state.own_file = None  # another file's names mean the same whoever asks
    refs: Sequence[Ref]
    try:
        if len(bindings) == 1:
            (binding,) = bindings
            refs = _BINDINGS[binding[0]](state, file, scope, binding, depth)
        else:
            refs = [r for binding in bindings for r in _BINDINGS[binding[0]](state, file, scope, binding, depth)]
    finally:
        state.own_file = own_file
    return tuple(refs) if len(refs) < 2 else tuple(dict.fromkeys(refs))[:MAX_VALUES]


def _infer_nothing(state: InferenceState, file: SourceFile, scope: int, binding: ir.Binding, depth: int) -> Refs:
    return NO_VALUES


def _infer_value(state: InferenceState, file: SourceFile, scope: int, binding: ir.ValueBinding, depth: int) -> Refs:
    _, place = binding
    return state.infer(file, scope, place, depth)


def _infer_function(
    state: InferenceState, file: SourceFile, scope: int, binding: ir.FunctionBinding, depth: int
) -> Sequence[Ref]:
    """Return what the decorators of a function return. A decorator of which that is not known is left out."""
    _, place, decorators = binding
    function: Ref = (V_FUNCTION, file.path, place, None)
    if state.plain:
        return (function,)
    inner = scope
    row = file.exprs[decorators]
    while row is not None:  # from the outermost decorator in: ``(E_CALL, decorator, (decorated,), ())``
        wrappers = state.infer(file, inner, decorators, depth)
        if values := [r for r in wrappers if r[0] in CALLABLE_KINDS]:
            return values if function in values else [*values, (V_WRAPPED, file.path, place)]
        if not GENERIC.isdisjoint(wrappers):
            return [function, *_infer_registered(state, file, place, depth)]
        if ir.is_in_scope(row):
            _, inner, decorators = row
        elif ir.is_call(row):
            _, _, (decorators, *_), _ = row
        else:
            break
        row = file.exprs[decorators]
    return (function,)


def _infer_registered(state: InferenceState, file: SourceFile, place: int, depth: int) -> list[Ref]:
    """Return what is registered with a generic function."""
    state.read(KEY_REGISTERED, file.path, file.function_name(place))
    return [
        r
        for scope, argument in state.program.summary_of(file).registrations.get(place, ())
        for r in state.infer(file, scope, argument, depth)
        if r[0] in CALLABLE_KINDS
    ]


def _infer_class(state: InferenceState, file: SourceFile, scope: int, binding: ir.ClassBinding, depth: int) -> Refs:
    _, place, _ = binding
    return ((V_CLASS, file.path, file.class_name(place), 1),)


def _infer_from(state: InferenceState, file: SourceFile, scope: int, binding: ir.FromBinding, depth: int) -> Refs:
    _, level, written, name = binding
    return infer_import(state, file, level, written, name, depth)


def _infer_module(state: InferenceState, file: SourceFile, scope: int, binding: ir.ImportBinding, depth: int) -> Refs:
    _, written = binding
    dotted = module_name(state, file, 0, written)
    if dotted == NOWHERE:
        return NO_VALUES
    return ((V_MODULE, dotted),) if not dotted or path_of(state, dotted) is not None else (external(dotted),)


def _infer_parameter(
    state: InferenceState, file: SourceFile, scope: int, binding: ir.ParameterBinding, depth: int
) -> Sequence[Ref]:
    """Return the values of a parameter: those that calls pass, of its annotation, and of its default."""
    _, place, position, role = binding
    _, inner, _, parameters, *_ = file.functions[place]
    _, _, outer, _, _ = file.scopes[inner]
    if role in (ir.P_SELF, ir.P_CLS):
        _, unit, _, _, _ = file.scopes[outer]
        name = file.class_name(unit)
        return ((V_INSTANCE, file.path, name, 0),) if role == ir.P_SELF else ((V_CLASS, file.path, name, 0),)
    if role in (ir.P_ARGS, ir.P_KWARGS):  # the container itself; what calls pass is in its contents
        return ((V_CONTAINER, file.path, place, position, "tuple" if role == ir.P_ARGS else "dict", role),)
    _, _, default, annotation = parameters[position]
    refs: list[Ref] = []
    if state.own_file is file:
        refs += state.flowing((place, position))
        if (place, position) in state.callbacks:
            refs.append((V_PARAMETER, place, position))
    if annotation:
        refs += infer_annotation(state, file, outer, annotation, depth)
    refs += state.infer(file, outer, default, depth)
    if state.own_file is file and not refs:
        refs += state.passed_objects.get((place, position), ())
    return refs


_BINDINGS: Final[Mapping[int, Callable[..., Sequence[Ref]]]] = {
    ir.B_UNKNOWN: _infer_nothing,
    ir.B_FUNCTION: _infer_function,
    ir.B_CLASS: _infer_class,
    ir.B_FROM: _infer_from,
    ir.B_IMPORT: _infer_module,
    ir.B_VALUE: _infer_value,
    ir.B_PARAM: _infer_parameter,
}
"""The rule for each kind of binding."""
