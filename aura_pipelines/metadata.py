"""What the UI shows beside assets, runs and checks: tables, links to the source code and to the documentation."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

import aura_pipelines
from aura_core.visible_text import visible
from aura_pipelines.partitions import preview_features

OWNERS = ("team:aura",)
_DOCS = Path(aura_pipelines.__file__).parents[1] / "docs"
"""The documentation of a checkout; an installed package has none."""


def table(columns: Sequence[str], rows: Sequence[Sequence[str | int | float]]) -> dg.TableMetadataValue:
    """Return rows under named columns, as the UI shows tables: text as it is, on one line."""
    shown_rows = [[visible(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    records = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in shown_rows]
    kinds = ["int" if rows and all(isinstance(row[i], int) for row in rows) else "string" for i in range(len(columns))]
    schema = dg.TableSchema([dg.TableColumn(name, kind) for name, kind in zip(columns, kinds, strict=True)])
    return dg.MetadataValue.table(records=records, schema=schema)


def code(text: str) -> str:
    """Return text of a repository for a description, which the UI reads as Markdown: a code span that shows the text
    as it is.
    """
    line = visible(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def links(*functions: Callable[..., Any], pages: Sequence[str] = ()) -> dict[str, Any]:
    """Return an asset's metadata with links to the source of functions and to pages of the documentation, where this
    is a checkout.
    """
    with preview_features():
        sources = [_source(function) for function in functions]
        documents = [
            dg.LocalFileCodeReference(file_path=str(_DOCS / page), label=f"docs/{page}")
            for page in pages
            if (_DOCS / page).is_file()
        ]
        return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[*sources, *documents])}


def _source(function: Callable[..., Any]) -> dg.LocalFileCodeReference:
    file, line = inspect.getsourcefile(function) or "", inspect.getsourcelines(function)[1]
    return dg.LocalFileCodeReference(file_path=file, line_number=line, label=Path(file).name)
