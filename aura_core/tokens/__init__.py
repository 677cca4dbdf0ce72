"""Counting tokens."""

from __future__ import annotations

from aura_core.tokens.encodings import ENCODINGS, encoding_for_model
from aura_core.tokens.token_counter import TokenCounter, counter

__all__ = ["ENCODINGS", "TokenCounter", "counter", "encoding_for_model"]
