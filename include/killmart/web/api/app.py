"""The API as an app of its own below the pages, so that its description has nothing else."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, HTTPException, Request
from starlette.responses import JSONResponse, Response

from killmart.web.api import battles, coverage, entities, killmails, marts
from killmart.web.api.errors import as_json
from killmart.web.api.models import Problem
from killmart.web.errors import add_errors
from killmart.web.threads import OwnThreads

API = "/api/v1"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
DESCRIPTION = """Read-only. Every error is `{"detail": "a sentence"}`. Lists go on with `cursor`: `next` of the page
before. Ids and ISK are exact JSON numbers that may exceed 2^53. Days are UTC, ranges include both ends."""


def build_api(state: Any) -> FastAPI:
    """The API on the state of the pages: their warehouse, and their access, whose secret signs the cursors."""
    problems: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (400, 401, 403, 404, 422, 503)}
    app = FastAPI(
        title="Killmart",
        version="1",
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        responses=problems,
    )
    app.state = state
    add_errors(app, as_json)
    routes = OwnThreads()
    for section in (killmails, entities, marts, battles, coverage):
        routes.include_router(section.router)
    routes.add_api_route("/openapi.json", _description, methods=["GET"], include_in_schema=False)
    routes.add_api_route("/{path:path}", _nowhere, methods=METHODS, include_in_schema=False)
    app.include_router(routes)
    return app


def _description(request: Request) -> Response:
    app: FastAPI = request.app
    described = app.openapi()
    by_token = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}
    return JSONResponse(
        described
        | {"servers": [{"url": request.scope.get("root_path", "")}], "security": [{"token": []}]}
        | {"components": described["components"] | by_token}
    )


def _nowhere(request: Request) -> Response:
    if request.method != "GET":
        raise HTTPException(405, "This API only reads, so it answers GET and nothing else.")
    raise HTTPException(404, "There is no such address here; openapi.json beside it lists those that there are.")
