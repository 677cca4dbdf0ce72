"""Parsing and linking make no reference cycles: both run without the cyclic garbage collector, so a cycle stays in
memory until the step ends. One cycle per file once took 200 MB of an index of Django.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator

import pytest

from aura_core.fingerprint import ROOT
from aura_core.linking import link_tree
from aura_core.parsing import facts_to_link, pack_facts, parse_blob

SOURCES = {file.name: file.read_bytes() for file in sorted((ROOT / "sources" / "git").glob("*.py"))}


@pytest.fixture
def garbage() -> Iterator[list[object]]:
    """What only the cyclic collector finds, after a call of ``gc.collect()``."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def types_of(garbage: list[object]) -> Counter[str]:
    gc.collect()
    return Counter(type(value).__qualname__ for value in garbage)


def test_parsing_leaves_no_cycles(garbage: list[object]) -> None:
    for name, data in SOURCES.items():
        parse_blob(name, data)
    assert not types_of(garbage)


def test_linking_leaves_no_cycles(garbage: list[object]) -> None:
    link_tree({name: (b"", facts_to_link(pack_facts(parse_blob(name, data)))) for name, data in SOURCES.items()})
    assert not types_of(garbage)


def test_a_cycle_would_be_noticed(garbage: list[object]) -> None:
    cycle: list[object] = []
    cycle.append(cycle)
    del cycle
    assert types_of(garbage) == {"list": 1}
