"""Visits names, attributes, calls, items and literals."""

from __future__ import annotations

import ast

from aura_core.parsing.python.builder import Builder
from aura_core.parsing.python.ir import (
    C_CALL,
    E_ATTR,
    E_CALL,
    E_CONST,
    E_DICT,
    E_ITEM,
    E_MANY,
    E_REST,
    E_SEQUENCE,
    E_STAR,
    E_SUPER,
    E_TYPE,
    H_STORED,
    H_TEXT,
    CallExpr,
    DictExpr,
    Place,
    SequenceExpr,
)
from aura_core.parsing.python.mentions import CARRIERS, QUIET_CALLEES, is_dotted_name
from aura_core.parsing.python.source_text import last_name

MAX_TEXT = 40
"""A string constant that is longer than this is only known to be a string."""

MAX_ELEMENTS = 32
"""The elements of a literal with more of them than this, or of a dictionary with twice as many, are not told apart."""

MAX_DEPTH = 60
"""Calls, attributes and items nested deeper than this, and longer sums, are not followed, so that linking needs no deep
stack.
"""

INTEGER_LIMIT = 0x8000_0000
"""Integers of this size or more, positive or negative, are not kept as constants."""

CONTAINER_FACTORIES = frozenset({
    "list", "set", "dict", "deque", "defaultdict", "OrderedDict", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue",
    "field",
})  # fmt: skip
"""Names of functions that may return a new container at each call."""

SEQUENCES = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}

CONVERSIONS = {-1: "__format__", ord("s"): "__str__", ord("r"): "__repr__", ord("a"): "__repr__"}
"""The special method that each conversion in a replacement field of an f-string calls."""


def visit_children(builder: Builder, node: ast.AST) -> Place:
    """Visit the expressions in a node of any other kind; its own value is unknown."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            builder.visit(child)
        elif not isinstance(child, ast.expr_context | ast.operator | ast.cmpop):
            visit_children(builder, child)
    return 0


def visit_name(builder: Builder, node: ast.Name) -> Place:
    """Read a name."""
    return builder.read_name(node.id)


def visit_constant(builder: Builder, node: ast.Constant) -> Place:
    """Return a short string or an integer as itself, any other constant as an instance of its type."""
    constant = node.value
    if isinstance(constant, str):
        if ("." in constant or ":" in constant) and is_dotted_name(constant):
            text = builder.intern((E_CONST, constant))
            builder.tables.mentions.append((builder.scope.place, H_TEXT, text, node.lineno, -1, 0))
        if len(constant) <= MAX_TEXT and constant.isprintable():
            return builder.intern((E_CONST, constant))
    elif constant is None or constant is ...:
        return 0
    elif type(constant) is int and -INTEGER_LIMIT < constant < INTEGER_LIMIT:
        return builder.intern((E_CONST, constant))
    return builder.intern((E_TYPE, type(constant).__name__))


def visit_attribute(builder: Builder, node: ast.Attribute) -> Place:
    """Read an attribute, which a condition may have narrowed."""
    attribute = visit_member(builder, node)
    if attribute:
        scope = builder.scope
        scope.reads += (attribute, node.end_lineno or node.lineno)
        if scope.has_narrowed_attributes and type(node.value) is ast.Name:
            name = f"{node.value.id}.{node.attr}"
            indexes = scope.env.get(name)
            return builder.bound_name(name, indexes) if indexes is not None else attribute
    return attribute


def visit_member(builder: Builder, node: ast.Attribute) -> Place:
    """Return an attribute that is not read by itself: it is called, or written."""
    base = node.value
    builder.depth += 1
    value = builder.visitors[type(base)](builder, base)
    builder.depth -= 1
    # ``x.y`` -> (E_ATTR, place of x, "y")
    return builder.intern((E_ATTR, value if builder.depth <= MAX_DEPTH else 0, node.attr))


def visit_call(builder: Builder, node: ast.Call) -> Place:
    """Return what a call returns and add its call site."""
    function = node.func
    visitors, mark = builder.visitors, len(builder.tables.mentions)
    builder.depth += 1
    if type(function) is ast.Attribute:
        callee = visit_member(builder, function)
    else:
        callee = visitors[type(function)](builder, function)
    # The visitors are called without ``builder.visit``, which would cost one more call for each argument.
    arguments = tuple([visitors[type(argument)](builder, argument) for argument in node.args])
    keywords: list[str | Place] = []
    for keyword in node.keywords:
        keywords += (keyword.arg or "", visitors[type(keyword.value)](builder, keyword.value))
    builder.depth -= 1
    name = last_name(function)
    if name in QUIET_CALLEES or name.startswith("assert"):
        del builder.tables.mentions[mark:]
    if type(function) is ast.Name and function.id == "super" and "super" not in builder.scope.bindings:
        return builder.intern((E_SUPER, arguments[0] if arguments else 0))
    if builder.depth > MAX_DEPTH:
        callee, arguments, keywords = 0, (), []
    # ``f(a, key=b)`` -> (E_CALL, place of f, (place of a,), ("key", place of b))
    row: CallExpr = (E_CALL, callee, arguments, tuple(keywords))
    call = builder.fresh(row) if name in CONTAINER_FACTORIES else builder.intern(row)
    builder.site(C_CALL, call, node.lineno, function)
    if type(function) is ast.Name and function.id == "getattr" and len(arguments) > 1:
        return _visit_getattr(builder, node, call, arguments)
    return call


def _visit_getattr(builder: Builder, node: ast.Call, call: Place, arguments: tuple[Place, ...]) -> Place:
    """Read the attribute that a constant names in ``getattr``."""
    name = node.args[1].value if isinstance(node.args[1], ast.Constant) else None
    base, _, *defaults = arguments
    is_rebound = "getattr" in builder.scope.bindings or "getattr" in builder.scopes[0].bindings
    if not isinstance(name, str) or not base or is_rebound:
        return call
    attribute = builder.intern((E_ATTR, base, name))
    builder.scope.reads += (attribute, node.lineno)
    return builder.union([attribute, *defaults])


def visit_subscript(builder: Builder, node: ast.Subscript) -> Place:
    """Return an item, or the list of a sequence's elements between two places."""
    builder.depth += 1
    base = builder.visit(node.value)
    builder.depth -= 1
    if builder.depth > MAX_DEPTH:
        base = 0
    if type(node.ctx) is ast.Load:
        builder.special("__getitem__", base, node.lineno)
    if isinstance(node.slice, ast.Slice):
        visit_children(builder, node.slice)
        lower, upper = node.slice.lower, node.slice.upper
        start = 0 if lower is None else _integer(lower)
        return builder.intern((E_REST, base, -1 if start is None else start, _integer(upper))) if base else 0
    mark = len(builder.tables.mentions)
    key = builder.visit(node.slice)
    del builder.tables.mentions[mark:]  # the parts of a type, or a key, are looked at here and not handed on
    return builder.intern((E_ITEM, base, key)) if base else 0


