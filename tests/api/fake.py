"""A facade with set answers, for what the door itself does: shapes, limits, errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aura_core.model.context import ContextItem, ContextPack, ContextRequest, Level, Omitted, SearchHit
from aura_core.model.graph import EdgeKind, Node, NodeKind, Resolution, Unresolved
from aura_core.model.repository import Event, EventKind, EventState, Repository, RepositoryKind, RunRecord
from aura_core.ports.graph import Callers, Neighbour
from aura_core.service import Located, Status

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
    """Answers at once; ``fails`` is raised by every question, ``before`` is called first."""

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.before: Callable[[], None] = lambda: None
        self.asked: list[tuple[str, Any]] = []

    def _note(self, name: str, *given: Any) -> None:
        self.asked.append((name, given))
        self.before()
        if self.fails is not None:
            raise self.fails

    def add(self, text: str, *, from_cli: bool, ref: str = "") -> Repository:
        self._note("add", text, from_cli, ref)
        return SHOP

    def repository(self, text: str) -> Repository:
        self._note("repository", text)
        return SHOP

    def repositories(self) -> list[Repository]:
        self._note("repositories")
        return [SHOP]

    def remove(self, text: str) -> Repository:
        self._note("remove", text)
        return SHOP

    def sync(self, text: str, *, source: str, sha: str | None = None, delivery: str | None = None) -> Event:
        self._note("sync", text, source, sha, delivery)
        return Event(
            1,
            SHOP.id,
            delivery or "api-1",
            EventKind.SHA if sha else EventKind.REF,
            sha or "HEAD",
            source,
            EventState.DUE,
            0,
            1.0,
            1.0,
        )

    def clusters(self, text: str, *, revision: str = "") -> tuple[Located, dict[str, Any]]:
        self._note("clusters", text, revision)
        groups = [{"label": "cart", "size": 2, "members": [CHECKOUT.uid, PAY.uid]}]
        return Located(SHOP, SHA, DIGEST), {
            "sha": SHA,
            "symbols": 2,
            "silhouette": 0.0,
            "embedder": "e",
            "clusters": groups,
        }

    def lag(self, text: str) -> dict[str, float]:
        self._note("lag", text)
        return {"commits": 0, "seconds": 0.0}

    def status(self, text: str, *, revision: str = "") -> Status:
        self._note("status", text)
        run = RunRecord("r1", SHOP.id, "done", 1.0, 2.0, "", {"files": 3})
        return Status(
            SHOP,
            SHA,
            SHA,
            "refs/heads/main",
            DIGEST,
            True,
            {"commits": 0, "seconds": 0.0},
            run,
            {"done": 1},
            {"method": 1},
            {"binary": 2},
            ("odd.py: NUL",),
            1.5,
        )

    def locate(self, text: str, revision: str = "") -> Located:
        self._note("locate", text, revision)
        return Located(SHOP, SHA, DIGEST)

    def context(
        self, text: str, request: ContextRequest, *, revision: str = "", local: bool | None = None
    ) -> ContextPack:
        self._note("context", text, request, revision, *([local] if local is not None else []))
        item = ContextItem(
            CHECKOUT.uid,
            CHECKOUT.path,
            19,
            21,
            "Cart.checkout",
            "method",
            Level.FULL,
            12,
            "b" * 40,
            ("words: checkout",),
            {"text": 1.0},
        )
        left = Omitted(PAY.uid, "pay", 900, "over budget")
        return ContextPack(
            SHOP.id,
            SHA,
            DIGEST,
            request.encoding,
            12,
            request.max_tokens,
            "def checkout…",
            (item,),
            (left,),
            1,
            "replay",
            "1",
            {"current": True, "commits": 0},
        )

    def search(self, text: str, query: str, *, limit: int = 20, revision: str = "") -> list[SearchHit]:
        self._note("search", text, query, limit, revision)
        return [SearchHit(CHECKOUT.uid, CHECKOUT.path, 19, 21, "Cart.checkout", "method", 0.5, "def checkout(self):")]

    def graph(self, text: str, *, revision: str = "") -> tuple[str, str, FakeReader]:
        self._note("graph", text, revision)
        return SHA, DIGEST, FakeReader()

    def health(self) -> dict[str, Any]:
        self._note("health")
        return {"stores": "ok", "indexer": "running", "indexer_age_seconds": 1.5}
