"""Which code made an index: a manifest of other versions is never a base, and is made again."""

from __future__ import annotations

import sys
from functools import cache

from aura_core.linking import LINKER_VERSION
from aura_core.parsing import PARSER_VERSION


@cache
def index_versions() -> str:
    """Versions of the parser, the linker and the interpreter's grammar, as manifests record them."""
    return f"parser={PARSER_VERSION};linker={LINKER_VERSION};python={sys.version_info.major}.{sys.version_info.minor}"
