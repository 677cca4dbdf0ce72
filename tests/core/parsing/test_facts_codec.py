"""Facts survive being packed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from aura_core.model.facts import WORD_BYTES, Definition, FileFacts, ParseStatus
from aura_core.model.graph import NodeKind
from aura_core.parsing import facts_to_search, pack_facts, unpack_facts
from aura_core.parsing.word_counts import count_words

NAMES = st.text(max_size=12)
LINES = st.integers(1, 100_000)
DEFINITIONS = st.builds(
    Definition,
    st.sampled_from(NodeKind),
    NAMES,
    LINES,
    LINES,
    LINES,
    LINES,
    st.integers(-1, 1_000),
    st.integers(0, 1_000),
    st.sampled_from([b"", b"0123456789abcdef"]),
    NAMES,
    NAMES,
)
CODE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(
    st.lists(DEFINITIONS, min_size=1, max_size=5),
    st.lists(st.binary(max_size=30), max_size=5),
    CODE,
    st.sampled_from(ParseStatus),
    NAMES,
)
def test_unpacked_facts_equal_the_packed_ones(
    definitions: list[Definition], texts: list[bytes], code: object, status: ParseStatus, warning: str
) -> None:
    words = count_words([text.translate(WORD_BYTES) for text in texts])
    facts = FileFacts("python", status, 7, tuple(definitions), words, code, warning)
    data = pack_facts(facts)
    assert unpack_facts(data) == facts
    assert pack_facts(unpack_facts(data)) == data
    assert facts_to_search(data) == replace(facts, code=None)


def test_kinds_and_statuses_come_back_as_members() -> None:
    root = Definition(NodeKind.FILE, "", 1, 1, 1, 1, -1, 0, b"", "", "")
    facts = unpack_facts(pack_facts(FileFacts("text", ParseStatus.PARTIAL, 1, (root,), count_words([b""]))))
    assert facts.definitions[0].kind is NodeKind.FILE
    assert facts.status is ParseStatus.PARTIAL


def test_lone_surrogates_in_linker_facts_survive() -> None:
    root = Definition(NodeKind.MODULE, "", 1, 1, 1, 1, -1, 0, b"", "", "")
    facts = FileFacts("python", ParseStatus.OK, 1, (root,), count_words([b""]), code=("\ud800",))
    assert unpack_facts(pack_facts(facts)) == facts
