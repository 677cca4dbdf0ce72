"""How likely a change or a question is about a file, from its path alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

SUPPORT_PRIOR, PROSE_PRIOR, LIST_PRIOR, OLD_PRIOR, VENDORED_PRIOR = 0.3, 0.5, 0.3, 0.3, 0.5
"""Priors of what is not product code, which has 1.

Tests, examples, documentation and tools repeat the words of the code that they are about. A change is rarely about
prose and settings alone. Old copies and lists of changes repeat the words of everything. Vendored code is changed
elsewhere.
"""

_FOLDERS = """
tests js_tests __tests__ testdata doc docs docs_src example examples sample samples scripts benchmark
benchmarks tutorial tutorials
"""
_SUPPORT_FOLDERS = frozenset(_FOLDERS.split())
_SUPPORT_ROOT_FOLDERS = frozenset(("test", "testing", "spec", "t", "tools"))  # only at the root of a tree
_VENDOR_FOLDERS = frozenset(("vendor", "vendored", "_vendor", "third_party", "node_modules", "extras"))
_OLD_FOLDERS = frozenset(("v1", "deprecated", "legacy", "compat", "_compat", "old"))
_OLD_STEMS = frozenset(("deprecated", "legacy"))
_LISTS = re.compile(
    r"(changelog|changes|history|news|releases?|release[-_]notes|licen[cs]e|copying|authors|contributors)\b"
)
_PROSE = """
.md .markdown .rst .rest .txt .text .adoc .asciidoc .json .yaml .yml .toml .ini .cfg .conf .csv .tsv .xml .svg .po
"""
_PROSE_SUFFIXES = frozenset(_PROSE.split())
_TEST_STEM = re.compile(r"(test_.*|.*[_.-](tests?|spec)|conftest|noxfile|setup)\Z")
_CAMEL_TEST_STEM = re.compile(r"(Test[A-Z].*|.*[a-z0-9](Tests?|Spec))\Z")


def prior_of(path: str) -> float:
    """Return the prior of a file: 1 for product code, else the smallest that a reason gives."""
    return min((1.0, *_priors(path)))


def _priors(path: str) -> Iterator[float]:
    *folders, name = path.split("/")
    lower_folders = [folder.lower() for folder in folders]
    stem, dot, _ = name.rpartition(".")
    if _is_support(lower_folders, stem or name):
        yield SUPPORT_PRIOR
    if not _VENDOR_FOLDERS.isdisjoint(lower_folders):
        yield VENDORED_PRIOR
    if not _OLD_FOLDERS.isdisjoint(lower_folders) or stem.lower() in _OLD_STEMS:
        yield OLD_PRIOR
    if name[len(stem) :].lower() in _PROSE_SUFFIXES or (name and not dot):
        yield LIST_PRIOR if _LISTS.match(name.lower()) else PROSE_PRIOR


def _is_support(folders: list[str], stem: str) -> bool:
    """Return whether a file tests, documents or builds the product. ``folders`` are in lower case."""
    return (
        not _SUPPORT_FOLDERS.isdisjoint(folders)
        or not _SUPPORT_ROOT_FOLDERS.isdisjoint(folders[:1])
        or _TEST_STEM.match(stem.lower()) is not None
        or _CAMEL_TEST_STEM.match(stem) is not None
    )
