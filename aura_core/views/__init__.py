"""The read form of a snapshot: arrays in one memory-mapped file."""

from __future__ import annotations

from aura_core.views.advance import advance_view
from aura_core.views.bm25 import query_terms
from aura_core.views.build import build_view, posting_arrays
from aura_core.views.segments.mention_keys import mentioned
from aura_core.views.segments.stack import named_below
from aura_core.views.segments.symbol_columns import KINDS, ViewFile
from aura_core.views.view import View

__all__ = [
    "KINDS",
    "View",
    "ViewFile",
    "advance_view",
    "build_view",
    "mentioned",
    "named_below",
    "posting_arrays",
    "query_terms",
]
