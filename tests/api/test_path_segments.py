"""A path parameter is what was encoded into its segment."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from aura_api.path_segments import PathSegments, segment


def matched(raw: str, path: str) -> str:
    """The path that routes are matched with."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["path"])

    scope: dict[str, Any] = {"type": "http", "path": path, "raw_path": raw.encode()}
    anyio.run(PathSegments(app), scope, None, None)
    return seen[0]


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_text_fits_into_one_segment_and_comes_back(text: str) -> None:
    raw = f"/a/{quote(text, safe='')}/b"
    head, inner, tail = matched(raw, f"/a/{text}/b").rsplit("/", 2)
    assert (head, tail) == ("/a", "b")
    assert segment(inner) == text


@pytest.mark.parametrize("raw", ["/docs", "/api/v1/repos/shop/graph/node", "/a/caf%C3%A9"])
def test_paths_without_encoded_slashes_are_left_alone(raw: str) -> None:
    assert matched(raw, "/as-it-came") == "/as-it-came"
