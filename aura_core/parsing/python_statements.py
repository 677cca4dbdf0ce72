"""Statements of a Python file, in order: what they define, bind, import, store and call."""

from __future__ import annotations

import ast
from typing import Any

from aura_core.model.facts import Definition
from aura_core.model.graph import NodeKind
from aura_core.parsing.python_code import (
    B_CLASS,
    B_FROM,
    B_FUNCTION,
    B_IMPORT,
    B_UNKNOWN,
    B_VALUE,
    C_DECORATE,
    C_ENTER,
    C_ITER,
    C_RAISE,
    E_CALL,
    E_CLASS,
    E_CONST,
    E_EACH,
    E_ENTER,
    E_FUNCTION,
    E_INSTANCE,
    E_ITEM,
    E_REST,
    E_SEQUENCE,
    E_TYPED,
    F_ASYNC,
    F_CLASS,
    F_CONTEXT,
    F_GENERATOR,
    F_METHOD,
    F_PROPERTY,
    F_STATIC,
    P_CLS,
    P_SELF,
    S_CLASS,
    S_FUNCTION,
    S_MODULE,
)  # fmt: skip
from aura_core.parsing.python_expressions import Expressions
from aura_core.parsing.python_scopes import Env
from aura_core.parsing.python_text import Function, Lines, first_paragraph

MAX_ATTRIBUTE_VALUES = 16
"""More assignments to one attribute of a class than this are dropped."""

FLAGS = {
    "staticmethod": F_STATIC, "classmethod": F_CLASS, "property": F_PROPERTY, "cached_property": F_PROPERTY, "abstractproperty": F_PROPERTY,
    "contextmanager": F_CONTEXT, "asynccontextmanager": F_CONTEXT,
}  # fmt: skip

TRANSPARENT = frozenset({*FLAGS, "overload", "override", "final", "abstractmethod", "setter", "getter", "deleter", "wraps"})
"""Decorators whose result is called like the function itself."""

ACCESSORS = frozenset({"setter", "getter", "deleter"})

IMPLICIT_CLASS = frozenset({"__new__", "__init_subclass__", "__class_getitem__"})

Terminal = bool
"""Whether the code after a statement is not reached from it."""


