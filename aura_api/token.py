"""The bearer token of one home: a file that only its owner may read. Standard library only: commands import it too."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from aura_core.errors import StoreUnavailable

NAME = "token"
_MIN_CHARS = 32  # a token that is made here has 43


def token_file(home: Path) -> Path:
    """Return the file of a home's token."""
    return home / NAME


def ensure_token(home: Path) -> str:
    """Return the token, which is made on first use."""
    file = token_file(home)
    if not file.exists():
        _create(file)
    return read_token(home)


def read_token(home: Path) -> str:
    """Return the stored token. Raises ``StoreUnavailable`` when it is missing, too short to be one, or readable by
    others.
    """
    file = token_file(home)
    try:
        with file.open(encoding="ascii", errors="replace") as handle:
            mode = os.fstat(handle.fileno()).st_mode
            text = handle.read(4_096).strip()
    except OSError as error:
        raise StoreUnavailable(
            f"The token file {file} cannot be read: {error.strerror}.", remedy="Run `aura doctor`."
        ) from error
    # Checked on the open file, so that nobody can swap it between the check and the reading.
    if mode & 0o077:
        raise StoreUnavailable(
            f"The token file {file} may be read by others.",
            remedy=f"Delete it, or `chmod 600 {file}`, and start again.",
        )
    if len(text) < _MIN_CHARS:
        raise StoreUnavailable(
            f"The token file {file} holds no token.", remedy="Delete it and start again; a new one is made."
        )
    return text


def same_token(token: str, expected: str) -> bool:
    """Return whether two tokens are equal, in constant time."""
    return hmac.compare_digest(token.encode(), expected.encode())


def _create(file: Path) -> None:
    """Write the token whole under another name and link it, so that two processes agree on one."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}-{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(32) + "\n")
        os.link(temporary, file)
    except FileExistsError:
        pass  # another process was first; its token counts
    finally:
        temporary.unlink(missing_ok=True)
