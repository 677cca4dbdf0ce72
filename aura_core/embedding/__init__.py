"""Words into sub-tokens and search terms, texts into vectors."""

from __future__ import annotations

from aura_core.embedding.embedder import StaticEmbedder, static_embedder
from aura_core.embedding.lexicon import Lexicon
from aura_core.embedding.ragged_array import RaggedArray, expand_ranges, group_starts, offsets_of
from aura_core.embedding.terms import STOP_WORDS, path_words, stem, sub_tokens, term_hash, text_terms, words_of

__all__ = [
    "STOP_WORDS",
    "Lexicon",
    "RaggedArray",
    "StaticEmbedder",
    "expand_ranges",
    "group_starts",
    "offsets_of",
    "path_words",
    "static_embedder",
    "stem",
    "sub_tokens",
    "term_hash",
    "text_terms",
    "words_of",
]
