"""The vocabulary of a Python file's linker facts: what the parser writes and the linker reads. Plain integers, so that
rows stay small.

``code`` is a dict of tables. Rows name one another by place in their table and never leave their file that way.

``exprs``      expressions, interned; place 0 is the unknown one. See the ``E_`` constants.
``scopes``     ``[kind, unit, parent, {name: [binding, …]}, {name: [place, …]}]``; the last says which bindings reach
the end, where not all do.
``functions``  ``[row, scope, flags, params, returns, yields, annotation, lambda number]``; ``row`` is a definition's,
               -1 for a lambda. A parameter is ``[name, kind, default, annotation]``; defaults and annotations belong
to the scope around the function.
``classes``    ``[row, scope, bases, {attribute: [scope, expr, scope, expr, …]}, metaclass, {property: [kind, function,
               …]}]``; attributes are those set on ``self`` or ``cls``, kinds of a property's other functions are
``setter`` and ``deleter``.
``sites``      per scope ``[kind, expr, line, text, …]``, four entries a site; ``text`` is "" when it can be written
back from the expression. Of a
               ``C_SPECIAL`` site it is the special method, and the expression is its receiver, or for two operands
their ``E_BINARY``; of
               ``__setattr__`` and ``__delattr__`` it is the attribute.
``reads``      per scope ``[expr, line, …]``: attributes that are read, unless to be called at once.
``stores``     ``[scope, base expr, key, value expr]``; the key is an attribute's name, or for an item ``[expr, 1 where
               it is always stored]``: outside of branches, loops and other blocks of its scope.
``imports``    ``[level, module, name or None, line]``.
``stars``      ``[level, module]`` in order.
``all``        the names of ``__all__``, or None when the module has none.
``roots``      import roots that a packaging file names, folder by folder (see ``packaging``).
"""

from __future__ import annotations

from typing import Final

# Expressions: [op, operands…]; operands are places of expressions unless said otherwise.
E_NAME: Final = 1  # name: any binding that is visible from the scope
E_BOUND: Final = 2  # name, binding places: those bindings of this very scope reach here
E_ATTR: Final = 3  # expr, name
E_CALL: Final = 4  # expr, [argument exprs], [name, expr, …]
E_UNION: Final = 5  # exprs
E_INSTANCE: Final = 6  # annotation: a value of that type
E_GENERIC: Final = 7  # annotation, argument annotations
E_SUPER: Final = 8  # class expr or 0
E_CONST: Final = 9  # a short string or an integer
E_TYPE: Final = (
    10  # name of a builtin type: an instance of it; for a text that is put together also how it starts and how it ends
)
E_SEQUENCE: Final = 11  # type name, exprs by position
E_DICT: Final = 12  # key expr, value expr, …; key -1 marks `**value`
E_ITEM: Final = 13  # expr, key expr
E_EACH: Final = 14  # what iterating over expr gives
E_ENTER: Final = 15  # what `with expr as` gives
E_FUNCTION: Final = 16  # place of a function
E_CLASS: Final = 17  # place of a class
E_IN: Final = 18  # scope, expr: evaluated there
E_MANY: Final = 19  # type name, expr: a container of any number of such elements
E_STAR: Final = 20  # expr: a starred argument or element
E_TYPED: Final = 21  # annotation, expr: the value, or an instance of the annotation when the value is not known
E_REST: Final = 22  # expr, start (-1: not known), end or None: the list of a sequence's elements between two places
E_BINARY: Final = 23  # left expr, special method's name, right expr

# Bindings: [kind, operands…].
B_UNKNOWN: Final = 0
B_FUNCTION: Final = 1  # function, decorated expr or 0
B_CLASS: Final = 2  # class, decorated expr or 0
B_FROM: Final = 3  # level, module, name
B_IMPORT: Final = 4  # dotted module
B_VALUE: Final = 5  # expr
B_PARAM: Final = 6  # function, position, role

# Roles of parameters.
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

# Kinds of call sites.
C_CALL: Final = 1
C_DECORATE: Final = 2
C_RAISE: Final = 3
C_SPECIAL: Final = 4  # syntax that calls a special method
