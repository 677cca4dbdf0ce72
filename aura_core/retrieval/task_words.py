"""The words and the quotations of a task, to be recognised in names and in code."""

from __future__ import annotations

import re

from aura_core.embedding import text_terms, words_of

MAX_QUOTATIONS = 32
"""Quotations of a task that are looked for in code."""

_QUOTATION = re.compile(r"""'([^'\n]{3,80})'|"([^"\n]{3,80})"|`([^`\n]{3,80})`""")


class TaskWords:
    """The words of a task, recognised however they are written, and what it quotes, recognised as it is written."""

    def __init__(self, task: str) -> None:
        self._word_of: dict[str, str] = {}
        for word in dict.fromkeys(words_of(task.encode(errors="replace"))):
            text = word.decode(errors="replace")
            for term in text_terms(text):
                self._word_of.setdefault(term, text)
        quotations = ("".join(match.groups("")) for match in _QUOTATION.finditer(task))
        self.quotations = tuple(dict.fromkeys(quotations))[:MAX_QUOTATIONS]
        """The distinct texts in quotation marks or backticks, in order."""
        self._terms_of_word: dict[bytes, frozenset[str]] = {}

    def words_in(self, name: str) -> list[str]:
        """Return the distinct words of the task that a name contains, as the task spells them."""
        return list(dict.fromkeys(self._word_of[term] for term in text_terms(name) if term in self._word_of))

    def terms_in(self, text: str) -> set[str]:
        """Return the task's search terms and quotations that a text contains."""
        terms = {quotation for quotation in self.quotations if quotation in text}
        for word in set(words_of(text.encode(errors="replace"))):
            if word not in self._terms_of_word:
                task_terms = (term for term in text_terms(word.decode(errors="replace")) if term in self._word_of)
                self._terms_of_word[word] = frozenset(task_terms)
            terms |= self._terms_of_word[word]
        return terms
