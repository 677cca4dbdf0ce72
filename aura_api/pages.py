"""The documentation page: three files of ours, no other host."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
PAGES: Final = {
    "/docs": ("docs.html", "text/html"),
    "/docs/docs.js": ("docs.js", "text/javascript"),
    "/docs/docs.css": ("docs.css", "text/css"),
}


def routes() -> list[Route]:
    """The page's routes, and the root, which leads there."""
    return [
        *(Route(path, partial(_file, name=name, kind=kind)) for path, (name, kind) in PAGES.items()),
        Route("/", _root),
    ]


def _file(_request: Request, *, name: str, kind: str) -> Response:
    body = files("aura_api").joinpath("static", name).read_bytes()
    return Response(body, media_type=kind, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"})


def _root(_request: Request) -> Response:
    return RedirectResponse("/docs")