def visit_await(builder: Builder, node: ast.Await) -> Place:
    """Return what is awaited: a call of a coroutine stands for what the coroutine returns."""
    value = builder.visit(node.value)
    builder.special("__await__", value, node.lineno)
    return value


def visit_starred(builder: Builder, node: ast.Starred) -> Place:
    """Return an argument or element that stands for any number of them."""
    value = builder.visit(node.value)
    builder.special("__iter__", value, node.lineno)
    return builder.intern((E_STAR, value)) if value else 0


def visit_sequence(builder: Builder, node: ast.List | ast.Tuple | ast.Set) -> Place:
    """Return a new list or set, or a tuple: equal tuples are the same value, because nothing can be stored in them."""
    type_name = SEQUENCES[type(node)]
    values = [builder.visitors[type(element)](builder, element) for element in node.elts]
    if type_name == "set":
        for element, value in zip(node.elts, values, strict=True):
            builder.special("__hash__", value, element.lineno)
    for element, value in zip(node.elts, values, strict=True):
        if type(element) in CARRIERS:
            builder.mention(H_STORED, element, value)
    if len(values) > MAX_ELEMENTS:
        return builder.fresh((E_MANY, type_name, builder.union(values[:MAX_ELEMENTS])))
    row: SequenceExpr = (E_SEQUENCE, type_name, *values)
    return builder.intern(row) if type_name == "tuple" else builder.fresh(row)


def visit_dict(builder: Builder, node: ast.Dict) -> Place:
    """Return a new dictionary."""
    pairs: list[Place] = []
    for key, value in zip(node.keys, node.values, strict=True):
        # the key None stands for ``**value``
        place = -1 if key is None else builder.visit(key)
        if key is not None:
            builder.special("__hash__", place, key.lineno)
            builder.mention(H_STORED, key, place)
        pairs += (place, builder.visit(value))
        if type(value) in CARRIERS:
            builder.mention(H_STORED, value, pairs[-1])
    if len(node.keys) > 2 * MAX_ELEMENTS:
        return builder.fresh((E_MANY, "dict", builder.union(pairs[1 : 2 * MAX_ELEMENTS : 2])))
    row: DictExpr = (E_DICT, *pairs)
    return builder.fresh(row)


def visit_joined_string(builder: Builder, node: ast.JoinedStr) -> Place:
    """Return the text of an f-string: what it starts and ends with may be known."""
    parts = node.values
    for part in parts:
        if isinstance(part, ast.FormattedValue):
            builder.special(CONVERSIONS[part.conversion], builder.visit(part.value), part.lineno)
            if part.format_spec is not None:
                builder.visit(part.format_spec)
    if not parts:
        return builder.intern((E_CONST, ""))
    return text_between(builder, _constant_text(parts[0]), _constant_text(parts[-1]))


def text_between(builder: Builder, start: str, end: str) -> Place:
    """Return a text of which the start or the end is known."""
    if not (start or end) or len(start) + len(end) > MAX_TEXT:
        return builder.intern((E_TYPE, "str"))
    return builder.intern((E_TYPE, "str", start, end))


def _constant_text(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else ""


def _integer(node: ast.expr | None) -> int | None:
    """Return the value of an integer constant, which may be negative; None for any other expression."""
    is_negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    number = node.operand if isinstance(node, ast.UnaryOp) and is_negative else node
    if not isinstance(number, ast.Constant) or type(number.value) is not int or number.value >= INTEGER_LIMIT:
        return None
    return -number.value if is_negative else number.value
