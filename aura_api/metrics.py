"""The metrics of this process, in a registry of its own, and the layer that counts requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aura_core.errors import AuraError
from aura_core.model.context import ContextPack

METHODS: Final = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"})
LATENCY_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
TOKEN_BUCKETS: Final = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 200_000)
LAG_CACHE_SECONDS: Final = 15.0
SHARED_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client shares the values of several processes, in files of this folder."""


class Lag(NamedTuple):
    """How far one repository's index is behind; None where it cannot be known."""

    repo: str
    seconds: float | None
    commits: int | None


class Metrics:
    """Counters of one application; with a ``shared_folder`` those of all processes that count there."""

    def __init__(self, shared_folder: str = "") -> None:
        self.registry = CollectorRegistry()
        self._shared_folder = shared_folder
        self._lag_collector: Collector | None = None
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
            "aura_refused_requests", "Requests that access control refused.", ["code"], registry=self.registry
        )
        self.contexts = Histogram(
            "aura_context_tokens", "Tokens of a context's text.", buckets=TOKEN_BUCKETS, registry=self.registry
        )
        self.truncated = Counter(
            "aura_context_nodes_truncated", "Symbols shown at a lower level than full.", registry=self.registry
        )
        self.waiting = Gauge(
            "aura_ranking_waiting",
            "Questions that wait for a free core.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )

    def count_refusal(self, code: str) -> None:
        """Count a request that access control refused, by the code of the error."""
        self.refused.labels(code).inc()

    def count_context(self, pack: ContextPack) -> None:
        """Count an answered context: its tokens, and the symbols shown at a lower level than full."""
        self.contexts.observe(pack.tokens)
        self.truncated.inc(pack.nodes_truncated)

    @contextmanager
    def watching(
        self, read_lags: Callable[[], Iterable[Lag]], indexer_age: Callable[[], float | None]
    ) -> Iterator[None]:
        """Report index lag and the indexer's age inside this context; values are read at most every 15 seconds."""
        collector = self._lag_collector = _LagCollector(read_lags, indexer_age)
        self.registry.register(collector)
        try:
            yield
        finally:
            self.registry.unregister(collector)
            self._lag_collector = None

    def page(self) -> bytes:
        """Return the registry in Prometheus' text format. Counts are those of all processes, also of ended ones; the
        lag is read by this process.
        """
        if not self._shared_folder:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, self._shared_folder)  # type: ignore[no-untyped-call]
        if self._lag_collector is not None:
            registry.register(self._lag_collector)
        return generate_latest(registry)


class CountRequests:
    """Counts every request by method, route template (or one of the ``plain`` paths, else "none") and status."""

    def __init__(self, app: ASGIApp, metrics: Metrics, plain: Iterable[str] = ()) -> None:
        self.app = app
        self.metrics = metrics
        self.plain = frozenset(plain)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it with the status of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500  # what the server answers when the application raises
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
            # Labels must not grow with what strangers send: unknown methods and paths are counted together.
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.metrics.requests.labels(method, route, status).inc()
            self.metrics.latency.labels(route).observe(time.perf_counter() - started)


class _LagCollector(Collector):
    """Reads the lag at a scrape, at most every 15 seconds. While a store cannot be reached the lag is left out: unknown
    is not zero.
    """

    def __init__(self, read_lags: Callable[[], Iterable[Lag]], indexer_age: Callable[[], float | None]) -> None:
        self._read_lags = read_lags
        self._indexer_age = indexer_age
        self._cache: list[Metric] = []
        self._expires_at = 0.0

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        if time.monotonic() >= self._expires_at:
            self._cache = list(self._families())
            self._expires_at = time.monotonic() + LAG_CACHE_SECONDS
        yield from self._cache

    def _families(self) -> Iterator[Metric]:
        seconds = GaugeMetricFamily(
            "aura_index_lag_seconds", "Seconds since the wanted commit was made, 0 when current.", labels=["repo"]
        )
        commits = GaugeMetricFamily("aura_index_lag_commits", "Commits that the index is behind.", labels=["repo"])
        age = GaugeMetricFamily("aura_indexer_age_seconds", "Seconds since an indexer was last alive.")
        try:
            for lag in self._read_lags():
                if lag.seconds is not None:
                    seconds.add_metric([lag.repo], lag.seconds)
                if lag.commits is not None:
                    commits.add_metric([lag.repo], lag.commits)
            if (seconds_ago := self._indexer_age()) is not None:
                age.add_metric([], seconds_ago)
        except AuraError:
            return
        yield from (seconds, commits, age)
