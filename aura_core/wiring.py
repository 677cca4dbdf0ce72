"""Opens the stores that the settings name, once a process."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from aura_core.adapters import open_catalog, open_snapshots, open_vectors
from aura_core.errors import StoreUnavailable
from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from aura_core.sources import RepositorySources

FOLDERS = ("mirrors", "logs")


def open_stores(settings: Settings) -> Stores:
    """Make the home when it is not there, bring its tables up to date, open everything.

    Raises ``StoreUnavailable`` with the remedy when the home or a database cannot be used, ``StoreCorrupt`` when one
    is damaged.
    """
    make_home(settings)
    with ExitStack() as opened:
        catalog = open_catalog(settings)
        opened.callback(catalog.close)
        snapshots = open_snapshots(settings)
        opened.callback(snapshots.close)
        vectors = open_vectors(settings)
        opened.pop_all()
    return Stores(settings, catalog, snapshots, vectors, RepositorySources(settings))


def make_home(settings: Settings) -> None:
    """The home, readable by its owner alone, and its folders; what is there already is left as it is. Raises
    ``StoreUnavailable``.
    """
    for folder in (settings.home, *(settings.home / name for name in FOLDERS), settings.cache_folder):
        _make(folder)


def _make(folder: Path) -> None:
    remedy = "Set AURA_HOME to a folder that this user can write to."
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"{folder} cannot be made: {error.strerror}.", remedy=remedy) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise StoreUnavailable(f"{folder} is not writable.", remedy=remedy)
