"""Which files are product code: what a change is most likely about."""

from __future__ import annotations

SUPPORTING = 0.5
"""Weight of everything that is not product code."""

_ANYWHERE = frozenset(
    (
        *(
            "tests",
            "js_tests",
            "__tests__",
            "testdata",
            "doc",
            "docs",
            "example",
            "examples",
            "scripts",
            "benchmark",
            "benchmarks",
        ),
        *("vendor", "vendored", "_vendor", "third_party", "node_modules", "extras"),
    )
)
_AT_THE_ROOT = frozenset(("test", "testing", "t", "tools"))
_BY_STEM = frozenset(("conftest", "noxfile", "setup"))
_PYTHON = frozenset((".py", ".pyi"))
_PROSE = frozenset(
    (
        *(
            ".md",
            ".markdown",
            ".rst",
            ".rest",
            ".txt",
            ".text",
            ".adoc",
            ".asciidoc",
            ".json",
            ".yaml",
            ".yml",
            ".toml",
            ".ini",
            ".cfg",
            ".conf",
        ),
        *(".csv", ".tsv", ".xml", ".svg", ".po"),
    )
)


def prior_of(path: str) -> float:
    """1 for product code, 0.5 for tests, documents, tools, settings and vendored code. From the path alone."""
    *folders, name = path.lower().split("/")
    stem, dot, _ = name.rpartition(".")
    suffix = name[len(stem) :]
    supports = (
        not _ANYWHERE.isdisjoint(folders)
        or (bool(folders) and folders[0] in _AT_THE_ROOT)
        or (suffix in _PYTHON and _is_test(stem))
        or suffix in _PROSE
        or (bool(name) and not dot)
    )
    return SUPPORTING if supports else 1.0


def _is_test(stem: str) -> bool:
    return stem.startswith("test_") or stem.endswith(("_test", "_tests")) or stem in _BY_STEM
