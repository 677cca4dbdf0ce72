"""Pages of a long answer: an opaque cursor names the place where a page ended, in the answer to one question."""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Query, Request

from aura_core.errors import AuraError

T = TypeVar("T")

PLACES: Final = frozenset({"cursor", "limit", "sha", "ref"})
"""Parameters that do not change what is asked: the snapshot counts by its digest."""

_FORM: Final = struct.Struct(">I8s")
"""Where the page begins, and a hash of the question and the snapshot: 12 bytes, which are 16 characters."""

CURSOR_PATTERN: Final = r"^([A-Za-z0-9_-]{16})?$"


class CursorOutdated(AuraError):
    """The cursor belongs to another question, or to another snapshot than the one that answers now. Over HTTP only."""

    code = "cursor_outdated"
    http_status = 409
    exit_code = 4


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of an answer is asked for: that after ``cursor``, of the ``question``; the first one without."""

    question: str
    cursor: str = ""

    def start(self, digest: str) -> int:
        """Return the number of entries before the page. ``digest``: of the snapshot that answers. Raises
        ``CursorOutdated``.
        """
        if not self.cursor:
            return 0
        start, mark = _FORM.unpack(base64.urlsafe_b64decode(self.cursor))
        if mark != self._mark(digest):
            raise CursorOutdated(
                "The cursor belongs to another question or another snapshot.",
                remedy="Begin without a cursor; `sha` keeps all pages on one commit.",
                field="cursor",
            )
        return int(start)

    def page(self, digest: str, items: Sequence[T], limit: int) -> Sequence[T]:
        """Return the entries on the page, of all ``items``. Raises ``CursorOutdated``."""
        start = self.start(digest)
        return items[start : start + limit]

    def cursor_after(self, digest: str, total: int, limit: int) -> str:
        """Return the cursor of the next page, "" when the page holds the last of ``total`` entries."""
        end = self.start(digest) + limit
        return base64.urlsafe_b64encode(_FORM.pack(end, self._mark(digest))).decode() if end < total else ""

    def _mark(self, digest: str) -> bytes:
        return blake2b(f"{digest}\0{self.question}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _paging(
    request: Request,
    cursor: Annotated[
        str,
        Query(
            max_length=16,
            pattern=CURSOR_PATTERN,
            description="`cursor` of the page before; empty for the first page.",
            examples=["AAAAZNfWu4Xq4GkE"],
        ),
    ] = "",
) -> Paging:
    pairs = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in PLACES)
    return Paging(f"{request.url.path}\0{pairs}", cursor)


PagingDep = Annotated[Paging, Depends(_paging)]
