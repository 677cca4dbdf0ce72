"""Puts the rules of Python together: which function answers for which kind of expression, attribute and call."""

from __future__ import annotations

from typing import Final

from aura_core.linking.inference import attributes, calls, expressions, members, names
from aura_core.linking.inference.state import NO_VALUES, InferenceState, Rule, Rules
from aura_core.linking.program import Program
from aura_core.linking.values import (
    KINDS,
    V_BUILTIN,
    V_CLASS,
    V_CONSTANT,
    V_CONTAINER,
    V_ELEMENTS,
    V_EXTERNAL,
    V_EXTERNAL_VALUE,
    V_FUNCTION,
    V_GENERATOR,
    V_INSTANCE,
    V_MODULE,
    V_RETURNS,
    V_SUPER,
    V_WRAPPED,
    Refs,
)
from aura_core.parsing.python import ir


def _stands_for_nothing(*_: object) -> Refs:
    """Return no values: nothing is known."""
    return NO_VALUES


_PLAIN_EXPRESSIONS: Final[dict[int, Rule]] = {
    # a rule for every opcode, so that a look-up by opcode never fails
    **dict.fromkeys(ir.OPCODES, _stands_for_nothing),
    ir.E_NAME: names.infer_name,
    ir.E_BOUND: names.infer_bound,
    ir.E_ATTR: expressions.infer_attribute,
    ir.E_UNION: expressions.infer_union,
    ir.E_GENERIC: expressions.infer_first,
    ir.E_CONST: expressions.infer_constant,
    ir.E_TYPE: expressions.infer_type,
    ir.E_IN: expressions.infer_in_scope,
}
"""The rules by which bases of classes are resolved: names, imports and attributes."""

_EXPRESSIONS: Final[dict[int, Rule]] = {
    **_PLAIN_EXPRESSIONS,
    ir.E_CALL: calls.infer_call,
    ir.E_INSTANCE: expressions.infer_instance,
    ir.E_SUPER: expressions.infer_super,
    ir.E_SEQUENCE: expressions.infer_container,
    ir.E_DICT: expressions.infer_container,
    ir.E_ITEM: expressions.infer_item,
    ir.E_EACH: expressions.infer_each,
    ir.E_ENTER: expressions.infer_entered,
    ir.E_FUNCTION: expressions.infer_function,
    ir.E_CLASS: expressions.infer_class,
    ir.E_MANY: expressions.infer_container,
    ir.E_STAR: expressions.infer_first,
    ir.E_TYPED: expressions.infer_typed,
    ir.E_REST: expressions.infer_slice,
    ir.E_BINARY: expressions.infer_operator,
}

_ATTRIBUTES: Final[dict[str, Rule]] = {
    **dict.fromkeys(KINDS, _stands_for_nothing),
    V_MODULE: attributes.of_module,
    V_EXTERNAL: attributes.of_external,
    V_EXTERNAL_VALUE: attributes.of_external_value,
    V_CLASS: members.infer_member,
    V_INSTANCE: members.infer_member,
    V_SUPER: members.infer_member,
    V_CONTAINER: attributes.of_container,
    V_ELEMENTS: attributes.of_container,
    V_BUILTIN: attributes.of_builtin,
    V_CONSTANT: attributes.of_builtin,
    V_GENERATOR: attributes.of_builtin,
    V_FUNCTION: attributes.of_function,
}

_CALLS: Final[dict[str, Rule]] = {
    **dict.fromkeys(KINDS, _stands_for_nothing),
    V_CLASS: calls.call_class,
    V_FUNCTION: calls.call_function,
    V_WRAPPED: calls.call_wrapped,
    V_RETURNS: calls.call_annotated,
    V_EXTERNAL: calls.call_external,
    V_INSTANCE: calls.call_instance,
}

_RULES: Final = Rules(_EXPRESSIONS, _ATTRIBUTES, _CALLS)
_PLAIN_RULES: Final = Rules(_PLAIN_EXPRESSIONS, _ATTRIBUTES, _CALLS)


def new_inference(program: Program, *, plain: bool = False) -> InferenceState:
    """Return the state of an inference in a program; a plain one follows no calls and no inheritance."""
    return InferenceState(program, _PLAIN_RULES if plain else _RULES, plain=plain)
