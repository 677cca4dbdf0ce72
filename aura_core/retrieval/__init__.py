"""From a task in words to ranked symbols that fit a token budget."""

from aura_core.retrieval.answer import answer, validate
from aura_core.retrieval.blob_lines import ReadBlob
from aura_core.retrieval.search import search

__all__ = ["ReadBlob", "answer", "search", "validate"]
