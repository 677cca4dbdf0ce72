"""The read form of a snapshot: arrays in one memory-mapped file."""

from __future__ import annotations

from aura_core.views.advance import advance_view
from aura_core.views.build import build_view, posting_arrays
from aura_core.views.layers import named_below
from aura_core.views.lexical import query_terms
from aura_core.views.names import mentioned
from aura_core.views.symbols import KINDS, ViewFile
from aura_core.views.version import VIEW_VERSION, sources_version
from aura_core.views.view import View

__all__ = [
    "KINDS",
    "VIEW_VERSION",
    "View",
    "ViewFile",
    "advance_view",
    "build_view",
    "mentioned",
    "named_below",
    "posting_arrays",
    "query_terms",
    "sources_version",
]
