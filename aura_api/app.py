"""The application: doors, routes, error documents, the agents' door under /mcp, and the stores it keeps open while it
runs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from aura_api import pages
from aura_api.access import Doors
from aura_api.body_limit import Bodies
from aura_api.concurrency import Gate
from aura_api.deps import PREFIX
from aura_api.metrics import CountRequests, Lag, Metrics
from aura_api.openapi import DESCRIPTION, install_openapi
from aura_api.path_segments import Segments
from aura_api.problems import BY_STATUS, from_validation, problem_response
from aura_api.routes import clusters, context, export, graph, repos, service, snapshots, walks
from aura_api.token import ensure_token
from aura_core.errors import AuraError
from aura_core.service import Aura
from aura_core.settings import Settings

AGENTS = "/mcp"
MAX_REPOS_IN_METRICS = 500


def create_app(settings: Settings | None = None, aura: Aura | None = None) -> FastAPI:
    """An application over a home's stores, opened when it starts and closed when it stops; or over an ``aura`` that
    the caller keeps.
    """
    settings = settings or Settings()
    app = FastAPI(
        title="Aura", version=version("aura"), description=DESCRIPTION, docs_url=None, redoc_url=None, lifespan=_running
    )
    app.state.settings = settings
    app.state.given = aura
    app.state.metrics = metrics = Metrics()
    app.state.mcp = agents = _agents()
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
    app.include_router(service.router, prefix=PREFIX, include_in_schema=False)
    app.router.routes.extend([Route(AGENTS, agents), *pages.routes()])
    _handle_errors(app)
    install_openapi(app)
    app.add_middleware(Segments)
    app.add_middleware(Bodies)
    app.add_middleware(Doors, settings=settings, refused=metrics.refuse)
    app.add_middleware(CountRequests, metrics=metrics, plain=(AGENTS, *pages.PAGES))
    return app


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    state = app.state
    aura, opened = state.given, None
    if aura is None:
        from aura_core.wiring import open_stores

        opened = open_stores(state.settings)
        aura = Aura(opened)
    ensure_token(state.settings.home)
    state.aura = aura
    state.gate = Gate(waiting=state.metrics.waiting)
    watching = state.metrics.watching(
        lambda: _lags(aura), lambda: cast("float | None", aura.health()["indexer_age_seconds"])
    )
    try:
        with watching:
            async with state.mcp.serving(aura, state.gate.run):
                yield
    finally:
        if opened is not None:
            opened.close()


def _agents() -> Any:
    from aura_mcp.http import Streamable

    return Streamable()


def _lags(aura: Aura) -> Iterator[Lag]:
    for repository in aura.repositories()[:MAX_REPOS_IN_METRICS]:
        lag = aura.lag(repository.id)
        yield Lag(repository.id, lag.get("seconds"), lag.get("commits"))


def _handle_errors(app: FastAPI) -> None:
    async def known(_request: Request, error: Exception) -> Response:
        return problem_response(cast(AuraError, error))

    async def invalid(_request: Request, error: Exception) -> Response:
        return problem_response(from_validation(cast(RequestValidationError, error).errors()))

    async def http(_request: Request, error: Exception) -> Response:
        found = cast(HTTPException, error)
        kind = BY_STATUS.get(found.status_code, BY_STATUS[400])
        return problem_response(kind(f"{found.detail}.", remedy="See /docs for what there is."), found.headers)

    async def unexpected(_request: Request, _error: Exception) -> Response:
        return problem_response(
            AuraError(
                "Something broke here; the log says what.", remedy="Report it with the log, or run `aura doctor`."
            )
        )

    app.add_exception_handler(AuraError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)
