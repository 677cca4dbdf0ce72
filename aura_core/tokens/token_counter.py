"""Counting tokens. Counts do not add up: merging works across the seam of two texts, so only the final text's count is
its cost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aura_core.tokens.encodings import load, spec_of

_STARTS_A_LINE = re.compile(r"[^\S\r\n]*\S")


class TokenCounter:
    """Counts in one encoding. Text that spells a special token counts as plain text. The vocabulary is read on the
    first count.
    """

    def __init__(self, encoding: str) -> None:
        self._spec = spec_of(encoding)
        self.encoding = encoding

    def __call__(self, text: str) -> int:
        """The same as ``count``."""
        return self.count(text)

    def count(self, text: str) -> int:
        """Tokens of the text."""
        return len(load(self.encoding).encode_ordinary(text))

    def count_many(self, texts: Iterable[str]) -> list[int]:
        """Tokens of each text by itself."""
        encode = load(self.encoding).encode_ordinary
        return [len(encode(text)) for text in texts]

    @staticmethod
    def at_most(text: str) -> int:
        """A bound that costs nothing: a token is at least one byte long."""
        return len(text.encode(errors="replace"))

    def adds_up(self, left: str, right: str) -> bool:
        """Whether ``count(left + right)`` is surely ``count(left) + count(right)``; False when that cannot be told.

        It is when ``left`` ends a line and ``right`` begins with a line that is not blank: both patterns end a piece
        after the last line break of a run of white space, look at nothing before it, and look ahead only from white
        space that is no line break. The exceptions are the characters that a pattern takes together with the break
        before them (``/`` in o200k_base).
        """
        if not left or not right:
            return True
        return left.endswith("\n") and right[0] not in self._spec.glued and _STARTS_A_LINE.match(right) is not None


def counter(encoding: str) -> TokenCounter:
    """A counter in this encoding. Raises ``InvalidRequest`` when there is no such encoding."""
    return TokenCounter(encoding)
