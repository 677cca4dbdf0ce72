"""The documentation page: Swagger UI from a package, served by this process alone, with a table of all problems."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.staticfiles import StaticFiles

from aura_api.problems import all_problems

# Scripts of this server alone, and no other host. Swagger UI draws its icons from data: addresses.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'"
)
HEADERS: Final = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
ASSETS: Final = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
PATHS: Final = ("/docs", "/docs/docs.js", "/docs/docs.css", *(f"/docs/assets/{name}" for name in ASSETS))


def routes() -> list[BaseRoute]:
    """Return the routes of the page and what it loads, and of the root, which leads there."""
    return [
        Route("/", lambda _request: RedirectResponse("/docs")),
        Route("/docs", _page),
        Route("/docs/docs.js", lambda _request: _file("docs.js", "text/javascript")),
        Route("/docs/docs.css", lambda _request: _file("docs.css", "text/css")),
        Route("/docs/assets/{name}", _Assets(packages=[("fastapi_swagger", "resources")]).answer),
    ]


class _Assets(StaticFiles):
    """The files of Swagger UI that the page loads, with the headers of the page."""

    async def answer(self, request: Request) -> Response:
        """Return one of the files, or what a conditional request is answered."""
        name = request.path_params["name"]
        if name not in ASSETS:
            raise HTTPException(404)
        response = await self.get_response(name, request.scope)
        response.headers.update(HEADERS)
        return response


def _page(_request: Request) -> Response:
    rows = "\n".join(
        f'<tr id="{problem["code"]}"><td><code>{problem["code"]}</code></td>'
        f"<td>{problem['status']}</td><td>{_html(problem['meaning'])}</td></tr>"
        for problem in all_problems()
    )
    return Response(Template(_text("docs.html")).substitute(rows=rows), media_type="text/html", headers=HEADERS)


def _html(text: str) -> str:
    """Return a line of Markdown, with names in backticks, as HTML."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _file(name: str, media_type: str) -> Response:
    return Response(_text(name), media_type=media_type, headers=HEADERS)


def _text(name: str) -> str:
    return files("aura_api").joinpath("static", name).read_text(encoding="utf-8")