class Statements(Expressions):
    """Visits statements."""

    def __init__(self, lines: Lines) -> None:
        super().__init__(lines)
        self._names: dict[str, int] = {}
        self._prefix = ""
        self._owner = -1
        self._statements: dict[type[ast.AST], Any] = {
            ast.Expr: self._expression, ast.Assign: self._assign, ast.AnnAssign: self._annotated_assign, ast.AugAssign: self._augmented,
            ast.Return: self._return, ast.If: self._branches, ast.For: self._for, ast.AsyncFor: self._for, ast.While: self._while,
            ast.With: self._with, ast.AsyncWith: self._with, ast.Try: self._try, ast.Raise: self._raise, ast.Assert: self._assert,
            ast.Import: self._import, ast.ImportFrom: self._import_from, ast.Global: self._global, ast.Nonlocal: self._nonlocal,
            ast.Pass: self._nothing, ast.Break: self._leave, ast.Continue: self._leave, ast.Delete: self._delete, ast.Match: self._match,
            ast.FunctionDef: self._function, ast.AsyncFunctionDef: self._function, ast.ClassDef: self._class,
        }  # fmt: skip
        if hasattr(ast, "TryStar"):
            self._statements[ast.TryStar] = self._try
        if hasattr(ast, "TypeAlias"):
            self._statements[ast.TypeAlias] = self._type_alias

    def module(self, body: list[ast.stmt], definition: Definition) -> None:
        """Visit a whole module; ``definition`` is its row."""
        self.definitions.append(definition)
        self.open_scope(S_MODULE, -1, 0)
        self.block(body)

    def forget(self) -> None:
        """Drop the visits, as in ``Expressions``."""
        super().forget()
        self._statements = {}

    def block(self, body: list[ast.stmt]) -> Terminal:
        """Visit statements in order; whether the end of them is never reached."""
        terminal = False
        visits = self._statements
        for statement in body:
            terminal = bool(visits[type(statement)](statement)) or terminal
        return terminal

    # Plain statements

    def _nothing(self, _: ast.stmt) -> None:
        return None

    def _leave(self, _: ast.stmt) -> Terminal:
        return True

    def _expression(self, node: ast.Expr) -> None:
        if type(node.value) is not ast.Constant:
            self.value(node.value)
            if self.scope.kind == S_MODULE:
                self._extend_all(node.value)

    def _return(self, node: ast.Return) -> Terminal:
        if node.value is not None:
            place = self.value(node.value)
            if self.scope.function >= 0:
                found = self.functions[self.scope.function][4]
                if place and place not in found:
                    found.append(place)
        return True

    def _raise(self, node: ast.Raise) -> Terminal:
        if node.exc is not None:
            place = self.value(node.exc)
            if not isinstance(node.exc, ast.Call) and place:
                self.site(C_RAISE, place, node.exc.lineno, node.exc)
        if node.cause is not None:
            self.value(node.cause)
        return True

    def _assert(self, node: ast.Assert) -> None:
        self.value(node.test)
        if node.msg is not None:
            self.value(node.msg)
        self.narrow(node.test)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if not isinstance(target, ast.Name):
                self.value(target)

    # Assignments

    def _assign(self, node: ast.Assign) -> None:
        place = self.value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List):
                self._unpack(target, place)
            else:
                self.target(target, place)
            if isinstance(target, ast.Name) and target.id == "__all__" and self.scope.kind == S_MODULE:
                self.all = _strings(node.value)

    def _annotated_assign(self, node: ast.AnnAssign) -> None:
        kind = self.annotated(node.annotation)
        place = self.value(node.value) if node.value is not None else 0
        if kind and place:
            place = self.intern((E_TYPED, kind, place))
        elif kind:
            place = self.instance(kind)
        self.target(node.target, place)
        if node.value is not None and isinstance(node.target, ast.Name) and node.target.id == "__all__" and self.scope.kind == S_MODULE:
            self.all = _strings(node.value)

    def _augmented(self, node: ast.AugAssign) -> None:
        place = self.value(node.value)
        target = node.target
        if not isinstance(target, ast.Name):
            self.target(target, place)
            return
        if target.id == "__all__" and self.scope.kind == S_MODULE:
            self.all = [*(self.all or ()), *_strings(node.value)]
        before = self.read(target.id)
        if place and place != before:
            self.scope.bind(target.id, (B_VALUE, self.union([before, place])), self)

    def _extend_all(self, node: ast.expr) -> None:
        """``__all__.extend([…])`` and ``__all__.append("…")``."""
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Name):
            return
        if node.func.value.id == "__all__" and node.func.attr in ("extend", "append") and node.args:
            self.all = [*(self.all or ()), *_strings(node.args[0])]

    def target(self, node: ast.expr, place: int) -> None:
        """Bind an assignment's target to the value at ``place``."""
        if type(node) is ast.Name:
            self.scope.bind(node.id, (B_VALUE, place) if place else (B_UNKNOWN,), self)
        elif isinstance(node, ast.Attribute):
            self._set_attribute(node, place)
        elif isinstance(node, ast.Tuple | ast.List):
            self._unpack(node, place)
        elif isinstance(node, ast.Starred):
            self.target(node.value, self.intern((E_REST, place, 0)) if place else 0)
        elif isinstance(node, ast.Subscript):
            base, key = self.value(node.value), 0 if isinstance(node.slice, ast.Slice) else self.value(node.slice)
            if base and place:
                self.stores.append((self.scope.place, base, (key,), place))

    def _set_attribute(self, node: ast.Attribute, place: int) -> None:
        base = node.value
        if not isinstance(base, ast.Name) or not self.scope.self_name or base.id != self.scope.self_name:
            base_place = self.value(base)
            if base_place and place:
                self.stores.append((self.scope.place, base_place, node.attr, place))
            return
        values = self.classes[self.scope.self_class][3].setdefault(node.attr, [])
        if len(values) < 2 * MAX_ATTRIBUTE_VALUES:
            values += (self.scope.place, place)

    def _unpack(self, node: ast.Tuple | ast.List, place: int) -> None:
        row = self.exprs[place]
        elements = row[2:] if row is not None and row[0] == E_SEQUENCE else None
        starred = next((i for i, t in enumerate(node.elts) if isinstance(t, ast.Starred)), -1)
        for i, target in enumerate(node.elts):
            if not place:
                self.target(target, 0)
            elif elements is not None and starred < 0 and len(elements) == len(node.elts):
                self.target(target, elements[i])
            elif starred < 0 or i < starred:
                self.target(target, self.intern((E_ITEM, place, self.intern((E_CONST, i)))))
            elif i == starred and isinstance(target, ast.Starred):
                self.target(target.value, self.intern((E_REST, place, i)))
            else:
                self.target(target, self.intern((E_ITEM, place, self.intern((E_CONST, i - len(node.elts))))))

    # Branches

    def _branches(self, node: ast.If) -> Terminal:
        scope = self.scope
        ends: list[Env] = []
        following: list[ast.stmt] = [node]
        while len(following) == 1 and isinstance(following[0], ast.If):
            branch = following[0]
            self.value(branch.test)
            before = dict(scope.env)
            self.narrow(branch.test)
            if not self.block(branch.body):
                ends.append(scope.env)
            scope.env = before
            if isinstance(branch.test, ast.UnaryOp) and isinstance(branch.test.op, ast.Not):
                self.narrow(branch.test.operand)
            following = branch.orelse
        if not self.block(following):
            ends.append(scope.env)
        scope.join(ends)
        return not ends

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        place = self.value(node.iter)
        if place:
            self.site(C_ITER, place, node.iter.lineno, node.iter)
        saved = self.scope.begin_loop()
        self.target(node.target, self.intern((E_EACH, place)) if place else 0)
        self.block(node.body)
        self.scope.end_loop(saved)
        self.block(node.orelse)

    def _while(self, node: ast.While) -> None:
        saved = self.scope.begin_loop()
        self.value(node.test)
        self.narrow(node.test)
        self.block(node.body)
        self.scope.end_loop(saved)
        self.block(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> Terminal:
        for item in node.items:
            place = self.value(item.context_expr)
            if place:
                self.site(C_ENTER, place, item.context_expr.lineno, item.context_expr)
            if item.optional_vars is not None:
                self.target(item.optional_vars, self.intern((E_ENTER, place)) if place else 0)
        return self.block(node.body)

    def _try(self, node: ast.Try) -> Terminal:
        scope = self.scope
        saved = dict(scope.env), len(scope.log)
        ends: list[Env] = []
        if not self.block([*node.body, *node.orelse]):
            ends.append(scope.env)
        anywhere = scope.reaching(saved)
        for handler in node.handlers:
            scope.env = dict(anywhere)
            self._caught(handler)
            if not self.block(handler.body):
                ends.append(scope.env)
        scope.env = anywhere
        scope.join(ends)
        return self.block(node.finalbody) or not ends

    def _caught(self, handler: ast.ExceptHandler) -> None:
        if handler.type is None:
            return
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        place = self.union([self.value(k) for k in kinds])
        if handler.name:
            self.target(ast.Name(handler.name), self.instance(place))

    def _match(self, node: ast.Match) -> Terminal:
        place = self.value(node.subject)
        scope = self.scope
        before = dict(scope.env)
        ends: list[Env] = []
        complete = False
        for case in node.cases:
            scope.env = dict(before)
            self._pattern(case.pattern, place)
            if case.guard is not None:
                self.value(case.guard)
            complete = complete or (case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None)
            if not self.block(case.body):
                ends.append(scope.env)
        scope.env = before
        scope.join(ends if complete else [before, *ends])
        return complete and not ends

    def _pattern(self, pattern: ast.pattern, place: int) -> None:
        if isinstance(pattern, ast.MatchAs):
            inner = pattern.pattern
            if inner is not None:
                self._pattern(inner, place)
            if isinstance(inner, ast.MatchClass):
                place = self.intern((E_INSTANCE, self.value(inner.cls)))
            if pattern.name:
                self.target(ast.Name(pattern.name), place)
            return
        if isinstance(pattern, ast.MatchStar) and pattern.name:
            self.target(ast.Name(pattern.name), 0)
        elif isinstance(pattern, ast.MatchMapping) and pattern.rest:
            self.target(ast.Name(pattern.rest), 0)
        for child in ast.iter_child_nodes(pattern):
            if isinstance(child, ast.pattern):
                self._pattern(child, 0)
            elif isinstance(child, ast.expr):
                self.value(child)

    # Names from elsewhere

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imports.append((0, alias.name, None, node.lineno))
            name = alias.asname or alias.name.partition(".")[0]
            self.scope.bind(name, (B_IMPORT, alias.name if alias.asname else name), self)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            self.imports.append((node.level, module, alias.name, node.lineno))
            if alias.name == "*":
                self.stars.append((node.level, module))
            else:
                self.scope.bind(alias.asname or alias.name, (B_FROM, node.level, module, alias.name), self)

    def _global(self, node: ast.Global) -> None:
        if self.scope.kind != S_MODULE:
            self.scope.declared |= dict.fromkeys(node.names, self.scopes[0])

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            outer = self.scope.parent
            while outer is not None and (outer.kind != S_FUNCTION or name not in outer.binds):
                outer = outer.parent
            if outer is not None:
                self.scope.declared[name] = outer

    def _type_alias(self, node: Any) -> None:
        self.target(node.name, self.annotated(node.value))

    # Definitions

    def _function(self, node: Function) -> None:
        flags, decorators = self._decorators(node)
        if isinstance(node, ast.AsyncFunctionDef):
            flags |= F_ASYNC
        params = self.parameters(node.args)
        annotated = self.annotated(node.returns)
        outer = self.scope
        method = outer.kind == S_CLASS
        if method:
            flags |= F_METHOD | (F_CLASS if node.name in IMPLICIT_CLASS else 0)
        place, row = len(self.functions), len(self.definitions)
        returns: list[int] = []
        yields: list[int] = []
        self.functions.append([row, len(self.scopes), flags, params, returns, yields, annotated, 0])
        accessor = any(isinstance(d, ast.Attribute) and d.attr in ACCESSORS for d in node.decorator_list)
        decorated = self._apply(decorators, self.intern((E_FUNCTION, place)), node)
        if not (accessor and node.name in outer.binds):
            outer.bind(node.name, (B_FUNCTION, place, decorated), self)
        saved = self._define(node, NodeKind.METHOD if method else NodeKind.FUNCTION)
        scope = self.open_scope(S_FUNCTION, place, row)
        scope.function = place
        role = P_CLS if flags & F_CLASS else P_SELF
        if method and not flags & F_STATIC and params:
            scope.self_name, scope.self_class = params[0][0], outer.unit
            self.bind_parameters(place, params, method=role)
        else:
            if any(p[0] == scope.self_name for p in params):
                scope.self_name = ""
            self.bind_parameters(place, params, method=0)
        self.block(node.body)
        if yields:
            self.functions[place][2] |= F_GENERATOR
        self._leave_definition(saved)
        self.scope = outer

    def _class(self, node: ast.ClassDef) -> None:
        _, decorators = self._decorators(node)
        bases = [self.annotated(b) if isinstance(b, ast.Subscript) else self.value(b) for b in node.bases]
        for base in node.bases:
            if isinstance(base, ast.Subscript):
                self.value(base)
        metaclass = 0
        for keyword in node.keywords:
            place = self.value(keyword.value)
            metaclass = place if keyword.arg == "metaclass" else metaclass
        outer = self.scope
        place, row = len(self.classes), len(self.definitions)
        self.classes.append([row, len(self.scopes), bases, {}, metaclass])
        self._apply(decorators, self.intern((E_CLASS, place)), node)
        outer.bind(node.name, (B_CLASS, place, 0), self)
        saved = self._define(node, NodeKind.CLASS)
        self.open_scope(S_CLASS, place, row)
        self.block(node.body)
        self._leave_definition(saved)
        self.scope = outer

    def _decorators(self, node: Function | ast.ClassDef) -> tuple[int, list[tuple[int, ast.expr]]]:
        """Flags that well-known decorators set, and the others from the innermost out."""
        flags = 0
        rows = []
        for decorator in node.decorator_list:
            place = self.value(decorator)
            bare = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = bare.id if isinstance(bare, ast.Name) else bare.attr if isinstance(bare, ast.Attribute) else ""
            flags |= FLAGS.get(name, 0)
            if place:
                rows.append((place, decorator, name))
        return flags, [(place, decorator) for place, decorator, name in reversed(rows) if name not in TRANSPARENT]

    def _apply(self, decorators: list[tuple[int, ast.expr]], place: int, node: Function | ast.ClassDef) -> int:
        """The value of a definition after its decorators, each of which is called; 0 without any."""
        for decorator, written in decorators:
            place = self.intern((E_CALL, decorator, (place,), ()))
            self.site(C_DECORATE, place, written.lineno, written)
        return place if decorators else 0

    def _define(self, node: Function | ast.ClassDef, kind: NodeKind) -> tuple[str, int]:
        """Append a definition's row; what to put back after its body."""
        saved = self._prefix, self._owner
        row = len(self.definitions)
        qualname = self._unique(self._prefix + node.name)
        start = min([d.lineno for d in node.decorator_list], default=node.lineno)
        body = node.body[0]
        body_line = min([body.lineno, *(d.lineno for d in getattr(body, "decorator_list", ()))])
        owner = self._owner if self._owner >= 0 else row
        self.definitions.append(
            Definition(
                kind,
                qualname,
                start,
                node.end_lineno or node.lineno,
                node.lineno,
                body_line,
                self.scope.row,
                owner,
                b"",
                self.lines.signature(node),
                first_paragraph(node.body),
            )
        )
        self._prefix = qualname + "."
        if kind is not NodeKind.CLASS:
            self._owner = owner
        return saved

    def _leave_definition(self, saved: tuple[str, int]) -> None:
        self._prefix, self._owner = saved

    def _unique(self, name: str) -> str:
        count = self._names[name] = self._names.get(name, 0) + 1
        return name if count == 1 else f"{name}#{count}"


def _strings(node: ast.expr) -> list[str]:
    """The string constants in an expression, in order."""
    return [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
