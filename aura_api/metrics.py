"""What this process counts, in a registry of its own, and the layer that counts requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aura_core.errors import AuraError
from aura_core.model.context import ContextPack

METHODS: Final = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})
LATENCY_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
TOKEN_BUCKETS: Final = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 200_000)
LAG_SECONDS_KEPT: Final = 15.0


class Lag(NamedTuple):
    """How far one repository's index is behind; None where it cannot be known."""

    repo: str
    seconds: float | None
    commits: int | None


class Metrics:
    """Counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "aura_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self.latency = Histogram(
            "aura_http_request_seconds",
            "Seconds until the answer was sent.",
            ["route"],
            buckets=LATENCY_BUCKETS,
            registry=self.registry,
        )
        self.refused = Counter(
            "aura_refused_requests", "Requests that a door refused.", ["code"], registry=self.registry
        )
        self.contexts = Histogram(
            "aura_context_tokens", "Tokens of a context's text.", buckets=TOKEN_BUCKETS, registry=self.registry
        )
        self.truncated = Counter(
            "aura_context_nodes_truncated", "Symbols shown at a lower level than full.", registry=self.registry
        )
        self.waiting = Gauge("aura_ranking_waiting", "Questions that wait for a free core.", registry=self.registry)

    def refuse(self, code: str) -> None:
        """A door said no."""
        self.refused.labels(code).inc()

    def context(self, pack: ContextPack) -> None:
        """A context was answered."""
        self.contexts.observe(pack.tokens)
        self.truncated.inc(pack.nodes_truncated)

    @contextmanager
    def watching(self, look: Callable[[], Iterable[Lag]], indexer_age: Callable[[], float | None]) -> Iterator[None]:
        """Report index lag at every scrape inside this context, from these questions; kept for 15 seconds."""
        collector = _LagCollector(look, indexer_age)
        self.registry.register(collector)
        try:
            yield
        finally:
            self.registry.unregister(collector)

    def page(self) -> bytes:
        """The registry in Prometheus' text format."""
        return generate_latest(self.registry)


class CountRequests:
    """Counts every request by method, route template (or one of the ``plain`` paths, else "none") and status."""

    def __init__(self, app: ASGIApp, metrics: Metrics, plain: Iterable[str] = ()) -> None:
        self.app = app
        self.metrics = metrics
        self.plain = frozenset(plain)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and watch the status."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500
        started = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", None) or (
                scope["path"] if scope["path"] in self.plain else "none"
            )
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.metrics.requests.labels(method, route, status).inc()
            self.metrics.latency.labels(route).observe(time.perf_counter() - started)


class _LagCollector(Collector):
    """Asks on scrape, at most every 15 seconds. A store outage leaves the lag out: unknown is not zero."""

    def __init__(self, look: Callable[[], Iterable[Lag]], indexer_age: Callable[[], float | None]) -> None:
        self._look = look
        self._age = indexer_age
        self._kept: list[Metric] = []
        self._until = 0.0

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        if time.monotonic() >= self._until:
            self._kept = list(self._families())
            self._until = time.monotonic() + LAG_SECONDS_KEPT
        yield from self._kept

    def _families(self) -> Iterator[Metric]:
        seconds = GaugeMetricFamily(
            "aura_index_lag_seconds", "Seconds since the wanted commit was made, 0 when current.", labels=["repo"]
        )
        commits = GaugeMetricFamily("aura_index_lag_commits", "Commits that the index is behind.", labels=["repo"])
        age = GaugeMetricFamily("aura_indexer_age_seconds", "Seconds since an indexer was last alive.")
        try:
            for lag in self._look():
                if lag.seconds is not None:
                    seconds.add_metric([lag.repo], lag.seconds)
                if lag.commits is not None:
                    commits.add_metric([lag.repo], lag.commits)
            if (beat := self._age()) is not None:
                age.add_metric([], beat)
        except AuraError:
            return
        yield from (seconds, commits, age)
