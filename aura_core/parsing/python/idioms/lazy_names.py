"""Binds the names that a module's ``__getattr__`` gives (PEP 562), where the source spells them out."""

from __future__ import annotations

import ast

from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.ir import B_FROM, FromBinding
from aura_core.parsing.python.source_text import last_name

GETATTR = "__getattr__"

MAX_NAMES = 1_000
"""Names beyond this number are not bound."""

LazyNames = dict[str, FromBinding]


def bind_lazy_names(builder: Builder, tree: ast.Module) -> None:
    """Bind each name that ``__getattr__`` gives and that no statement of the module binds."""
    module = builder.scopes[0]
    if GETATTR not in module.bindings:
        return
    names: LazyNames = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == GETATTR:
            names |= _tested_names(statement) | _table_names(statement, tree)
        elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            names |= _attached_names(statement.value)
    for name, binding in list(names.items())[:MAX_NAMES]:
        if name not in module.bindings:
            module.bind(name, binding, builder.intern)


def _tested_names(function: ast.FunctionDef) -> LazyNames:
    """Return the names of ``if name == "x": from module import x`` and of ``if name in ("x", "y"): …``."""
    names: LazyNames = {}
    for test in ast.walk(function):
        if isinstance(test, ast.If):
            imports = [node for part in test.body for node in ast.walk(part) if isinstance(node, ast.ImportFrom)]
            imported: LazyNames = {
                alias.name: (B_FROM, node.level, node.module or "", alias.name)
                for node in imports
                for alias in node.names
            }
            tested = _compared_texts(test.test, function)
            names |= {name: imported[name] for name in tested if name in imported}
            if len(tested) == len(imported) == 1:  # ``from module import x as y`` gives the only name
                names |= dict(zip(tested, imported.values(), strict=True))
    return names


def _compared_texts(test: ast.expr, function: ast.FunctionDef) -> list[str]:
    """Return the texts with which a test compares the argument of ``__getattr__``."""
    argument = next((argument.arg for argument in function.args.args), "")
    match test:
        case ast.Compare(ast.Name(name), [ast.Eq() | ast.In()], [other]) if name == argument:
            parts = other.elts if isinstance(other, ast.Tuple | ast.List | ast.Set) else [other]
            return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return []


def _table_names(function: ast.FunctionDef, tree: ast.Module) -> LazyNames:
    """Return the names in a dict of the module that ``__getattr__`` reads, when it imports modules by name:
    ``{"x": ".module"}``, ``{"x": (".module", "y")}`` or ``{"module": ["x", "y"]}``.
    """
    reads = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    calls = {last_name(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    if not calls & {"import_module", "__import__"}:
        return {}
    names: LazyNames = {}
    for statement in tree.body:
        match statement:
            case ast.Assign([ast.Name(table)], ast.Dict() as literal) | ast.AnnAssign(
                ast.Name(table), _, ast.Dict() as literal
            ) if table in reads:
                for key, value in zip(literal.keys, literal.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        names |= _names_of_entry(key.value, value)
    return names


def _names_of_entry(key: str, value: ast.expr) -> LazyNames:
    texts = _texts(value)
    match value:
        case ast.Constant(str(module)):
            return {key: _binding(module, key)}
        case ast.Tuple() if len(texts) == 2:
            module, name = texts
            return {key: _binding(module, name)}
        case ast.List():
            return {name: _binding(key if key.startswith(".") else f".{key}", name) for name in texts}
    return {}


def _attached_names(call: ast.Call) -> LazyNames:
    """Return the names that ``lazy_loader.attach`` gives a package."""
    if last_name(call.func) != "attach" or not call.args:
        return {}
    arguments = {"submodules": ast.Set([]), "submod_attrs": ast.Dict([], [])} | dict(
        zip(("submodules", "submod_attrs"), call.args[1:], strict=False)
    )
    arguments |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg in arguments}
    names = {name: _binding(".", name) for name in _texts(arguments["submodules"])}
    match arguments["submod_attrs"]:
        case ast.Dict(keys, values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    names |= {name: _binding(f".{key.value}", name) for name in _texts(value)}
    return names


def _texts(node: ast.expr) -> list[str]:
    """Return the texts that a list, a tuple or a set spells out."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List | ast.Set) else []
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _binding(module: str, name: str) -> FromBinding:
    """Return the binding of ``from module import name``; the dots before a module count its level."""
    path = module.lstrip(".")
    return B_FROM, len(module) - len(path), path, name
