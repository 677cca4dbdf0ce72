"""The line protocol on stdin and stdout: what is no JSON-RPC message is answered here, because the library passes over
it in silence. Standard library only.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, NoReturn

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
INVALID_PARAMS: Final = -32602

MAX_LINE_BYTES: Final = 4_000_000
"""A longer message is refused, and not held in memory."""

_END: Final = b"\0end\n"
"""No message is this line: it ends the writing."""


class Refusal(Exception):
    """A line that is no message, with the code and the id of the answer."""

    def __init__(self, code: int, message: str, request: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.request = request if isinstance(request, str | int) and not isinstance(request, bool) else None

    @property
    def line(self) -> bytes:
        """The answer, as a line."""
        error = {"code": self.code, "message": str(self)}
        return json.dumps({"jsonrpc": "2.0", "id": self.request, "error": error}).encode() + b"\n"


def check_message(line: bytes) -> None:
    """Raise ``Refusal`` unless a line is one JSON-RPC message."""
    message = _parse(line)
    if not isinstance(message, dict):
        raise Refusal(INVALID_REQUEST, "A message is one JSON object; batches are not served.")
    request = message.get("id")
    if message.get("jsonrpc") != "2.0":
        raise Refusal(INVALID_REQUEST, 'A message has "jsonrpc": "2.0".', request)
    if "id" in message and (not isinstance(request, str | int) or isinstance(request, bool)):
        raise Refusal(INVALID_REQUEST, "The id of a message is a text or a whole number.")
    if "method" not in message and "result" not in message and "error" not in message:
        raise Refusal(INVALID_REQUEST, "A message has a method, a result or an error.", request)
    if not isinstance(message.get("method", ""), str):
        raise Refusal(INVALID_REQUEST, "The method of a message is a text.", request)
    if not isinstance(message.get("params", {}), dict):
        raise Refusal(INVALID_PARAMS, "The params of a message are a JSON object.", request)


@contextmanager
def checked_wire(stdout: int) -> Iterator[None]:
    """Make descriptors 0 and 1 pipes inside: one gives the messages that come on the real stdin, the other is written
    line by line to ``stdout``, where refusals are written too.
    """
    stdin = os.dup(0)
    messages, incoming = os.pipe()
    outgoing, answers = os.pipe()
    lock = threading.Lock()
    writer = threading.Thread(target=_write_lines, args=(os.fdopen(outgoing, "rb"), stdout, lock), daemon=True)
    reader = threading.Thread(target=_read_messages, args=(stdin, incoming, stdout, lock), daemon=True)
    os.dup2(messages, 0)
    os.dup2(answers, 1)
    os.close(messages)
    writer.start()
    reader.start()
    try:
        yield
    finally:
        # The library holds copies of the pipe for ever, so its end has to be written.
        _write_all(answers, _END)
        writer.join()


def _parse(line: bytes) -> Any:
    if len(line) > MAX_LINE_BYTES:
        raise Refusal(INVALID_REQUEST, f"A message has at most {MAX_LINE_BYTES:,} bytes.")
    try:
        message = json.loads(line.decode(), parse_constant=_refuse_constant)
        # A half of a surrogate pair is no text, though JSON can spell it.
        json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refusal(PARSE_ERROR, "The line is not JSON.") from error
    return message


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _read_messages(stdin: int, incoming: int, stdout: int, lock: threading.Lock) -> None:
    with os.fdopen(stdin, "rb") as lines, os.fdopen(incoming, "wb") as messages:
        for line in _bounded_lines(lines):
            try:
                check_message(line)
            except Refusal as refusal:
                with lock:
                    _write_all(stdout, refusal.line)
            else:
                messages.write(line.rstrip(b"\r\n") + b"\n")
                messages.flush()


def _bounded_lines(lines: BinaryIO) -> Iterator[bytes]:
    """Yield lines that are not blank; of one that is too long only its beginning."""
    while line := lines.readline(MAX_LINE_BYTES + 1):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = lines.readline(MAX_LINE_BYTES)
        if line.strip():
            yield line


def _write_lines(answers: BinaryIO, stdout: int, lock: threading.Lock) -> None:
    with answers:
        while (line := answers.readline()) not in {b"", _END}:
            with lock:
                _write_all(stdout, line)


def _write_all(descriptor: int, data: bytes) -> None:
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    except OSError:
        return  # the agent has left: stdin ends next
