"""The encodings that tokens are counted in, which models use them, and their vocabularies, read from the package's
data without a network.
"""

from __future__ import annotations

import gzip
from binascii import a2b_base64
from dataclasses import dataclass
from importlib.resources import files
from threading import Lock

import tiktoken

from aura_core.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class EncodingSpec:
    """``pattern`` splits text into the pieces that are merged on their own; ``models`` are name prefixes of models
    that use the encoding.

    ``glued``: characters that the pattern can take into one piece together with a line break before them.
    """

    name: str
    pattern: str
    special: tuple[tuple[str, int], ...]
    models: tuple[str, ...]
    glued: str = ""


_CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
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
        ("gpt-4", "gpt-3.5", "gpt-35", "ft:gpt-4", "ft:gpt-3.5", "text-embedding-", "davinci-002", "babbage-002"),
    ),
    EncodingSpec(
        "o200k_base",
        _O200K,
        (("<|endoftext|>", 199999), ("<|endofprompt|>", 200018)),
        ("gpt-4o", "gpt-4.1", "gpt-4.5", "gpt-5", "chatgpt-4o", "o1", "o3", "o4", "ft:gpt-4o", "ft:gpt-4.1"),
        glued="/",
    ),
)
_BY_NAME = {spec.name: spec for spec in _SPECS}

ENCODINGS = tuple(_BY_NAME)
"""Names of the encodings, the default first."""

_loaded: dict[str, tiktoken.Encoding] = {}
_loading = Lock()


def spec_of(name: str) -> EncodingSpec:
    """What is known of an encoding. Raises ``InvalidRequest`` with the names there are."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise InvalidRequest(
            f"There is no encoding {name!r}.", remedy=f"Use one of {', '.join(ENCODINGS)}.", field="encoding"
        ) from None


def encoding_for_model(model: str) -> str:
    """The name of the encoding that a model counts in, by the longest known prefix of the model's name. Raises
    ``InvalidRequest``.
    """
    known = [(len(prefix), spec.name) for spec in _SPECS for prefix in spec.models if model.startswith(prefix)]
    if not known:
        raise InvalidRequest(
            f"It is not known which encoding {model!r} uses.",
            remedy=f"Name one of {', '.join(ENCODINGS)}.",
            field="encoding",
        )
    return max(known)[1]


def load(name: str) -> tiktoken.Encoding:
    """The encoding, built once a process (some 0.2 s)."""
    spec = spec_of(name)
    with _loading:
        if name not in _loaded:
            _loaded[name] = tiktoken.Encoding(
                name, pat_str=spec.pattern, mergeable_ranks=_ranks(name), special_tokens=dict(spec.special)
            )
        return _loaded[name]


def _ranks(name: str) -> dict[bytes, int]:
    packed = files("aura_core").joinpath("data", f"{name}.tiktoken.gz").read_bytes()
    fields = gzip.decompress(packed).split()
    return dict(zip(map(a2b_base64, fields[::2]), map(int, fields[1::2]), strict=True))
