"""What a task or a question says: its title, and the one identifier that it may consist of."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_TITLE_CHARS = 200
"""Characters of a first line above which its first sentence is the title."""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?\Z")
_TICKET = re.compile(
    r"(?:\[?[A-Za-z]{2,10}-\d+\]?|(?:(?:fixed|fixes|fix|refs|ref|closes|closed|see) )?\(?#\d+\)?)[\s:,.-]*"
)
_HEADING = re.compile(r"#+\s+")
_TICKET_AT_END = re.compile(r"\s*\(?#\d+\)?\.?\Z")
_VERBS = """
add added adds adding allow allowed allows avoid bug bugfix change changed changes clean cleanup correct corrected
deprecate deprecated drop enable ensure feature fix fixed fixes fixing handle handled handles implement implemented
implements improve improved improves issue make makes move moved prevent prevented prevents refactor refactored remove
removed removes rename renamed replace replaced request resolve resolved simplify support supported supports update
updated updates use
"""
_TASK_VERBS = frozenset(_VERBS.split())


@dataclass(frozen=True, slots=True)
class Query:
    """A task in words, divided into what ranking reads. ``title``: its first line or sentence, without ticket number
    and leading task verb. ``identifier``: the last name of a dotted name that is the whole text, else "".
    """

    text: str
    title: str
    identifier: str


def read_query(text: str) -> Query:
    """Return the parts of a task or a question."""
    stripped_text = text.strip()
    is_name = len(stripped_text) <= MAX_TITLE_CHARS and _IDENTIFIER.match(stripped_text) is not None
    identifier = stripped_text.removesuffix("()").rpartition(".")[2] if is_name else ""
    return Query(text, _title(stripped_text), identifier)


def _title(text: str) -> str:
    line = next((line for line in text.splitlines() if line.strip()), "").strip()
    line = line[match.end() :] if (match := _HEADING.match(line)) is not None else line
    if len(line) > MAX_TITLE_CHARS:
        sentence, _, _ = line.partition(". ")
        line = sentence[:MAX_TITLE_CHARS]
    line = (_TICKET_AT_END.sub("", line) or line).strip()
    if (ticket := _TICKET.match(line.lower())) is not None:
        line = line[ticket.end() :] or line
    verb, _, rest = line.partition(" ")
    return rest.strip() if verb.lower().rstrip(":") in _TASK_VERBS and rest.strip() else line
