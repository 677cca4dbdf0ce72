"""Which files are product code: what a change is most likely about."""

from __future__ import annotations

import re

SUPPORTING = 0.5
"""Weight of everything that is not product code."""

_ANYWHERE = r"(^|/)(tests|js_tests|__tests__|testdata|docs?|examples?|scripts|benchmarks?|vendor|vendored|_vendor|third_party|node_modules|extras)/"
_AT_THE_ROOT = r"^(test|testing|t|tools)/"
_BY_NAME = r"(^|/)(test_[^/]*|[^/]*_tests?|conftest|noxfile|setup)\.pyi?$"
_PROSE = r"\.(md|markdown|rst|rest|txt|text|adoc|asciidoc|json|ya?ml|toml|ini|cfg|conf|csv|tsv|xml|svg|po)$|(^|/)[^./]+$"
_SUPPORT = re.compile("|".join((_ANYWHERE, _AT_THE_ROOT, _BY_NAME, _PROSE)), re.IGNORECASE)


def prior_of(path: str) -> float:
    """1 for product code, 0.5 for tests, documents, tools, settings and vendored code. From the path alone."""
    return SUPPORTING if _SUPPORT.search(path) else 1.0
