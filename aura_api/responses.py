"""JSON answers that are encoded in the thread that made them, not on the event loop."""

from __future__ import annotations

import json
from collections.abc import Collection

from starlette.responses import Response

from aura_api.schemas.base import Out


class JsonAnswer(Response):
    """JSON that is encoded already."""

    media_type = "application/json"


def encode(answer: Out, exclude: Collection[str] = ()) -> bytes:
    """Return an answer as JSON; in ASCII, so that no text can break the encoding. Fields that were not set are left
    out.
    """
    value = answer.model_dump(by_alias=True, exclude_unset=True, exclude=set(exclude))
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
