"""Cuts text files into sections: documents by heading, configuration by key, SQL by statement, and any other file into
parts when it is long.
"""

from __future__ import annotations

from aura_core.parsing.sections.rows import section_rows

__all__ = ["section_rows"]
