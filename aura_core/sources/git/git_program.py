"""Running the git program in our own mirrors: no outside configuration, no hooks, few protocols, limits of time and
size.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aura_core.errors import GitFailed
from aura_core.ports.sources import FetchProgress

_PASSED_ON = (
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
)
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
    "fetch.unpackLimit=1",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "maintenance.auto=false",
)
_PROGRESS = re.compile(r"(?:remote: )?([A-Z][a-z]+(?: [a-z]+)*): +\d+% \((\d+)/(\d+)\)")
_SECRET = re.compile(r"(://)[^/@\s]+@")
_MAX_OUTPUT = 256_000_000
_LINES = 12


@dataclass(frozen=True, slots=True)
class Limits:
    """``deadline`` on the monotonic clock; ``max_bytes`` for what ``folder`` may grow to."""

    deadline: float
    folder: Path
    max_bytes: int


def run_git(
    folder: Path,
    *arguments: str,
    limits: Limits,
    allow_file: bool = False,
    hold: int | None = None,
    progress: FetchProgress | None = None,
) -> str:
    """Standard output of a git command in the bare repository ``folder``.

    ``hold`` is a file descriptor that the program inherits, so that a lock on it outlives us when we are killed.
    Raises ``GitFailed`` with git's last lines; the program and all that it started are killed when a limit is passed
    or we are interrupted.
    """
    config = [*_CONFIG, f"protocol.file.allow={'always' if allow_file else 'never'}"]
    command = ["git", *(word for item in config for word in ("-c", item)), *arguments]
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=() if hold is None else (hold,),
        )
    except OSError as error:
        raise GitFailed(
            f"The git program cannot be started: {error.strerror}.", remedy="Install git 2.30 or newer."
        ) from error
    with _killed_at_the_end(process):
        output, last = _collect(process, limits, progress)
    if process.returncode != 0:
        raise failed(arguments[0], last)
    return output.decode("utf-8", "surrogateescape")


def failed(verb: str, lines: list[str]) -> GitFailed:
    """The error that shows what git said last, without user names and passwords."""
    said = _SECRET.sub(r"\1***@", "\n".join(lines)) or "git said nothing"
    return GitFailed(f"git {verb} failed: {said}", remedy="Check the address, the network and your right to read it.")


def folder_size(folder: Path) -> int:
    """Bytes of all files below a folder; files that vanish meanwhile count nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def _environment(folder: Path) -> dict[str, str]:
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or not name.startswith(("GIT_", "SSH_ASKPASS"))
    }
    return {
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
        **passed,
        "GIT_DIR": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "",
    }


@contextlib.contextmanager
def _killed_at_the_end(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _collect(
    process: subprocess.Popen[bytes], limits: Limits, progress: FetchProgress | None
) -> tuple[bytes, list[str]]:
    """What the program printed, and its last lines for people, once it has ended. Raises ``GitFailed`` when a limit is
    passed.
    """
    output = bytearray()
    last: deque[str] = deque(maxlen=_LINES)
    readers = [
        _reader(process.stdout, lambda some: output.extend(some[: max(0, _MAX_OUTPUT - len(output))])),
        _reader(process.stderr, _Lines(last, progress)),
    ]
    looked = 0.0
    while process.poll() is None:
        now = time.monotonic()
        if now > limits.deadline:
            raise GitFailed(
                "git took too long and was stopped.", remedy="Raise AURA_GIT_TIMEOUT_SECONDS, or check the network."
            )
        if now - looked > 0.5:
            looked = now
            check_size(limits)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    for reader in readers:
        reader.join(5)
    return bytes(output), list(last)


def check_size(limits: Limits) -> None:
    """Raises ``GitFailed`` when the folder is larger than allowed."""
    if folder_size(limits.folder) > limits.max_bytes:
        raise GitFailed(
            f"The repository is larger than {limits.max_bytes} bytes; fetching was stopped.",
            remedy="Raise AURA_MAX_MIRROR_BYTES.",
        )


class _Lines:
    """Standard error in pieces → progress and last lines."""

    def __init__(self, last: deque[str], progress: FetchProgress | None) -> None:
        self._last = last
        self._progress = progress
        self._rest = ""

    def __call__(self, some: bytes) -> None:
        *lines, self._rest = re.split(r"[\r\n]", self._rest + some.decode("utf-8", "replace"))
        if not some:
            lines.append(self._rest)
        for line in lines:
            found = _PROGRESS.match(line)
            if found is None:
                self._last.extend([line.strip()] if line.strip() else [])
            elif self._progress is not None:
                self._progress(found[1].lower(), int(found[2]), int(found[3]))


def _reader(pipe: IO[bytes] | None, take: Callable[[bytes], None]) -> threading.Thread:
    def read() -> None:
        assert pipe is not None
        with contextlib.suppress(ValueError, OSError):
            while some := os.read(pipe.fileno(), 65_536):
                take(some)
        take(b"")

    thread = threading.Thread(target=read, name="git-output", daemon=True)
    thread.start()
    return thread
