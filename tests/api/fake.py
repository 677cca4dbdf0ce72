"""A facade with fixed answers, for what the server itself does: shapes, limits, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from aura_core.model.context import ContextItem, ContextPack, ContextRequest, Level, Omitted, SearchHit
from aura_core.model.graph import EdgeKind, Node, NodeKind, Resolution, Unresolved
from aura_core.model.repository import (
    Event,
    EventKind,
    EventReport,
    EventState,
    Lag,
    Repository,
    RepositoryKind,
    RunRecord,
)
from aura_core.ports.graph import Callers, Neighbour
from aura_core.service import Snapshot, Status
from aura_core.service.locate import OpenRepository

SHA = "a" * 40
DIGEST = "d" * 32
SHOP = Repository("shop-12345678", "shop", RepositoryKind.LOCAL, "/src/shop", created_at=1.0)
CHECKOUT = Node(
    "shop/cart.py::Cart.checkout",
    "shop/cart.py",
    "Cart.checkout",
    NodeKind.METHOD,
    19,
    21,
    "shop.cart",
    "def checkout(self)",
    "Close it.",
)
PAY = Node("shop/web.py::pay", "shop/web.py", "pay", NodeKind.FUNCTION, 3, 9, "shop.web")


class FakeReader:
    """Two nodes and an edge."""

    def node(self, uid: str) -> Node | None:
        return {n.uid: n for n in (CHECKOUT, PAY)}.get(uid)

    def find(self, pattern: str, limit: int = 100) -> list[Node]:
        return [
            n
            for n in (CHECKOUT, PAY)
            if pattern.removeprefix("*.") in (n.qualname, n.qualname.rpartition(".")[2], "either")
        ]

    def neighbours(self, uid: str, kinds: list[EdgeKind], *, incoming: bool) -> list[Neighbour]:
        outside = Neighbour("external:json.dumps", None, EdgeKind.CALLS, Resolution.EXACT, (20,))
        return [outside] if kinds == [EdgeKind.CALLS] and uid == CHECKOUT.uid else []

    def callers(self, uid: str) -> Callers:
        if uid != CHECKOUT.uid:
            return Callers([], [])
        return Callers(
            [Neighbour(PAY.uid, PAY, EdgeKind.CALLS, Resolution.INFERRED, (5, 7))],
            [("shop/jobs.py::run", Unresolved("run", "checkout", "job.checkout", "unknown receiver", 4))],
        )

    def counts(self) -> dict[str, int]:
        return {"method": 1, "function": 1, "CALLS": 2}


class FakeAura:
    """Answers at once and keeps the ``calls``. Every call first runs ``before``, then raises ``error`` if there is
    one.
    """

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.before: Callable[[], None] = lambda: None
        self.calls: list[tuple[str, Any]] = []

    def record(self, name: str, *arguments: Any) -> None:
        self.calls.append((name, arguments))
        self.before()
        if self.error is not None:
            raise self.error

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def add(self, text: str, *, from_cli: bool, ref: str = "") -> Repository:
        self.record("add", text, from_cli, ref)
        return SHOP

    def repository(self, text: str) -> Repository:
        self.record("repository", text)
        return SHOP

    def repositories(self) -> list[Repository]:
        self.record("repositories")
        return [SHOP]

    def remove(self, text: str) -> Repository:
        self.record("remove", text)
        return SHOP

    def sync(self, text: str, *, source: str, sha: str | None = None, delivery: str | None = None) -> Event:
        self.record("sync", text, source, sha, delivery)
        kind, target = (EventKind.SHA, sha) if sha else (EventKind.REF, "HEAD")
        return Event(1, SHOP.id, delivery or "api-1", kind, target, source, EventState.DUE, 0, 1.0, 1.0)

    def event(self, text: str, event: int) -> EventReport:
        self.record("event", text, event)
        taken = Event(event, SHOP.id, "api-1", EventKind.REF, "HEAD", "api", EventState.CLAIMED, 0, 1.0, 1.0)
        return EventReport(taken, RunRecord("r1", SHOP.id, "running", 2.0), 2.0)

    def lag(self, text: str) -> Lag:
        self.record("lag", text)
        return Lag(SHA, SHA, True, 0, 0.0)

    def status(self, text: str, *, revision: str = "") -> Status:
        self.record("status", text)
        return Status(
            repo=SHOP,
            wanted=SHA,
            indexed=SHA,
            ref="refs/heads/main",
            digest=DIGEST,
            current=True,
            lag=Lag(SHA, SHA, True, 0, 0.0),
            last_run=RunRecord("r1", SHOP.id, "done", 1.0, 2.0, "", {"files": 3}),
            events={"done": 1},
            counts={"method": 1},
            skipped={"binary": 2},
            warnings=("odd.py: NUL",),
            indexer_age_seconds=1.5,
        )

    def asked_now(self, text: str) -> FakeAura:
        return self

    def may_become_ready(self, text: str) -> bool:
        return False

    def at(self, text: str, revision: str = "", *, local: bool | None = None) -> Snapshot:
        self.record("at", text, revision, local)
        return FakeSnapshot(self)

    def health(self) -> dict[str, Any]:
        self.record("health")
        return {"stores": "ok", "indexer": "running", "indexer_age_seconds": 1.5}


class FakeSnapshot(Snapshot):
    """A snapshot without stores; it keeps its calls with those of its facade."""

    def __init__(self, aura: FakeAura) -> None:
        super().__init__(OpenRepository(cast(Any, None), SHOP), SHA, DIGEST)
        object.__setattr__(self, "aura", aura)

    aura: FakeAura

    def context(self, request: ContextRequest) -> ContextPack:
        self.aura.record("context", request)
        item = ContextItem.of(
            CHECKOUT,
            level=Level.FULL,
            tokens=12,
            blob="b" * 40,
            why=("words: checkout",),
            scores={"text": 1.0},
            spans=((19, 21),),
        )
        return ContextPack(
            **self.names,
            encoding=request.encoding,
            tokens=12,
            max_tokens=request.max_tokens,
            text="def checkout…",
            items=(item,),
            omitted=(Omitted(PAY.uid, "pay", 900, "over budget"),),
            nodes_truncated=1,
            replay_id="replay",
            engine="1",
            lag=Lag(SHA, SHA, True, 0, 0.0),
        )

    def search(self, query: str, *, limit: int = 20) -> list[SearchHit]:
        self.aura.record("search", query, limit)
        return [SearchHit.of(CHECKOUT, 0.5, "def checkout(self):")]

    def graph(self) -> Any:
        self.aura.record("graph")
        return FakeReader()

    def clusters(self, *, latest: bool) -> dict[str, Any]:
        self.aura.record("clusters", latest)
        groups = [{"label": "cart", "size": 2, "members": [CHECKOUT.uid, PAY.uid]}]
        return {"sha": SHA, "symbols": 2, "silhouette": 0.0, "embedder": "e", "clusters": groups}
