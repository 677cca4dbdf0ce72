"""Which linker made some fragments: a hash over this package's own sources."""

from __future__ import annotations

from hashlib import blake2b
from importlib.resources import files


def _version() -> str:
    digest = blake2b(digest_size=8)
    for source in sorted((e for e in files("aura_core.linking").iterdir() if e.name.endswith(".py")), key=lambda e: e.name):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


LINKER_VERSION = _version()
