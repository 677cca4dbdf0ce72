"""The read form of a snapshot: segments of arrays in memory-mapped files."""

from __future__ import annotations

from aura_core.views.advance import advance_view
from aura_core.views.bm25 import query_terms
from aura_core.views.build import build_view
from aura_core.views.segments.file import FileIdentity
from aura_core.views.segments.file_priors import prior_of
from aura_core.views.segments.mention_keys import find_mentions
from aura_core.views.segments.stack import files_below
from aura_core.views.segments.symbol_columns import DEFINITION_KINDS, KINDS, ViewFile
from aura_core.views.view import View

__all__ = [
    "DEFINITION_KINDS",
    "KINDS",
    "FileIdentity",
    "View",
    "ViewFile",
    "advance_view",
    "build_view",
    "files_below",
    "find_mentions",
    "prior_of",
    "query_terms",
]
