"""The encodings that tokens are counted in, and their vocabularies, read from the package's data without a network."""

from __future__ import annotations

import gzip
from binascii import a2b_base64
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import tiktoken

from aura_core.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class EncodingSpec:
    """An encoding.

    ``pattern`` splits text into the pieces that are merged on their own. ``special`` are the texts and numbers of its
    special tokens.
    """

    name: str
    pattern: str
    special: tuple[tuple[str, int], ...]


_CL100K = "|".join(
    (
        r"'(?i:[sdmt]|ll|ve|re)",
        r"[^\r\n\p{L}\p{N}]?+\p{L}++",
        r"\p{N}{1,3}+",
        r" ?[^\s\p{L}\p{N}]++[\r\n]*+",
        r"\s++$",
        r"\s*[\r\n]",
        r"\s+(?!\S)",
        r"\s",
    )
)
_O200K = "|".join(
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)

_SPECS = (
    EncodingSpec(
        "cl100k_base",
        _CL100K,
        (
            ("<|endoftext|>", 100257),
            ("<|fim_prefix|>", 100258),
            ("<|fim_middle|>", 100259),
            ("<|fim_suffix|>", 100260),
            ("<|endofprompt|>", 100276),
        ),
    ),
    EncodingSpec(
        "o200k_base",
        _O200K,
        (("<|endoftext|>", 199999), ("<|endofprompt|>", 200018)),
    ),
)
_BY_NAME = {spec.name: spec for spec in _SPECS}

ENCODINGS = tuple(_BY_NAME)
"""Names of the encodings, the default first."""


def spec_of(name: str) -> EncodingSpec:
    """Return an encoding's definition. Raises ``InvalidRequest``, which lists the names of all encodings."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise InvalidRequest(
            f"There is no encoding {name!r}.", remedy=f"Use one of {', '.join(ENCODINGS)}.", field="encoding"
        ) from None


@cache
def load(name: str) -> tiktoken.Encoding:
    """Return an encoding with its vocabulary. It is built once in a process, which takes some 0.2 s, and immutable."""
    spec = spec_of(name)
    return tiktoken.Encoding(
        name, pat_str=spec.pattern, mergeable_ranks=_ranks(name), special_tokens=dict(spec.special)
    )


def _ranks(name: str) -> dict[bytes, int]:
    """Return the rank of each token: pieces are merged in order of rank."""
    data = files("aura_core").joinpath("data", f"{name}.tiktoken.gz").read_bytes()
    fields = gzip.decompress(data).split()
    return dict(zip(map(a2b_base64, fields[::2]), map(int, fields[1::2]), strict=True))
