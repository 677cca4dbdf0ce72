"""Runs the git program in mirrors: no outside configuration, no hooks, few protocols, limits of time and size."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aura_core.errors import GitFailed
from aura_core.ports.sources import FetchProgress
from aura_core.visible_text import visible_lines

_ALLOWED_VARIABLES = (
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
)
"""Variables of git that its environment may have; all others that configure git are removed."""

_HARMLESS_FAULTS = (
    "zeroPaddedFilemode",
    "badTimezone",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "missingNameBeforeEmail",
    "badEmail",
)
"""Faults of old but honest histories; git clones them by default."""

_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "credential.helper=",
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "http.followRedirects=false",
    "transfer.fsckObjects=true",
    *(f"fetch.fsck.{fault}=warn" for fault in _HARMLESS_FAULTS),
    "fetch.unpackLimit=1",  # always keep packs: loose objects are slow to read and to count
    "fetch.recurseSubmodules=false",
    "gc.auto=0",  # fetch.py joins packs itself
    "maintenance.auto=false",
)
_PROGRESS = re.compile(r"(?:remote: )?([A-Z][a-z]+(?: [a-z]+)*): +\d+% \((\d+)/(\d+)\)")
_SECRET = re.compile(r"(://)[^/@\s]+@")
_MAX_OUTPUT_BYTES = 256_000_000
_READ_BYTES = 65_536
_LAST_LINES = 12
"""This many of git's last lines are in the message of an error."""

_POLL_SECONDS = 0.05
_SIZE_CHECK_SECONDS = 0.5
_READER_SECONDS = 5
"""Wait this long for the rest of the output of a program that has ended."""


@dataclass(frozen=True, slots=True)
class Limits:
    """``deadline`` is on the monotonic clock; ``folder`` may grow to ``max_bytes``."""

    deadline: float
    folder: Path
    max_bytes: int


def run_git(
    folder: Path,
    *arguments: str,
    limits: Limits,
    allow_file: bool = False,
    lock: int | None = None,
    progress: FetchProgress | None = None,
    config: Sequence[str] = (),
) -> str:
    """Run a git command in the bare repository ``folder`` and return its standard output.

    ``lock`` is a file descriptor that the program inherits, so that a lock on it outlives this process. The program
    and all that it started are killed when a limit is passed or this process is interrupted.
    Raises ``GitFailed`` with git's last lines.
    """
    items = [*_CONFIG, f"protocol.file.allow={'always' if allow_file else 'never'}", *config]
    command = ["git", *(word for item in items for word in ("-c", item)), *arguments]
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            umask=0o077,
            start_new_session=True,  # a process group, so that what git starts is killed with it
            pass_fds=() if lock is None else (lock,),
        )
    except OSError as error:
        raise GitFailed(
            f"The git program cannot be started: {error.strerror}.", remedy="Install git 2.30 or newer."
        ) from error
    with _kill_on_exit(process):
        output, last_lines = _collect_output(process, limits, progress)
    if process.returncode != 0:
        command_name, *_ = arguments
        raise git_error(command_name, last_lines)
    return output.decode("utf-8", "surrogateescape")


def git_error(command: str, last_lines: list[str]) -> GitFailed:
    """Return the error with the last lines of git's output, without user names and passwords."""
    # The server writes these lines: they must not command a terminal.
    text = visible_lines(_SECRET.sub(r"\1***@", "\n".join(last_lines))) or "git said nothing"
    return GitFailed(
        f"git {command} failed: {text}", remedy="Check the address, the network and your right to read it."
    )


def folder_size(folder: Path) -> int:
    """Return the bytes of all files below a folder; files that vanish meanwhile do not count."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
    return total


def _environment(folder: Path) -> dict[str, str]:
    variables = {
        name: value
        for name, value in os.environ.items()
        if name in _ALLOWED_VARIABLES or not name.startswith(("GIT_", "SSH_ASKPASS"))
    }
    return {
        # Batch mode: ssh must fail, not ask for a password. The user's own command wins.
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        **variables,
        "GIT_DIR": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        # The progress lines are parsed, so they must be English.
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "",
    }


@contextlib.contextmanager
def _kill_on_exit(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill the program and its children at the end of the block, unless they have ended."""
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _collect_output(
    process: subprocess.Popen[bytes], limits: Limits, progress: FetchProgress | None
) -> tuple[bytes, list[str]]:
    """Wait for the program, and return its standard output and the last lines of its standard error.

    Raises ``GitFailed`` when a limit is passed.
    """
    output = bytearray()
    messages = _Messages(progress)
    readers = [
        # output above the limit is read and dropped, because git would wait for a full pipe
        _start_reader(process.stdout, lambda data: output.extend(data[: max(0, _MAX_OUTPUT_BYTES - len(output))])),
        _start_reader(process.stderr, messages.add),
    ]
    last_size_check = 0.0
    while process.poll() is None:
        now = time.monotonic()
        if now > limits.deadline:
            raise GitFailed(
                "git took too long and was stopped.", remedy="Raise AURA_GIT_TIMEOUT_SECONDS, or check the network."
            )
        if now - last_size_check > _SIZE_CHECK_SECONDS:
            last_size_check = now
            check_size(limits)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
    for reader in readers:
        reader.join(_READER_SECONDS)
    return bytes(output), list(messages.last_lines)


def check_size(limits: Limits) -> None:
    """Raise ``GitFailed`` when the folder is larger than allowed."""
    if folder_size(limits.folder) > limits.max_bytes:
        raise GitFailed(
            f"The repository is larger than {limits.max_bytes} bytes; fetching was stopped.",
            remedy="Raise AURA_MAX_MIRROR_BYTES.",
        )


class _Messages:
    """Git's messages on standard error: reports the progress in them and remembers the last others."""

    def __init__(self, progress: FetchProgress | None) -> None:
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._progress = progress
        self._unfinished_line = ""

    def add(self, data: bytes) -> None:
        """Add some bytes; no bytes are the end."""
        *lines, self._unfinished_line = re.split(r"[\r\n]", self._unfinished_line + data.decode("utf-8", "replace"))
        if not data:
            lines.append(self._unfinished_line)
        for line in lines:
            match = _PROGRESS.match(line)
            if match is None:
                self.last_lines.extend([line.strip()] if line.strip() else [])
            elif self._progress is not None:
                step, done, total = match.groups()
                self._progress(step.lower(), int(done), int(total))


def _start_reader(pipe: IO[bytes] | None, add: Callable[[bytes], None]) -> threading.Thread:
    """Start a thread that passes the bytes of a pipe to ``add``, and no bytes at the end."""

    def read() -> None:
        assert pipe is not None
        with contextlib.suppress(ValueError, OSError):
            while data := os.read(pipe.fileno(), _READ_BYTES):
                add(data)
        add(b"")

    thread = threading.Thread(target=read, name="git-output", daemon=True)
    thread.start()
    return thread
