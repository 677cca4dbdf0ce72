"""Reads a body as strict JSON before a route does: what two programs could read in two ways is refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final, NoReturn

from aura_core.errors import InvalidRequest

MAX_NAME_CHARS: Final = 100
"""How much of a member's name is repeated in a message."""

_REMEDY: Final = "Send one JSON object (RFC 8259) in UTF-8."


def check_json(body: bytes) -> None:
    """Raise ``InvalidRequest`` for a body that is not JSON, that names a member twice in one object, or that has a
    number, a nesting or an encoding that programs read differently.
    """
    try:
        json.loads(body.decode(), object_pairs_hook=_members, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise _invalid(f"The body is not UTF-8: byte {error.start} is wrong.") from error
    except json.JSONDecodeError as error:
        raise _invalid(f"The body is not JSON: it breaks off or goes wrong at character {error.pos}.") from error
    except RecursionError as error:
        raise _invalid("The body is nested too deeply.") from error
    except ValueError as error:
        # Python reads no whole number of thousands of digits.
        raise _invalid("The body has a number of too many digits.") from error


def printable(name: str) -> str:
    """Return a member's name as a message may repeat it: short, and without halves of surrogate pairs."""
    return name[:MAX_NAME_CHARS].encode("utf-8", "replace").decode()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise _invalid(f"The member {printable(name)!r} comes twice in one object.")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise _invalid(f"{name} is not JSON.")


def _invalid(message: str) -> InvalidRequest:
    return InvalidRequest(message, remedy=_REMEDY, field="body")
