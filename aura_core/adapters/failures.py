"""Turns errors of database clients into errors that say what to do."""

from __future__ import annotations

from sqlalchemy.exc import TimeoutError as PoolTimeout

from aura_core.errors import AuraError, StoreCorrupt, StoreUnavailable

_CORRUPT = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_REMEDIES = {
    "SQLITE_FULL": "Free space on the disk, then try again.",
    "SQLITE_BUSY": "Another process holds the database; try again, and look for a stuck process if it stays so.",
    "SQLITE_LOCKED": "Another process holds the database; try again.",
    "SQLITE_READONLY": "Make the file and its folder writable for this user.",
    "SQLITE_CANTOPEN": "Check that AURA_HOME exists and is writable for this user.",
    "SQLITE_IOERR": "Check the disk under AURA_HOME.",
}


def store_error(error: Exception, database: str) -> AuraError:
    """Return the ``StoreCorrupt`` or ``StoreUnavailable`` that a client's error means, with its remedy."""
    cause = getattr(error, "orig", None) or error
    name = str(getattr(cause, "sqlite_errorname", ""))
    if name.startswith(_CORRUPT):
        return StoreCorrupt(
            f"{database} is damaged: {cause}.",
            remedy="Restore it from a copy, or move it away and index again.",
            store=database,
        )
    if isinstance(error, PoolTimeout):
        return StoreUnavailable(
            f"All connections to {database} are busy.", remedy="Try again in a moment.", store=database
        )
    remedy = next(
        (remedy for prefix, remedy in _REMEDIES.items() if name.startswith(prefix)),
        "Check that the database runs and can be reached.",
    )
    return StoreUnavailable(f"{database} cannot be used: {cause}.", remedy=remedy, store=database)
