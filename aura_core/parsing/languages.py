"""Decides as which language a file is read: its path chooses, its bytes never do."""

from __future__ import annotations

PYTHON = "python"
PYTHON_STUB = "python-stub"
"""A ``.pyi`` file: read as Python, and a module where there is no source."""
CYTHON = "cython"
NOTEBOOK = "notebook"
"""A Jupyter notebook, whose code cells are Python."""
PYPROJECT = "pyproject"
SETUP_CFG = "setup.cfg"
"""``setup.cfg`` and the other files of its form that may say where imports look."""
REQUIREMENTS = "requirements"
TEXT = "text"

_BY_NAME = {
    "pyproject.toml": PYPROJECT,
    "setup.cfg": SETUP_CFG,
    "pipfile": PYPROJECT,
    "tox.ini": SETUP_CFG,
    "pytest.ini": SETUP_CFG,
    ".pytest.ini": SETUP_CFG,
    "mypy.ini": SETUP_CFG,
    ".editorconfig": "ini",
    ".flake8": "ini",
    ".coveragerc": "ini",
    ".pylintrc": "ini",
    ".gitconfig": "ini",
    ".gitmodules": "ini",
    ".eslintrc": "json",
    ".babelrc": "json",
    ".clang-format": "yaml",
    "makefile": "make",
    "gnumakefile": "make",
    "dockerfile": "docker",
    "containerfile": "docker",
    "readme": "rest",
    "changes": "rest",
    "changelog": "rest",
    "news": "rest",
    "authors": "rest",
}

_SUFFIXES = {
    PYTHON: "py pyw",
    PYTHON_STUB: "pyi",
    NOTEBOOK: "ipynb",
    "markdown": "md markdown mdown mkd mdx",
    "rest": "rst rest",
    TEXT: "txt text",
    "asciidoc": "adoc asciidoc",
    "toml": "toml",
    "ini": "ini cfg conf cnf desktop service",
    "yaml": "yaml yml",
    "json": "json json5 jsonc geojson webmanifest",
    "sql": "sql ddl pgsql plsql",
    "html": "html htm xhtml html-tpl",
    "template": "jinja jinja2 j2 mako tmpl tpl py-tpl erb ejs hbs mustache twig liquid",
    "xml": "xml xsl xslt xsd svg gml kml plist",
    "css": "css scss sass less",
    "javascript": "js mjs cjs jsx",
    "typescript": "ts tsx mts cts",
    "vue": "vue",
    "svelte": "svelte",
    "shell": "sh bash zsh fish ksh",
    "batch": "bat cmd",
    "powershell": "ps1 psm1",
    "c": "c h",
    "cpp": "cc cpp cxx hh hpp hxx",
    "csharp": "cs",
    CYTHON: "pyx pxd pxi",
    "java": "java",
    "kotlin": "kt kts",
    "scala": "scala",
    "go": "go",
    "rust": "rs",
    "ruby": "rb rake gemspec",
    "php": "php",
    "perl": "pl pm",
    "lua": "lua",
    "r": "r",
    "julia": "jl",
    "swift": "swift",
    "elixir": "ex exs",
    "haskell": "hs",
    "dart": "dart",
    "terraform": "tf hcl",
    "protobuf": "proto",
    "graphql": "graphql gql",
    "tex": "tex sty bib",
    "make": "mk mak",
    "csv": "csv tsv",
}
_BY_SUFFIX = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}


def language_of(path: str) -> str:
    """Return the name of a path's language: by the whole file name first, then by its last suffix, else ``text``."""
    _, _, name = path.lower().rpartition("/")
    _, dot, suffix = name.rpartition(".")
    if suffix == "txt" and "requirements" in "/".join(path.lower().split("/")[-2:]):
        return REQUIREMENTS
    # a name without a dot has no suffix: ``py`` alone is text
    return _BY_NAME.get(name) or _BY_SUFFIX.get(suffix if dot else "", TEXT)


def family_of(language: str) -> str:
    """Return the language that ``FileFacts.language`` names: of packaging files, the one that they are written in."""
    return {PYPROJECT: "toml", SETUP_CFG: "ini", REQUIREMENTS: TEXT}.get(language, language)
