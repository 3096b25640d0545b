"""`/metrics` for Prometheus: behind the login like every page, or by the bearer token of KILLMART_METRICS_TOKEN."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from killmart.db.reading import reading
from killmart.errors import ConfigurationError, KillmartError
from killmart.runtime import Runtime
from killmart.web.bearer import carries
from killmart.web.frame.errors import RETRY_AFTER
from killmart.web.frame.warehouse import path_of, runtime_of
from killmart.web.threads import in_own_thread

log = logging.getLogger(__name__)
router = APIRouter()

PATH = "/metrics"
FindRuntime = Callable[[], Runtime]


@router.get(PATH)
def metrics(request: Request) -> Response:
    """All metrics in Prometheus' text format, for who has logged in to Airflow."""
    return exposed(runtime_of(request))


def exposed(runtime: Runtime) -> Response:
    """The text of this moment, with the content type that Prometheus wants."""
    from killmart.watch.prometheus import CONTENT_TYPE, exposition

    with reading(runtime.engine) as connection:
        return Response(exposition(connection), headers={"Content-Type": CONTENT_TYPE})


class ScrapeByToken:
    """Middleware that answers GET /metrics to who sends the token; everybody else goes on to the login.

    Without a token in the settings, or with a wrong one in the request, it does nothing: the app stays closed.
    """

    def __init__(self, app: ASGIApp, find_runtime: FindRuntime) -> None:
        self.app = app
        self._find_runtime = find_runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or with the metrics."""
        if _is_scrape(scope) and await in_own_thread(self._knows)(Headers(scope=scope)):
            answer = await in_own_thread(self._answer)()
            await answer(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _knows(self, headers: Headers) -> bool:
        try:
            token = self._find_runtime().settings.metrics_token
        except ConfigurationError:
            return False  # the page behind the login says what is wrong
        return carries(headers, token)

    def _answer(self) -> Response:
        try:
            return exposed(self._find_runtime())
        except (SQLAlchemyError, KillmartError) as error:
            log.warning("Prometheus got no metrics: %s", error)
            said = "The warehouse does not answer; the api-server's log has the details.\n"
            return PlainTextResponse(said, 503, RETRY_AFTER)


def _is_scrape(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return path_of(scope) == PATH
