"""The main question and its answer, and search."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from aura_api.schemas.base import NOT_BLANK, REPO, SHA, UID, FromSnapshot, In, Out, Shape
from aura_api.schemas.repositories import LagOut
from aura_core.model.context import MAX_ENTRY_POINTS, MAX_TOKENS, MIN_TOKENS, Format
from aura_core.tokens import ENCODINGS


def _whole(value: Any) -> Any:
    # JSON knows one kind of number: 8000.0 is a whole one.
    return int(value) if isinstance(value, float) and value.is_integer() else value


TokenBudget = Annotated[
    int,
    Field(ge=MIN_TOKENS, le=MAX_TOKENS, strict=True, description="Budget of `text`, headers included."),
    BeforeValidator(_whole),
]
Switch = Annotated[bool, Field(strict=True)]
"""True or false, and nothing that could mean it."""


def _add_example_and_rule(schema: dict[str, Any], shape: type[Shape]) -> None:
    """Add the example, and the rule that no single field can state: not ``worktree`` with a commit or a ref."""
    schema["examples"] = [shape.example()]
    places = [{"required": [name], "properties": {name: {"minLength": 1}}} for name in ("sha", "ref")]
    schema["not"] = {"required": ["worktree"], "properties": {"worktree": {"const": True}}, "anyOf": places}


class ContextIn(In):
    """A task in words and a budget."""

    model_config = ConfigDict(json_schema_extra=_add_example_and_rule)

    repo: str = Field(
        min_length=1,
        max_length=4_096,
        description="Id of a registered repository, or its path or URL.",
        examples=[REPO],
    )
    task: str = Field(
        min_length=1,
        pattern=NOT_BLANK,
        description="What is to be done: an issue, a traceback, a question. At most 100,000 characters.",
        examples=["Vouchers are applied twice at checkout"],
    )
    # Strict: "8000" is a mistake of the caller.
    max_tokens: TokenBudget = Field(default=8_000, examples=[4_000])
    sha: str = Field(
        default="",
        max_length=1_024,
        description="Commit to answer from, also abbreviated; it wins over `ref`. Published head when both are empty.",
    )
    ref: str = Field(default="", max_length=1_024, description="Branch or tag to answer from, where there is no `sha`.")
    worktree: Switch = Field(
        default=False,
        description="Answer from a local checkout as it stands, uncommitted edits included. Not with `sha` or `ref`.",
    )
    entry_points: list[Annotated[str, Field(min_length=1, max_length=2_000)]] = Field(
        default_factory=list,
        max_length=MAX_ENTRY_POINTS,
        description="Uids, dotted names or paths that matter for sure.",
        examples=[[UID]],
    )
    format: Format = Field(default=Format.MARKDOWN, description="Shape of `text`.")
    encoding: str = Field(
        default="cl100k_base",
        max_length=64,
        description="Vocabulary that counts the tokens.",
        json_schema_extra={"enum": list(ENCODINGS)},
    )
    detail: Switch = Field(default=True, description="False leaves `items` out.")


class SpanOut(Out):
    """Lines of a file that belong to one symbol. Lines are 1-based and inclusive."""

    uid: str = Field(description="The symbol's uid: path and qualified name.", examples=[UID])
    path: str = Field(description="The file, from the top of the tree.", examples=["shop/cart.py"])
    start_line: int = Field(examples=[19])
    end_line: int = Field(examples=[21])
    symbol: str = Field(description="The qualified name.", examples=["Cart.checkout"])
    kind: str = Field(description="`module`, `class`, `function`, `method`, `file` or `section`.", examples=["method"])


class ItemOut(SpanOut):
    """One span of the text: where it is, at which level, why it was chosen and with which score parts."""

    level: Literal["full", "window", "signature", "stub", "reference"] = Field(
        description="How much of it is in the text.", examples=["full"]
    )
    tokens: int = Field(description="What it takes of the budget.", examples=[58])
    blob: str = Field(
        description="Git's id of the file's bytes.", examples=["0f3c1d5e7a9b2c4d6e8f0a1b3c5d7e9f1a2b4c6d"]
    )
    why: list[str] = Field(description="Why it was chosen.", examples=[["entry point", "words: checkout, vouchers"]])
    scores: dict[str, float] = Field(
        description="Parts of its score by name, each at least 0; their sum ranks it.",
        examples=[{"text": 1.0, "mentions": 1.0}],
    )
    spans: list[tuple[int, int]] = Field(
        description="The first and last line of each run of lines that the text shows as they are: several of a "
        "`window`, none of a `signature`.",
        examples=[[[19, 21]]],
    )


class OmittedOut(Out):
    """What was ranked and is not in the text, or only in part, and why."""

    uid: str = Field(examples=["shop/report.py::totals"])
    symbol: str = Field(examples=["totals"])
    tokens: int = Field(description="About what it would have cost in full.", examples=[2210])
    reason: str = Field(examples=["over budget"])


class ContextOut(FromSnapshot):
    """The best context for the task. The same request on the same snapshot gives the same `text`, `items` and
    `replay_id`.
    """

    encoding: str = Field(description="Vocabulary that counted the tokens.", examples=["cl100k_base"])
    tokens: int = Field(description="Tokens of `text`.", examples=[312])
    max_tokens: int = Field(description="The budget.", examples=[4000])
    text: str = Field(description="The context itself.", examples=["## shop/cart.py:19-21 Cart.checkout\n…"])
    items: list[ItemOut] | None = Field(
        default=None, description="Left out when `detail` is false.", examples=[[ItemOut.example()]]
    )
    omitted: list[OmittedOut]
    nodes_truncated: int = Field(description="Items that are shown at a lower level than `full`.", examples=[0])
    replay_id: str = Field(description="The same for the same request, snapshot and engine.", examples=["b2c4d6e8"])
    engine: str = Field(description="Versions of the code and of the model that ranked.", examples=["1"])
    lag: LagOut


class HitOut(SpanOut):
    """One symbol found, with its first lines."""

    score: float = Field(description="How well it fits the query; hits are sorted by it.", examples=[0.83])
    snippet: str = Field(description="Its first lines.", examples=["def checkout(self, voucher=None):"])


class SearchOut(FromSnapshot):
    """Ranked symbols of one snapshot."""

    query: str = Field(examples=["voucher"])
    hits: list[HitOut]


class ClusterOut(Out):
    """Symbols that speak of the same thing."""

    label: str = Field(description="Words that its members have and others have less.", examples=["cart, checkout"])
    size: int = Field(description="How many members it has.", examples=[2])
    members: list[str] = Field(
        description="Uids, the nearest to its middle first; at most `members` of them.",
        examples=[[UID, "shop/cart.py::Cart.add"]],
    )


class ClustersOut(FromSnapshot):
    """Groups of the symbols of a commit."""

    made_of: str = Field(
        description="The snapshot whose symbols were grouped: `sha` itself, or, where none was asked for, one a little "
        "older.",
        examples=[SHA],
    )
    symbols: int = Field(description="Classes, functions and methods that were grouped.", examples=[2])
    silhouette: float = Field(
        description="How clearly the groups are apart: -1 to 1, 0 when there are fewer than two.", examples=[0.0]
    )
    embedder: str = Field(description="The model whose vectors were grouped.", examples=["static-256-1"])
    clusters: list[ClusterOut] = Field(description="The largest first; none where there are no symbols.")
