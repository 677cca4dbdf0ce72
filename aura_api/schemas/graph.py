"""Questions to the graph of one snapshot."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AliasChoices, AliasPath, Field

from aura_api.schemas.base import OTHER_UID, UID, FromSnapshot, Out
from aura_core.model.graph import Unresolved
from aura_core.model.walks import Direction
from aura_core.ports.graph import Neighbour

EdgeKindName = Annotated[str, Field(examples=["CALLS"])]
ResolutionName = Annotated[
    str,
    Field(
        validation_alias=AliasChoices("how", "resolution"),
        description="How the edge was resolved.",
        examples=["exact"],
    ),
]
Confidence = Annotated[
    float,
    Field(
        validation_alias=AliasChoices("confidence", AliasPath("resolution", "confidence")),
        description="The measured share of edges resolved like this that are right.",
        examples=[0.99],
    ),
]
Cursor = Annotated[str, Field(description="Asks for the next page; empty at the end.", examples=[""])]
Lines = Annotated[
    list[int], Field(description="Lines of the sites, in the file of the edge's source.", examples=[[21]])
]


class NodeOut(Out):
    """One symbol, file or section. Lines are 1-based and inclusive."""

    uid: str = Field(examples=[UID])
    path: str = Field(examples=["shop/cart.py"])
    qualname: str = Field(examples=["Cart.checkout"])
    kind: str = Field(examples=["method"])
    start_line: int = Field(examples=[19])
    end_line: int = Field(examples=[21])
    module: str = Field(examples=["shop.cart"])
    signature: str = Field(examples=["def checkout(self, voucher=None)"])
    doc: str = Field(examples=["Close the cart and say what is to pay."])


class NeighbourOut(Out):
    """The other end of an edge. `node` is null for what lies outside the repository (`external:…`)."""

    uid: str = Field(examples=[OTHER_UID])
    kind: EdgeKindName
    how: ResolutionName
    confidence: Confidence
    lines: Lines
    node: NodeOut | None = Field(examples=[None])


class OneAwayOut(NeighbourOut):
    """A neighbour, and on which side it is."""

    direction: Literal["out", "in"] = Field(
        description="`out`: the symbol uses it, `in`: it uses the symbol.", examples=["out"]
    )

    @classmethod
    def of(cls, direction: Direction, neighbour: Neighbour) -> Self:
        """Return the neighbour with its side."""
        return cls.model_validate({**dict(NeighbourOut.model_validate(neighbour)), "direction": direction})


class UnresolvedOut(Out):
    """A call site whose target is not known."""

    source: str = Field(examples=["shop/jobs.py::run"])
    text: str = Field(examples=["job.cart.checkout"])
    reason: str = Field(examples=["unknown receiver"])
    line: int = Field(examples=[40])

    @classmethod
    def of(cls, source: str, site: Unresolved) -> Self:
        """Return the site with the uid of the symbol that it is in."""
        return cls(source=source, text=site.text, reason=site.reason, line=site.line)


class StepOut(Out):
    """One edge walked to `uid`, along it (`out`) or against it (`in`)."""

    uid: str = Field(examples=[OTHER_UID])
    kind: EdgeKindName
    direction: Literal["out", "in"] = Field(examples=["out"])
    how: ResolutionName
    confidence: Confidence
    lines: Lines


class ReachedOut(Out):
    """A symbol reached, the product of the weights on the best way to it, and that way."""

    node: NodeOut
    weight: float = Field(examples=[0.9])
    path: list[StepOut]


class AboutSymbol(FromSnapshot):
    """An answer about one symbol."""

    node: NodeOut
    others: list[str] = Field(
        description="Uids of other symbols that the name could mean, at most 20. Functions, methods and classes go "
        "before modules, and product code before tests; ask again with a uid for another one.",
        examples=[[]],
    )


class NodeAnswer(AboutSymbol):
    """A symbol with what it contains."""

    contains: list[str] = Field(description="Uids of what is defined directly inside.", examples=[[]])


class CallersOut(AboutSymbol):
    """Who calls a symbol, who hands it to other code, and the unresolved calls of the same name, which could still be
    calls of it.
    """

    callers_total: int = Field(examples=[1])
    callers: list[NeighbourOut] = Field(description="At most `limit`.")
    constructors: list[str] = Field(
        description="Of a class: uids of its constructors. Who calls them is among the callers.", examples=[[]]
    )
    references_total: int = Field(examples=[0])
    references: list[NeighbourOut] = Field(
        description="Who hands the symbol to other code, which may call it; `how` says in which way. At most `limit`.",
        examples=[[]],
    )
    below_minimum: int = Field(
        description="Callers and references left out because they are less sure than `min_confidence`.", examples=[0]
    )
    could_be_total: int = Field(examples=[1])
    could_be: list[UnresolvedOut] = Field(
        description="Calls of this name that are not resolved: no caller found does not mean that there is none."
    )
    cursor: Cursor


class CalleesOut(AboutSymbol):
    """What a symbol calls."""

    callees_total: int = Field(examples=[1])
    callees: list[NeighbourOut] = Field(description="At most `limit`.")
    below_minimum: int = Field(
        description="Callees left out because they are less sure than `min_confidence`.", examples=[0]
    )
    cursor: Cursor


class NodesOut(FromSnapshot):
    """Symbols of one snapshot."""

    nodes: list[NodeOut]
    more: bool = Field(description="There is another page.", examples=[False])
    cursor: Cursor


class NeighboursOut(FromSnapshot):
    """What is one edge away from a symbol. `node` is null for what lies outside the repository."""

    uid: str = Field(examples=[UID])
    node: NodeOut | None
    neighbours_total: int = Field(examples=[1])
    neighbours: list[OneAwayOut] = Field(description="At most `limit`, by uid.")
    below_minimum: int = Field(
        description="Neighbours left out because they are less sure than `min_confidence`.", examples=[0]
    )
    cursor: Cursor


class ExpandOut(AboutSymbol):
    """What lies around a symbol, the heaviest first, then the nearer, then by uid."""

    reached: list[ReachedOut]
    cut_off: Literal["", "limit", "edges"] = Field(
        description="Why there could be more: `limit` were found, or too many edges were looked at.", examples=[""]
    )
    cursor: Cursor


class RouteOut(FromSnapshot):
    """The shortest way between two symbols, or that there is none."""

    start: str = Field(alias="from", description="Uid of the start.", examples=[UID])
    to: str = Field(examples=[OTHER_UID])
    outcome: Literal["found", "none", "cut_off"] = Field(
        description="`none` is proven within `max_steps`; `cut_off`: the search ended before it was clear.",
        examples=["found"],
    )
    words: str = Field(description="The outcome in a sentence.", examples=["A path of 1 step."])
    max_steps: int = Field(examples=[8])
    looked_at: int = Field(description="Nodes that were visited.", examples=[3])
    steps: list[StepOut]


class NodeRow(Out):
    """A node of an exported graph."""

    type: Literal["node"] = Field(examples=["node"])
    uid: str = Field(examples=[UID])
    kind: str = Field(examples=["method"])
    name: str = Field(examples=["shop.cart.Cart.checkout"])
    path: str = Field(examples=["shop/cart.py"])
    start: int = Field(examples=[19])
    end: int = Field(examples=[21])


class EdgeRow(Out):
    """An edge of an exported graph, with all its sites. An external target is a dotted import path without a uid."""

    type: Literal["edge"] = Field(examples=["edge"])
    kind: EdgeKindName
    source: str = Field(examples=["shop.cart.Cart.checkout"])
    target: str = Field(examples=["shop.prices.total_price"])
    source_uid: str = Field(examples=[UID])
    target_uid: str | None = Field(examples=[OTHER_UID])
    how: str = Field(examples=["exact"])
    line: int | None = Field(examples=[21])
    lines: list[int] = Field(examples=[[21]])
    external: bool = Field(examples=[False])


class SiteRow(Out):
    """A call of an exported graph whose target is not known."""

    type: Literal["unresolved"] = Field(examples=["unresolved"])
    source: str = Field(examples=["shop.jobs.run"])
    source_uid: str = Field(examples=["shop/jobs.py::run"])
    text: str = Field(examples=["job.cart.checkout"])
    line: int = Field(examples=[40])
    reason: str = Field(examples=["unknown-receiver"])


class GraphOut(FromSnapshot):
    """The graph of one snapshot, sorted."""

    nodes: list[NodeRow]
    edges: list[EdgeRow]
    unresolved: list[SiteRow]


class DigestOut(FromSnapshot):
    """What a snapshot is: two indexes are equal when their digests are."""

    counts: dict[str, int] = Field(examples=[{"function": 340, "CALLS": 912, "unresolved": 55}])
