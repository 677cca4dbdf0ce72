"""Regular expressions mean the same in every Python that Aura runs on."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

import aura_api
import aura_cli
import aura_core
import aura_mcp
from aura_core.views.segments import mention_keys
from tests.work import seconds

LENGTH = 12_000
"""Characters of a hostile text: a pattern that reads them once from each place takes half a second or more for it."""

MAX_SECONDS = 0.3

BEGINNINGS = ("", '"', "a", "coding", "0", "(", "`", "# ", "- ", "\n")
UNITS = (
    "a", "A", "1", "0", " ", "\t", "\n", "_", "-", ".", "/", ",", ":", "=", "#", "\"", "'", "`", "(", ")", "[",
    "]", "{", "*", "\\", "@", "\r\n", "é", "aA", "a.", "a/", "a-", "a ", " \n", "# ", "--", "/*", "'''", "\"\"\"",
    "\\\"", "a=", "(a", "[a", "a,", "def ", "coding:", "File \"", "---\n", "a\n", "=\n", "://", "a@", "- ",
    "exec ", "0\n", "\r", ";", "\f", "](", "$a$", "[a](", "a1", "1a",
)  # fmt: skip
"""What a hostile text repeats."""


MATCHED_AT_ONE_PLACE = frozenset({
    "decoding._COOKIE", "cython._STATEMENT", "cython._WORDS", "notebook._MAGIC", "notebook._ASSIGNED",
    "requirements._NAME", "mentions._DOTTED_NAME", "mentions._ENTRY_POINT", "logical_lines._STATEMENT",
    "query._IDENTIFIER", "query._HEADING", "query._TICKET_AT_END", "symbols._PATH_AND_LINE", "objects._ROW",
    "urls._SCHEME", "urls._SCP", "file_priors._TEST_STEM", "file_priors._CAMEL_TEST_STEM", "walks._PLACE",
})  # fmt: skip
"""Patterns that the code never searches for: it asks whether they match at one place."""


def patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Every compiled pattern that a module of the core holds, with its place."""
    for info in pkgutil.walk_packages(aura_core.__path__, "aura_core."):
        if ".migrations" in info.name:
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{info.name}.{name}", value


def all_patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Those of the entry points too, and those that are kept as text."""
    yield from patterns()
    for package in (aura_api, aura_cli, aura_mcp):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not info.name.endswith("__main__"):
                for name, value in vars(importlib.import_module(info.name)).items():
                    if isinstance(value, re.Pattern):
                        yield f"{info.name}.{name}", value
    for name, value in vars(mention_keys).items():
        if isinstance(value, str) and name.startswith("_") and name.isupper():
            yield f"{mention_keys.__name__}.{name}", re.compile(value)


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


@pytest.mark.slow
def test_no_pattern_takes_more_than_linear_time_for_a_text_that_repeats_itself() -> None:
    distinct = {(pattern.pattern, pattern.flags): (place, pattern) for place, pattern in all_patterns()}
    assert len(distinct) > 60
    for place, pattern in distinct.values():
        is_matched = ".".join(place.split(".")[-2:]) in MATCHED_AT_ONE_PLACE
        read: Callable[[Any], object] = pattern.match if is_matched else pattern.findall
        for beginning in BEGINNINGS:
            for unit in UNITS:
                text: Any = beginning + (unit * LENGTH)[:LENGTH] + "!"
                text = text.encode() if isinstance(pattern.pattern, bytes) else text
                # three tries, because the collector may run in one of them
                assert any(seconds(read, text) < MAX_SECONDS for _ in range(3)), (place, beginning, unit)
