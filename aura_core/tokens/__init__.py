"""Counting tokens."""

from __future__ import annotations

from aura_core.tokens.counting import TokenCounter, counter
from aura_core.tokens.encodings import ENCODINGS, encoding_for_model

__all__ = ["ENCODINGS", "TokenCounter", "counter", "encoding_for_model"]
