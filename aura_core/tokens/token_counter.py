"""Counting tokens. Counts do not add up: merging works across the seam of two texts, so only the final text's count is
its cost.
"""

from __future__ import annotations

from aura_core.tokens.encodings import load, spec_of


class TokenCounter:
    """Counts in one encoding. Text that spells a special token counts as plain text. The vocabulary is read on the
    first count. Raises ``InvalidRequest`` when there is no such encoding.
    """

    def __init__(self, encoding: str) -> None:
        spec_of(encoding)
        self.encoding = encoding

    def count(self, text: str) -> int:
        """Return the number of tokens of the text."""
        return len(load(self.encoding).encode_ordinary(text))
