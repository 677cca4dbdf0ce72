"""A lexicon knows what a plain split of each word gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aura_core.embedding import Lexicon, sub_tokens, term_hash, text_terms, words_of
from aura_core.embedding.terms import clipped_text


@given(st.lists(st.text(max_size=20), max_size=8))
def test_a_lexicon_knows_the_terms_and_tokens_of_a_plain_split(texts: list[str]) -> None:
    lexicon = Lexicon()
    for text in texts:
        words = words_of(text.encode(errors="replace"))
        ids = lexicon.learn(words)
        terms, counts = lexicon.word_terms().take(ids)
        assert [lexicon.terms[t] for t in terms.tolist()] == list(text_terms(text))
        assert counts.sum() == len(terms)
        tokens, _ = lexicon.word_tokens().take(ids)
        assert [lexicon.tokens[t] for t in tokens.tolist()] == [
            part for word in words for part in sub_tokens(word.decode())
        ]
    assert lexicon.term_hashes().tolist() == [term_hash(term) for term in lexicon.terms]


@given(
    st.lists(
        st.binary(max_size=20) | st.integers(40, 70).map(lambda n: b"x" * (n % 4) + "\u20ac".encode() * n), max_size=8
    )
)
def test_bytes_that_are_no_text_are_split_as_if_each_word_were_alone(texts: list[bytes]) -> None:
    words = [word for text in texts for word in words_of(text)]
    together = Lexicon()
    ids = together.learn(words)
    for word, number in zip(words, ids, strict=True):
        alone = Lexicon()
        own = alone.learn([word])
        for rows, own_rows, names, own_names in (
            (together.word_tokens(), alone.word_tokens(), together.tokens, alone.tokens),
            (together.word_terms(), alone.word_terms(), together.terms, alone.terms),
        ):
            assert [names[n] for n in rows.take(np.array([number]))[0]] == [own_names[n] for n in own_rows.take(own)[0]]
        assert [alone.tokens[n] for n in alone.word_tokens().take(own)[0]] == sub_tokens(clipped_text(word))


def test_ids_and_rows_stay_valid_as_the_lexicon_grows() -> None:
    lexicon = Lexicon()
    first = lexicon.learn([b"parse_header"])
    before = lexicon.word_terms().take(first)[0].tolist()
    lexicon.learn([f"word{n}x{n}".encode() for n in range(5_000)])
    assert lexicon.learn([b"parse_header"]).tolist() == first.tolist()
    assert lexicon.word_terms().take(first)[0].tolist() == before
    assert len(lexicon) == 5_001


def test_runs_of_data_are_clipped_not_split_for_ever() -> None:
    lexicon = Lexicon()
    ids = lexicon.learn([b"aB" * 100_000])
    assert len(lexicon.word_tokens().take(ids)[0]) < 200
