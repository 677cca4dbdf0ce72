from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aura_core.linking import link_tree, pack_fragment, snapshot_digest, unpack_fragment
from aura_core.parsing import parse_blob


def test_fragments_survive_their_encoding() -> None:
    facts = parse_blob("a.py", b"import os\ndef f(x): x.y(); os.getcwd()\nf(1)\n")
    row = link_tree({"a.py": (b"key", facts)}).fragments["a.py"]
    assert pack_fragment(unpack_fragment(row.packed)) == row.packed


@given(st.dictionaries(st.text("ab/", min_size=1), st.binary(min_size=16, max_size=16)))
def test_a_digest_depends_on_entries_and_not_on_their_order(entries: dict[str, bytes]) -> None:
    assert snapshot_digest(entries, "v") == snapshot_digest(dict(reversed(entries.items())), "v")
    assert snapshot_digest(entries, "v") != snapshot_digest(entries, "w")
