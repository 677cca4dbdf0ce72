"""Regular expressions mean the same in every Python that Aura runs on."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import aura_core


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every compiled pattern that a module of the core holds, with its place."""
    for info in pkgutil.walk_packages(aura_core.__path__, "aura_core."):
        if ".migrations" in info.name:
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{info.name}.{name}", value


def operations(sub_pattern: Any) -> Iterator[tuple[Any, Any]]:
    """All operations of a parsed pattern, however deep."""
    for operation, argument in sub_pattern:
        yield operation, argument
        for inner in argument if isinstance(argument, (tuple, list)) else ():
            for one in inner if isinstance(inner, list) else [inner]:
                if isinstance(one, _parser.SubPattern):
                    yield from operations(one)


def test_nothing_but_single_characters_is_repeated_possessively() -> None:
    """Before 3.11.5, Python matches possessive groups and atomic groups wrongly when something in them could have been
    given back.
    """
    pattern_of = dict(patterns())
    assert len(pattern_of) > 30
    for place, pattern in pattern_of.items():
        for operation, argument in operations(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)):
            assert operation is not _constants.ATOMIC_GROUP, place
            if operation is _constants.POSSESSIVE_REPEAT:
                (repeated,) = argument[2]
                assert repeated[0] in {_constants.IN, _constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY}, place
