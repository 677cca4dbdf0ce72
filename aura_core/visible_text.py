"""Makes characters visible that a terminal obeys or that reorder text: controls, bidirectional marks, halves of
surrogate pairs, noncharacters.
"""

from __future__ import annotations

import re

_LINES = "\t\n"
_UNSAFE = (
    "\\x00-\\x1f\\x7f-\\x9f"  # controls: escape sequences begin with one
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # reorder, hide or break lines
    "\ud800-\udfff"
    "\ufdd0-\ufdef\ufffe\uffff"  # noncharacters
    "\U000e0000-\U000e007f"  # tags, which nobody sees
)
_ALL = re.compile(f"[{_UNSAFE}]")
_BUT_LINES = re.compile(f"(?![{_LINES}])[{_UNSAFE}]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def visible(text: str) -> str:
    r"""Return a name or a path on one line: ``\x1b`` and ``\u202e`` stand for the characters, ``\n`` for a line end."""
    return _ALL.sub(_escape, text)


def visible_lines(text: str) -> str:
    """Return text of several lines as a terminal may show it: tabs and line ends stay."""
    return _BUT_LINES.sub(_escape, text)


def visible_json(text: str) -> str:
    """Return a JSON text that has the same value and no character that a terminal obeys."""
    return _BUT_LINES.sub(lambda match: "".join(f"\\u{unit:04x}" for unit in _utf16_units(match[0])), text)


def xml_text(text: str) -> str:
    """Return text between tags of XML 1.0, with the same value, but for characters that XML has not: those become the
    replacement character.
    """
    from xml.sax.saxutils import escape  # here because it loads an HTTP client

    allowed = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    return _BUT_LINES.sub(lambda match: f"&#{ord(match[0])};", escape(allowed))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    short_form = {0x09: "\\t", 0x0A: "\\n", 0x0D: "\\r"}.get(code)
    return short_form or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )


def _utf16_units(char: str) -> list[int]:
    data = char.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[start : start + 2]) for start in range(0, len(data), 2)]
