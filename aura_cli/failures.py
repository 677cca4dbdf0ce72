"""How a command fails: a sentence and a remedy on stderr, a documented exit code, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path

from aura_cli.home import home_folder
from aura_core.errors import AuraError, StoreUnavailable
from aura_core.visible_text import visible_lines

# As shells report a process that a signal ended: 128 and the number of SIGINT or SIGPIPE.
INTERRUPTED = 130
BROKEN_PIPE = 141
SHOWN_CHOICES = 20
_ENVIRONMENT = frozenset(
    {errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO}
)
"""Errors of the machine, which are no bugs of Aura."""


def report_error(error: AuraError) -> int:
    """Print what happened and what to do, and return the exit code of the error's kind."""
    lines = [f"aura: {error.message}"]
    choices = error.details.get("candidates") or error.details.get("known") or ()
    if choices and str(choices[0]) not in error.message:
        more = f" and {len(choices) - SHOWN_CHOICES} more" if len(choices) > SHOWN_CHOICES else ""
        label = "candidates" if "candidates" in error.details else "known"
        lines.append(f"  {label}: {', '.join(map(str, choices[:SHOWN_CHOICES]))}{more}")
    if error.remedy:
        lines.append(f"  {error.remedy}")
    with suppress(OSError, ValueError):  # nobody reads stdout any more
        sys.stdout.flush()
    sys.stderr.write("\n".join(lines) + "\n")
    return error.exit_code


def report_bug(error: BaseException) -> int:
    """Print a short message for a bug or a failing machine, and where the traceback is. Returns the exit code."""
    if os.environ.get("AURA_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, OSError) and error.errno in _ENVIRONMENT:
        return report_error(
            StoreUnavailable(
                f"{error.filename or 'This machine'}: {error.strerror}.",
                remedy="`aura doctor` says what is not usable.",
            )
        )
    if isinstance(error, MemoryError):
        return report_error(
            AuraError("There is not enough memory.", remedy="Set AURA_WORKERS=1, or index on a larger machine.")
        )
    log = _log(error)
    where = f"The traceback is in {log}" if log else "The traceback could not be written"
    return report_error(
        AuraError(
            f"Something broke in Aura itself: {type(error).__name__}: {error}",
            remedy=f"{where}; AURA_DEBUG=1 shows it here.",
        )
    )


def report_closed_pipe() -> int:
    """Silence output after the reader closed the pipe (``| head``), also at exit. Returns the exit code."""
    if sys.__stdout__ is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())
    return BROKEN_PIPE


def _log(error: BaseException) -> Path | None:
    file = home_folder() / "logs" / "aura.log"
    try:
        for folder in (file.parent.parent, file.parent):  # the mode holds for the last folder of a path only
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8", errors="backslashreplace") as out:
            out.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {' '.join(sys.argv)}\n")
            out.writelines(map(visible_lines, traceback.format_exception(error)))
    except OSError:
        return None
    return file
