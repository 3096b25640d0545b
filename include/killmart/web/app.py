"""Builds the app: every route behind the login, errors in our own look, sections in the same frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from fastapi import Depends, FastAPI, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from killmart.runtime import Runtime
from killmart.web.access import Access, remember
from killmart.web.api.app import PATH as API
from killmart.web.api.app import build_api
from killmart.web.api.errors import json_error
from killmart.web.charts.routes import router as mart
from killmart.web.frame import static
from killmart.web.frame.errors import RETRY_AFTER, Missing, add_error_pages, error_page
from killmart.web.frame.headers import SafeHeaders
from killmart.web.frame.render import Frame
from killmart.web.frame.warehouse import path_of
from killmart.web.gate import Gate
from killmart.web.metrics import PATH as METRICS
from killmart.web.metrics import ScrapeByToken
from killmart.web.metrics import router as metrics
from killmart.web.pipeline.routes import router as pipeline
from killmart.web.quality.routes import router as quality
from killmart.web.threads import OwnThreads

BUSY = "Too many pages and answers are being made at once, so this one was not begun."


class Warehouse:
    """The runtime behind the pages, made at the first question: an app without a warehouse still starts."""

    def __init__(self, make_runtime: Callable[[], Runtime]) -> None:
        self._make_runtime = make_runtime

    @cached_property
    def runtime(self) -> Runtime:
        """The runtime; raises ConfigurationError where there is no warehouse."""
        return self._make_runtime()


def create_app(make_runtime: Callable[[], Runtime], access: Access) -> FastAPI:
    """The pages as an app to be mounted anywhere; no route of it answers a person whom `access` does not let in."""
    app = FastAPI(
        title="Killmart", openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(remember(access))]
    )
    app.state.access = access
    app.state.frame = Frame(access)
    app.state.warehouse = Warehouse(make_runtime)
    app.add_middleware(ScrapeByToken, find_runtime=lambda: app.state.warehouse.runtime)
    app.add_middleware(Gate, login_cookie=access.login_cookie, refuse=_refuse)
    app.add_middleware(SafeHeaders)
    add_error_pages(app)
    app.mount(API, build_api(access, app.state.warehouse))
    routes = OwnThreads()
    for router in (static.router, metrics, quality, pipeline, mart):
        routes.include_router(router)
    routes.add_api_route("/", _home, methods=["GET"])
    routes.add_api_route("/{path:path}", _nowhere, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    app.include_router(routes)
    return app


def _refuse(request: Request) -> Response:
    """The gate's answer to a request that it cannot let in, in the form that was asked for."""
    path = path_of(request.scope)
    if path.startswith(f"{API}/"):
        return json_error(503, f"{BUSY} Ask again after the seconds that Retry-After names, and for less at once.")
    if path == METRICS:
        return PlainTextResponse(f"{BUSY}\n", 503, RETRY_AFTER)
    return error_page(request, 503, BUSY, "Reload the page in a few seconds.", "Too many at once")


def _home(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/quality", 307)


def _nowhere(path: str) -> Response:
    raise Missing(
        "There is no such page.", "The address may be old or cut off. The overview leads to everything there is."
    )
