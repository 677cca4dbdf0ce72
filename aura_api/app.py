"""The application: its layers, routes and error documents, MCP under /mcp, and the stores that it keeps open."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, cast

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from aura_api import pages
from aura_api.access import AccessControl, JsonOnly
from aura_api.deps import PREFIX
from aura_api.json_body import check_json
from aura_api.limits.body_limit import BodyLimit
from aura_api.limits.concurrency import ConcurrencyLimit, PatientLimit, TooBusy
from aura_api.limits.connections import PatientClients
from aura_api.methods import Methods, allowed_methods, no_address, refusal
from aura_api.metrics import SHARED_FOLDER, CountRequests, Lag, Metrics
from aura_api.openapi import DESCRIPTION, install_openapi
from aura_api.parameters import fields_of_body, require_parameters_of_route
from aura_api.path_segments import PathSegments
from aura_api.problems import BY_STATUS, from_validation, problem_response
from aura_api.routes import clusters, context, export, graph, repos, service, snapshots, walks
from aura_api.token import ensure_token
from aura_core.errors import AuraError
from aura_core.service import Aura
from aura_core.settings import Settings

MCP_PATH = "/mcp"
MAX_REPOS_IN_METRICS = 500
"""Repositories whose lag is reported: each of them is looked at for a scrape."""


def create_app(settings: Settings | None = None, aura: Aura | None = None) -> FastAPI:
    """Return an application over a home's stores, opened when it starts and closed when it stops; or over an ``aura``
    that the caller opens and closes.
    """
    settings = settings or Settings()
    app = FastAPI(
        title="Aura",
        version=version("aura"),
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=_running,
        dependencies=[Depends(require_parameters_of_route)],
    )
    app.state.settings = settings
    app.state.shared_aura = aura
    app.state.metrics = metrics = Metrics(os.environ.get(SHARED_FOLDER, ""))
    app.state.mcp = mcp = _mcp_app(settings)
    for router in (
        repos.router,
        snapshots.router,
        context.router,
        clusters.router,
        graph.router,
        walks.router,
        export.router,
    ):
        app.include_router(router)
    app.include_router(service.router)
    # The same three answers under the prefix, for clients that know only that.
    app.include_router(service.router, prefix=PREFIX, include_in_schema=False)
    app.router.routes.extend([Route(MCP_PATH, mcp, methods=["GET", "POST", "DELETE"]), *pages.routes()])
    _handle_errors(app)
    install_openapi(app)
    _add_layers(app, settings, metrics)
    return app


def _add_layers(app: FastAPI, settings: Settings, metrics: Metrics) -> None:
    """Add what stands before the routes. The layer that is added last is the outermost: requests are counted, then
    checked, then matched by address and method, then read.
    """
    # The agents' protocol has errors of its own for what is not JSON.
    app.add_middleware(BodyLimit, check=check_json, unchecked=(MCP_PATH,))
    app.add_middleware(JsonOnly, on_refusal=metrics.count_refusal)
    app.add_middleware(Methods, routes=lambda: app.router.routes)
    app.add_middleware(PathSegments)
    app.add_middleware(AccessControl, settings=settings, on_refusal=metrics.count_refusal)
    app.add_middleware(CountRequests, metrics=metrics, plain=(MCP_PATH, *pages.PATHS))
    app.add_middleware(PatientClients)


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    aura, stores = state.shared_aura, None
    if aura is None:
        from aura_core.wiring import open_stores

        stores = open_stores(state.settings)
        aura = Aura(stores)
    ensure_token(state.settings.home)
    state.aura = aura
    settings = state.settings
    state.limiter = limiter = ConcurrencyLimit(
        # The processes of one server share the cores.
        max(1, (os.cpu_count() or 1) // settings.server_workers),
        queue=settings.queue_length,
        waiting=state.metrics.waiting,
    )
    # Lag is read at a scrape, not at every change: it grows by itself as time passes.
    lag_metrics = state.metrics.watching(
        lambda: _lags(aura), lambda: cast("float | None", aura.health()["indexer_age_seconds"])
    )
    try:
        with lag_metrics:
            async with state.mcp.serving(
                aura, PatientLimit(limiter, settings.queue_seconds, settings.request_seconds).run
            ):
                yield
    finally:
        if stores is not None:
            stores.close()


def _mcp_app(settings: Settings) -> Any:
    from aura_mcp.http import Streamable

    # One session's requests may come to any process, so with several of them no session is held in memory.
    return Streamable(stateless=settings.server_workers > 1)


def _lags(aura: Aura) -> Iterator[Lag]:
    for repository in aura.repositories()[:MAX_REPOS_IN_METRICS]:
        lag = aura.lag(repository.id)
        yield Lag(repository.id, lag.seconds, lag.commits)


def _handle_errors(app: FastAPI) -> None:
    async def named(request: Request, error: Exception) -> Response:
        if isinstance(error, TooBusy):
            request.app.state.metrics.count_refusal(error.code)
        return problem_response(cast(AuraError, error))

    async def invalid(request: Request, error: Exception) -> Response:
        names = fields_of_body(request.scope.get("route"))
        return problem_response(from_validation(cast(RequestValidationError, error).errors(), names))

    async def http(request: Request, error: Exception) -> Response:
        return _http_problem(app, request, cast(HTTPException, error))

    async def unexpected(_request: Request, _error: Exception) -> Response:
        return problem_response(
            AuraError(
                "Something broke here; the log says what.", remedy="Report it with the log, or run `aura doctor`."
            )
        )

    app.add_exception_handler(AuraError, named)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)


def _http_problem(app: FastAPI, request: Request, error: HTTPException) -> Response:
    """Return the problem document of what the framework refuses: an address, a method, a body."""
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem_response(no_address())
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # A route knows its own methods only, and one address may have several routes.
        allowed = allowed_methods(app.router.routes, request.scope)
        return problem_response(refusal(request.method, allowed), {"Allow": ", ".join(allowed)})
    kind = BY_STATUS.get(error.status_code, BY_STATUS[HTTPStatus.BAD_REQUEST])
    return problem_response(kind(f"{error.detail}.", remedy="See /docs for what there is."), error.headers)
