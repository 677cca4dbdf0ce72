"""Defines the rows of a Python file's linker facts, which the parser writes and the linker reads.

Rows are plain tuples that begin with a small integer, so that they stay small. They name one another by their place in
the table that holds them, and never leave their file that way. In an expression place 0 means that nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from typing_extensions import TypeIs

Place = int
"""The place of an expression in ``exprs``; 0 for an unknown one."""

# Expressions: an opcode, then its operands. The opcode of a type is the constant above it.

E_NAME: Final = 1
NameExpr = tuple[Literal[1], str]
"""``name``: a name that means any binding visible from the scope."""

E_BOUND: Final = 2
BoundExpr = tuple[Literal[2], str, *tuple[int, ...]]
"""``name, *binding places``: a name whose bindings at these places, in this very scope, reach here."""

E_ATTR: Final = 3
AttributeExpr = tuple[Literal[3], Place, str]
"""``base, name``: an attribute of what an expression stands for."""

E_CALL: Final = 4
CallExpr = tuple[Literal[4], Place, tuple[Place, ...], tuple[str | Place, ...]]
"""``callee, arguments, keywords``: a call. Keywords alternate between a name ("" for ``**``) and an expression."""

E_UNION: Final = 5
UnionExpr = tuple[Literal[5], *tuple[Place, ...]]
"""``*places``: a value that may be any of those expressions."""

E_INSTANCE: Final = 6
InstanceExpr = tuple[Literal[6], Place]
"""``annotation``: a value of the annotated type."""

E_GENERIC: Final = 7
GenericExpr = tuple[Literal[7], Place, *tuple[Place, ...]]
"""``annotation, *arguments``: a generic type with the annotations that it is given."""

E_SUPER: Final = 8
SuperExpr = tuple[Literal[8], Place]
"""``class or 0``: a call of ``super``."""

E_CONST: Final = 9
ConstantExpr = tuple[Literal[9], str | int]
"""``value``: a short string or an integer."""

E_TYPE: Final = 10
TypeExpr = tuple[Literal[10], str]
"""``name``: an instance of a builtin type."""
TextExpr = tuple[Literal[10], Literal["str"], str, str]
"""``"str", start, end``: a text that is put together at run time; only its start and its end are known."""

E_SEQUENCE: Final = 11
SequenceExpr = tuple[Literal[11], str, *tuple[Place, ...]]
"""``type name, *elements``: a list, a tuple or a set as it is written."""

E_DICT: Final = 12
DictExpr = tuple[Literal[12], *tuple[Place, ...]]
"""``*(key, value)``: a dict as it is written; the key -1 marks ``**value``."""

E_ITEM: Final = 13
ItemExpr = tuple[Literal[13], Place, Place]
"""``container, key``: an item of a container."""

E_EACH: Final = 14
EachExpr = tuple[Literal[14], Place]
"""``iterable``: what iterating over it gives."""

E_ENTER: Final = 15
EnterExpr = tuple[Literal[15], Place]
"""``context manager``: what ``with … as`` gives."""

E_FUNCTION: Final = 16
FunctionExpr = tuple[Literal[16], int]
"""``function place``: a function or lambda of the file."""

E_CLASS: Final = 17
ClassExpr = tuple[Literal[17], int]
"""``class place``: a class of the file."""

E_IN: Final = 18
InExpr = tuple[Literal[18], int, Place]
"""``scope, place``: an expression that is evaluated in another scope."""

E_MANY: Final = 19
ManyExpr = tuple[Literal[19], str, Place]
"""``type name, element``: a container of any number of such elements."""

E_STAR: Final = 20
StarExpr = tuple[Literal[20], Place]
"""``iterable``: a starred argument or element."""

E_TYPED: Final = 21
TypedExpr = tuple[Literal[21], Place, Place]
"""``annotation, value``: the value, or an instance of the annotation when the value is not known."""

E_REST: Final = 22
SliceExpr = tuple[Literal[22], Place, int, int | None]
"""``sequence, start, end``: the list of its elements between two places. The start -1 is not known; the end may be
None.
"""

E_BINARY: Final = 23
BinaryExpr = tuple[Literal[23], Place, str, Place]
"""``left, special method, right``: an operator between two values."""

Expr = (
    NameExpr | BoundExpr | AttributeExpr | CallExpr | UnionExpr | InstanceExpr | GenericExpr | SuperExpr
    | ConstantExpr | TypeExpr | TextExpr | SequenceExpr | DictExpr | ItemExpr | EachExpr | EnterExpr | FunctionExpr
    | ClassExpr | InExpr | ManyExpr | StarExpr | TypedExpr | SliceExpr | BinaryExpr
)  # fmt: skip
"""The row of any expression."""

OPCODES: Final = range(E_NAME, E_BINARY + 1)

# Bindings: what a name of a scope is bound to.

B_UNKNOWN: Final = 0
UnknownBinding = tuple[Literal[0]]
"""A binding to something of which nothing is known."""

B_FUNCTION: Final = 1
FunctionBinding = tuple[Literal[1], int, Place]
"""``function place, decorated expression or 0``."""

B_CLASS: Final = 2
ClassBinding = tuple[Literal[2], int, Place]
"""``class place, decorated expression or 0``."""

B_FROM: Final = 3
FromBinding = tuple[Literal[3], int, str, str]
"""``level, module, name``: ``from module import name``."""

B_IMPORT: Final = 4
ImportBinding = tuple[Literal[4], str]
"""``dotted module``: ``import module``."""

B_VALUE: Final = 5
ValueBinding = tuple[Literal[5], Place]
"""``value``: an assignment."""

B_PARAM: Final = 6
ParameterBinding = tuple[Literal[6], int, int, int]
"""``function place, position, role``: a parameter; roles are the ``P_`` constants."""

Binding = (
    UnknownBinding | FunctionBinding | ClassBinding | FromBinding | ImportBinding | ValueBinding | ParameterBinding
)

# Kinds of parameters, and the roles that a method gives to its first one.
P_PLAIN: Final = 0
P_SELF: Final = 1
P_CLS: Final = 2
P_ARGS: Final = 3
P_KWARGS: Final = 4
P_KEYWORD: Final = 5

# Kinds of scopes.
S_MODULE: Final = 0
S_CLASS: Final = 1
S_FUNCTION: Final = 2
S_COMPREHENSION: Final = 3

# Flags of functions.
F_ASYNC: Final = 1
F_STATIC: Final = 2
F_CLASS: Final = 4
F_PROPERTY: Final = 8
F_GENERATOR: Final = 16
F_CONTEXT: Final = 32
F_METHOD: Final = 64
F_DECORATED: Final = 128

# Site kinds: what calls at a call site.
C_CALL: Final = 1
C_DECORATE: Final = 2
C_RAISE: Final = 3
C_SPECIAL: Final = 4  # syntax that calls a special method

# Rows of the other tables.

ScopeRow = tuple[int, int, int, Mapping[str, Sequence[Binding]], Mapping[str, Sequence[int]]]
"""``kind, unit, parent, bindings, final``: the unit is a class or function place, the parent a scope or -1. ``final``
says by name which bindings reach the end, where not all do.
"""

ParameterRow = tuple[str, int, Place, Place]
"""``name, kind, default, annotation``: the two expressions belong to the scope around the function."""

FunctionRow = tuple[int, int, int, Sequence[ParameterRow], Sequence[Place], Sequence[Place], Place, int]
"""``definition, scope, flags, parameters, returns, yields, annotation, lambda number``: the definition of a lambda is
-1, and the number of a function 0. Returns and yields are expressions of the function's scope, the annotation one of
the scope around it.
"""

ClassRow = tuple[
    int, int, Sequence[Place], Mapping[str, Sequence[int]], Place, Mapping[str, Sequence[str | int]]
]  # fmt: skip
"""``definition, scope, bases, attributes, metaclass, accessors``: attributes are by name what is set on ``self`` or
``cls``, as alternating scopes and expressions; accessors by name a property's other functions, as alternating kinds
(``setter``, ``deleter``) and function places.
"""

SiteRow = tuple[int, Place, int, str]
"""``site kind, expression, line, text``: a call site; site kinds are the ``C_`` constants. The text is "" when it can
be written back from the expression. Of a ``C_SPECIAL`` site it is the special method, and the expression is its
receiver, or for two operands their ``BinaryExpr``; of ``__setattr__`` and ``__delattr__`` it is the attribute.
"""

AttributeStore = tuple[int, Place, str, Place]
"""``scope, base, name, value``: ``base.name = value``."""

ItemStore = tuple[int, Place, tuple[Place, int], Place]
"""``scope, base, (key, always), value``: ``base[key] = value``; ``always`` is 1 outside of branches, loops and other
blocks of the scope.
"""

StoreRow = AttributeStore | ItemStore

ImportRow = tuple[int, str, str | None, int]
"""``level, module, name or None, line``."""

StarRow = tuple[int, str]
"""``level, module``: ``from module import *``."""


# Manners in which a mention hands its value on.
H_STORED: Final = 1
H_RETURNED: Final = 2
H_DEFAULT: Final = 3
H_SIGNATURE: Final = 4
H_TEXT: Final = 5

MentionRow = tuple[int, int, Place, int, int, Place]
"""``scope, manner, expression, line, function, annotation``: an expression that may stand for a function or a class,
and is not called here. The manner is one of the ``H_`` constants. The function is the one to whose parameters it
belongs, else -1. With ``H_SIGNATURE`` the expression is a call in a default (annotation 0) or in the annotation of a
parameter; with ``H_TEXT`` it is a text that looks like a dotted name. Arguments of calls need no rows: call sites have
them.
"""


class CodeTables(TypedDict):
    """The tables of one module.

    ``exprs`` are interned; place 0 is None, the unknown one. ``sites`` holds for each scope the fields of its site
    rows one after another, four a site; ``reads`` for each scope alternating expressions and lines of the attributes
    that are read, unless they are called at once. ``all`` are the names of ``__all__``, None when the module has none;
    ``folders`` those that the module puts on the search path (see ``search_path``), if any.
    """

    exprs: Sequence[Expr | None]
    scopes: Sequence[ScopeRow]
    functions: Sequence[FunctionRow]
    classes: Sequence[ClassRow]
    sites: Sequence[Sequence[int | str]]
    reads: Sequence[Sequence[int]]
    stores: Sequence[StoreRow]
    imports: Sequence[ImportRow]
    stars: Sequence[StarRow]
    all: Sequence[str] | None
    mentions: Sequence[MentionRow]
    folders: NotRequired[Sequence[str]]


def is_name(row: Expr | None) -> TypeIs[NameExpr | BoundExpr]:
    """Tell whether an expression is a name."""
    return row is not None and row[0] in (E_NAME, E_BOUND)


def is_attribute(row: Expr | None) -> TypeIs[AttributeExpr]:
    """Tell whether an expression is an attribute."""
    return row is not None and row[0] == E_ATTR


def is_call(row: Expr | None) -> TypeIs[CallExpr]:
    """Tell whether an expression is a call."""
    return row is not None and row[0] == E_CALL


def is_literal(row: Expr | None) -> TypeIs[ConstantExpr]:
    """Tell whether an expression is a constant as it is written."""
    return row is not None and row[0] == E_CONST


def is_sequence(row: Expr | None) -> TypeIs[SequenceExpr]:
    """Tell whether an expression is a list, a tuple or a set as it is written."""
    return row is not None and row[0] == E_SEQUENCE


def is_dict(row: Expr | None) -> TypeIs[DictExpr]:
    """Tell whether an expression is a dict as it is written."""
    return row is not None and row[0] == E_DICT


def is_operator(row: Expr | None) -> TypeIs[BinaryExpr]:
    """Tell whether an expression is an operator between two values."""
    return row is not None and row[0] == E_BINARY


def is_function(row: Expr | None) -> TypeIs[FunctionExpr]:
    """Tell whether an expression is a function or lambda of the file."""
    return row is not None and row[0] == E_FUNCTION


def is_in_scope(row: Expr | None) -> TypeIs[InExpr]:
    """Tell whether an expression is evaluated in another scope."""
    return row is not None and row[0] == E_IN


def is_value_binding(binding: Binding) -> TypeIs[ValueBinding]:
    """Tell whether a binding is an assignment."""
    return binding[0] == B_VALUE


def is_function_binding(binding: Binding) -> TypeIs[FunctionBinding]:
    """Tell whether a binding is a function definition."""
    return binding[0] == B_FUNCTION


def is_parameter_binding(binding: Binding) -> TypeIs[ParameterBinding]:
    """Tell whether a binding is a parameter."""
    return binding[0] == B_PARAM
