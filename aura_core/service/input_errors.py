"""Says in plain words why a value was refused: the texts that HTTP and MCP share for what pydantic reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

_WHOLE = "must be a whole number"
_NUMBER = "must be a number"
_BOOLEAN = "must be true or false"
_OBJECT = "must be a JSON object"

_TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "is missing",
        "extra_forbidden": "is not known here",
        "string_type": "must be text",
        "string_unicode": "must be text without halves of surrogate pairs",
        "list_type": "must be a list",
        "dict_type": _OBJECT,
        "model_type": _OBJECT,
        "model_attributes_type": _OBJECT,
        "finite_number": "must be a finite number",
        **dict.fromkeys(("int_type", "int_parsing", "int_from_float", "int_parsing_size"), _WHOLE),
        **dict.fromkeys(("float_type", "float_parsing"), _NUMBER),
        **dict.fromkeys(("bool_type", "bool_parsing"), _BOOLEAN),
    }
)
"""What is wrong, by the kind of pydantic's error."""

_BOUNDS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = MappingProxyType(
    {
        "greater_than_equal": lambda limits: f"must be at least {limits['ge']:,}",
        "less_than_equal": lambda limits: f"must be at most {limits['le']:,}",
        "string_too_short": lambda limits: _characters("at least", limits["min_length"]),
        "string_too_long": lambda limits: _characters("at most", limits["max_length"]),
        "too_short": lambda limits: f"must have at least {limits['min_length']:,} entries",
        "too_long": lambda limits: f"must have at most {limits['max_length']:,} entries",
        "string_pattern_mismatch": lambda limits: _form(limits["pattern"]),
        "enum": lambda limits: f"must be {limits['expected']}",
        "literal_error": lambda limits: f"must be {limits['expected']}",
    }
)
"""The same for a value that passes a limit, which pydantic names in ``ctx``."""


def reason_of(error: Mapping[str, Any]) -> str:
    """Return what is wrong with a value, as the end of a sentence that begins with its name. ``error`` is one of
    pydantic's ``ValidationError.errors()``.
    """
    kind = str(error["type"])
    if kind in _BOUNDS:
        return _BOUNDS[kind](error["ctx"])
    return _TEXTS.get(kind) or f"is not valid: {error['msg']}"


def _form(pattern: str) -> str:
    return "must not be blank" if pattern == r"\S" else "does not have the form that its description says"


def _characters(bound: str, count: int) -> str:
    return "must not be empty" if (bound, count) == ("at least", 1) else f"must have {bound} {count:,} characters"
