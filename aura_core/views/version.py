"""Which layout a view has: a hash over the sources that write and read it."""

from __future__ import annotations

from hashlib import blake2b
from importlib.resources import files


def sources_version(*packages: str) -> str:
    """16 hex over the names and bytes of the Python files of some packages, folders within left out."""
    digest = blake2b(digest_size=8)
    for package in packages:
        for source in sorted(files(package).iterdir(), key=lambda entry: entry.name):
            if source.name.endswith(".py"):
                digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


VIEW_VERSION = sources_version("aura_core.views", "aura_core.embedding")
