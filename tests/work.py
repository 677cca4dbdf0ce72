"""Counts the work of code, to compare it with the size of what the code works on."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).parents[1]

MAX_FACTOR = 2.6
"""How many times more work twice the input may cost: 2, and some for what happens rarely."""

MIN_LINES = 2_000
"""Fewer lines say nothing about growth: what happens once outweighs them."""


class TooMuchWork(AssertionError):
    """More lines were executed than allowed."""


def lines_executed(function: Callable[[], object], limit: int = 20_000_000) -> int:
    """Return how many lines of the project's own code a call executes. Raises ``TooMuchWork`` at the limit, so a test
    fails where the code would not come back.
    """
    count = 0
    folders = tuple(f"{ROOT / package}/" for package in ("aura_core", "aura_api", "aura_cli", "aura_mcp"))

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        return trace_lines if frame.f_code.co_filename.startswith(folders) else None

    def trace_lines(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "line"
        if count > limit:
            raise TooMuchWork(f"more than {limit} lines")
        return trace_lines

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    finally:
        sys.settrace(before)
    return count


def assert_linear(make: Callable[[int], T], use: Callable[[T], object], size: int) -> None:
    """Assert that twice the input takes at most about twice the work: lines, which do not depend on the machine."""
    small, large = make(size), make(2 * size)
    use(make(size // 4))  # what is loaded and remembered once
    lines = lines_executed(lambda: use(small))
    limit = int(MAX_FACTOR * max(lines, MIN_LINES))
    assert lines_executed(lambda: use(large), limit=10 * limit) <= limit


def seconds(function: Callable[..., object], *arguments: object) -> float:
    """Return the CPU seconds of a call: for code in C, such as regular expressions, whose work no line counts."""
    start = time.process_time()
    function(*arguments)
    return time.process_time() - start
