"""Times as programs outside read them: ISO 8601, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def iso_time(seconds: float) -> str:
    """Return a time, in UTC seconds since the epoch, as ISO 8601 (RFC 3339) with milliseconds and ``Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
