"""The judgement of a file by its facts."""

from __future__ import annotations

from aura_core.model.snapshot import SkipReason
from aura_core.parsing import parse_blob
from aura_core.sources.rules.selection import judge_facts


def test_a_file_with_a_nul_byte_behind_the_first_bytes_is_binary() -> None:
    verdict = judge_facts(parse_blob("module.py", b"x = 1\n" * 10_000 + b"\0"))
    assert verdict == (SkipReason.BINARY, "holds NUL bytes: binary, not indexed", False)


def test_a_file_that_is_not_parsed_completely_is_indexed_with_a_note() -> None:
    assert judge_facts(parse_blob("module.py", b"x = 1\n")) == (None, "", False)
    reason, note, _ = judge_facts(parse_blob("module.py", b"# coding: klingon\n"))
    assert (reason, note) == (None, "line 1: unknown encoding: klingon")
