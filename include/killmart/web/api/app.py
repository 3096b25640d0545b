"""The API as an app of its own below the pages: behind the same login, or by the token of KILLMART_API_TOKEN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from killmart.errors import ConfigurationError
from killmart.web.access import Access, remember
from killmart.web.api import battles, coverage, entities, killmails, marts
from killmart.web.api.errors import add_json_errors
from killmart.web.api.models import Problem
from killmart.web.bearer import carries
from killmart.web.threads import OwnThreads, in_own_thread

PATH = "/api/v1"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
DESCRIPTION = """Read-only. Every error is `{"detail": "a sentence"}`. Lists go on with `cursor`: `next` of the page
before. Ids and ISK are exact JSON numbers that may exceed 2^53. Days are UTC, ranges include both ends."""


class Api:
    """ASGI app of the API: `closed` asks for the login, `open` answers who sent the token."""

    def __init__(self, closed: FastAPI, open_: FastAPI, find_token: Callable[[], str]) -> None:
        self.closed = closed
        self.open = open_
        self._find_token = find_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the token, else by the login."""
        app = self.closed
        if scope["type"] == "http" and await in_own_thread(self._knows)(Headers(scope=scope)):
            app = self.open
        await app(scope, receive, send)

    def _knows(self, headers: Headers) -> bool:
        try:
            return carries(headers, self._find_token())
        except ConfigurationError:
            return False  # a logged-in reader is shown what is wrong


def build_api(access: Access, warehouse: Any) -> Api:
    """The API on the warehouse of the pages."""
    return Api(
        _app(access, warehouse, [Depends(remember(access))]),
        _app(access, warehouse, []),
        lambda: str(warehouse.runtime.settings.api_token),
    )


def _app(access: Access, warehouse: Any, dependencies: list[Any]) -> FastAPI:
    problems: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (400, 401, 403, 404, 422, 503)}
    app = FastAPI(
        title="Killmart",
        version="1",
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=dependencies,
        responses=problems,
    )
    app.state.access = access
    app.state.warehouse = warehouse
    add_json_errors(app)
    routes = OwnThreads()
    for section in (killmails, entities, marts, battles, coverage):
        routes.include_router(section.router)
    routes.add_api_route("/openapi.json", _description, methods=["GET"], include_in_schema=False)
    routes.add_api_route("/{path:path}", _nowhere, methods=METHODS, include_in_schema=False)
    app.include_router(routes)
    return app


def _description(request: Request) -> Response:
    app: FastAPI = request.app
    return JSONResponse(app.openapi() | {"servers": [{"url": request.scope.get("root_path", "")}]})


def _nowhere(request: Request) -> Response:
    if request.method != "GET":
        raise HTTPException(405, "This API only reads, so it answers GET and nothing else.")
    raise HTTPException(404, "There is no such address here; openapi.json beside it lists those that there are.")
