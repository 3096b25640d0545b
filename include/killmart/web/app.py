"""Builds the app: one door, behind it the sections in the same frame, the API and the metrics."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from killmart.runtime import Runtime
from killmart.web.access import Access
from killmart.web.api.app import API, build_api
from killmart.web.api.errors import as_json
from killmart.web.charts.routes import router as charts
from killmart.web.door import PathToken, build_door
from killmart.web.errors import Failure, Missing, add_errors
from killmart.web.frame import static
from killmart.web.frame.errors import as_page
from killmart.web.frame.headers import SafeHeaders
from killmart.web.frame.render import Frame
from killmart.web.frame.warehouse import path_of
from killmart.web.gate import Gate
from killmart.web.logins import Logins
from killmart.web.metrics import METRICS, as_text
from killmart.web.metrics import router as metrics
from killmart.web.pipeline.routes import router as pipeline
from killmart.web.quality.routes import router as quality
from killmart.web.threads import OwnThreads

BUSY = Failure(
    503,
    "Too many pages and answers are being made at once, so this one was not begun.",
    "Ask again in a few seconds, and for less at once.",
    "Too many at once",
)


class Warehouse:
    """The runtime behind the pages, made at the first question: an app without a warehouse still starts."""

    def __init__(self, make_runtime: Callable[[], Runtime]) -> None:
        self._make_runtime = make_runtime

    @cached_property
    def runtime(self) -> Runtime:
        """The runtime; raises ConfigurationError where there is no warehouse."""
        return self._make_runtime()


def create_app(make_runtime: Callable[[], Runtime], access: Access) -> FastAPI:
    """The pages as an app to be mounted anywhere; nothing of it answers a person whom `access` does not let in."""
    warehouse, logins = Warehouse(make_runtime), Logins(access.login_cookie)

    def keys() -> list[PathToken]:
        settings = warehouse.runtime.settings
        return [PathToken(API, settings.api_token, is_folder=True), PathToken(METRICS, settings.metrics_token)]

    inside = FastAPI(title="Killmart", openapi_url=None, docs_url=None, redoc_url=None)
    inside.state.access = access
    inside.state.frame = Frame(access)
    inside.state.warehouse = warehouse
    add_errors(inside, _tell)
    inside.mount(API, build_api(inside.state))
    routes = OwnThreads()
    for router in (static.router, metrics, quality, pipeline, charts):
        routes.include_router(router)
    routes.add_api_route("/", _home, methods=["GET"])
    routes.add_api_route("/{path:path}", _nowhere, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    inside.include_router(routes)
    app = build_door(inside, access, logins, keys, _tell)
    app.add_middleware(Gate, logins=logins, refuse=lambda request: _tell(request, BUSY))
    app.add_middleware(SafeHeaders)
    return app


def _tell(request: Request, failure: Failure) -> Response:
    """What went wrong, in the form that was asked for."""
    path = path_of(request.scope)
    if path.startswith(f"{API}/"):
        return as_json(request, failure)
    return as_text(request, failure) if path == METRICS else as_page(request, failure)


def _home(request: Request) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/quality", 307)


def _nowhere(path: str) -> Response:
    raise Missing(
        "There is no such page.", "The address may be old or cut off. The overview leads to everything there is."
    )
