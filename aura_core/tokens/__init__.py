"""Counting tokens."""

from __future__ import annotations

from aura_core.tokens.encodings import ENCODINGS
from aura_core.tokens.token_counter import TokenCounter

__all__ = ["ENCODINGS", "TokenCounter"]
