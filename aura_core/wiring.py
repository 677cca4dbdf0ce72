"""Opens the stores that the settings name, once a process."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from aura_core.adapters import open_catalog, open_snapshots, open_vectors
from aura_core.errors import StoreUnavailable
from aura_core.ports.stores import Stores
from aura_core.private_files import close_home, make_private_folder
from aura_core.settings import Settings
from aura_core.sources import RepositorySources

FOLDERS = ("mirrors", "logs")


def open_stores(settings: Settings) -> Stores:
    """Create the home when there is none, create or migrate its tables, and return the open stores.

    Raises ``StoreUnavailable`` with the remedy when the home or a database cannot be used, ``StoreCorrupt`` when one
    is damaged; then nothing stays open.
    """
    make_home(settings)
    with ExitStack() as stack:
        catalog = open_catalog(settings)
        stack.callback(catalog.close)
        snapshots = open_snapshots(settings)
        stack.callback(snapshots.close)
        vectors = open_vectors(settings)
        stack.pop_all()
    return Stores(settings, catalog, snapshots, vectors, RepositorySources(settings))


def make_home(settings: Settings) -> None:
    """Create the home and its folders, readable by their owner only. What others may read of an existing one becomes
    private.

    Raises ``StoreUnavailable``.
    """
    for folder in (settings.home, *(settings.home / name for name in FOLDERS)):
        _create(folder, "AURA_HOME")
    cache = settings.cache_folder
    _create(cache, "AURA_HOME" if settings.cache is None and cache.is_relative_to(settings.home) else "AURA_CACHE")
    close_home(settings.home, settings.cache_folder)


def _create(folder: Path, variable: str) -> None:
    remedy = f"Set {variable} to a folder that this user can write to."
    try:
        make_private_folder(folder)
    except OSError as error:
        raise StoreUnavailable(f"{folder} cannot be made: {error.strerror}.", remedy=remedy) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise StoreUnavailable(f"{folder} is not writable.", remedy=remedy)
