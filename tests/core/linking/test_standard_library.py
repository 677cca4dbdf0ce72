"""Python's own library, which nobody wrote for these tests."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest

from aura_core.linking import link_tree, unpack_fragment
from aura_core.model.graph import EXTERNAL, uid_of
from aura_core.parsing import parse_blob

LIBRARY = Path(sysconfig.get_paths()["stdlib"])

FOLDERS = ("asyncio", "concurrent", "email", "json", "logging", "unittest")
"""Linked by ``make test``; ``make test-long`` takes all of the library."""


def files() -> dict[str, bytes]:
    every = int(os.environ.get("AURA_TEST_LONG", "1")) > 1
    folders = [LIBRARY] if every else [LIBRARY / name for name in FOLDERS]
    files = sorted(path for folder in folders for path in folder.rglob("*.py") if "site-packages" not in path.parts)
    return {path.relative_to(LIBRARY).as_posix(): path.read_bytes() for path in files}


@pytest.mark.filterwarnings("ignore")
def test_every_call_of_the_library_ends_at_a_definition_or_outside() -> None:
    facts = {path: (b"", parse_blob(path, data)) for path, data in files().items()}
    uids = {uid_of(path, d.qualname) for path, (_, file_facts) in facts.items() for d in file_facts.definitions}
    ends = [edge.dst for row in link_tree(facts).fragments.values() for edge in unpack_fragment(row.packed).edges]
    assert len(ends) > len(facts)
    assert not [dst for dst in ends if dst not in uids and not dst.startswith(EXTERNAL)]
