"""Turns the bytes of one blob into its facts."""

from __future__ import annotations

from aura_core.parsing.decoding import text_lines, to_utf8
from aura_core.parsing.facts import facts_key, parse_blob
from aura_core.parsing.facts_codec import facts_to_link, facts_to_search, pack_facts, unpack_facts
from aura_core.parsing.languages import language_of

__all__ = [
    "facts_key",
    "facts_to_link",
    "facts_to_search",
    "language_of",
    "pack_facts",
    "parse_blob",
    "text_lines",
    "to_utf8",
    "unpack_facts",
]
