"""The one door of pages, API and metrics: nothing behind it is answered but by a login, or by the token of its path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Depends, FastAPI, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from killmart.errors import ConfigurationError
from killmart.web.access import Access, Person
from killmart.web.errors import Tell, add_errors
from killmart.web.frame.warehouse import path_of
from killmart.web.logins import Logins, bearer_of, is_same
from killmart.web.threads import in_own_thread

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True)
class PathToken:
    """A token, and what it opens: GET of a path, or any request below it."""

    path: str
    token: str
    is_folder: bool = False

    def opens(self, scope: Scope, given: str) -> bool:
        """Whether this request is let in with this token."""
        path = path_of(scope)
        fits = path.startswith(f"{self.path}/") if self.is_folder else path == self.path and scope["method"] == "GET"
        return fits and is_same(given, self.token)


def build_door(
    inside: FastAPI, access: Access, logins: Logins, keys: Callable[[], list[PathToken]], tell: Tell
) -> FastAPI:
    """An app that lets requests through to `inside`; who is let in by the login is `request.state.person` there."""
    app = FastAPI(title=inside.title, openapi_url=None, docs_url=None, redoc_url=None)
    app.state = inside.state
    app.state.inside = inside
    add_errors(app, tell)
    known = Depends(in_own_thread(access.identify))

    async def enter(request: Request, person: Person = known) -> Response:
        request.state.person = person
        logins.learn(logins.shown(request), person.person_id)
        return _Through(inside)

    app.add_api_route("/{path:path}", enter, methods=_METHODS)
    app.add_middleware(ByToken, inside=inside, keys=keys)
    return app


class ByToken:
    """Middleware: who sends the token of a path goes straight in; everybody else is asked for the login.

    Without a token in the settings, or with a wrong one in the request, it does nothing: the door stays closed.
    """

    def __init__(self, app: ASGIApp, inside: ASGIApp, keys: Callable[[], list[PathToken]]) -> None:
        self.app = app
        self._inside = inside
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, or as what is inside does."""
        is_let_in = scope["type"] == "http" and await self._knows(scope)
        await (self._inside if is_let_in else self.app)(scope, receive, send)

    async def _knows(self, scope: Scope) -> bool:
        given = bearer_of(Headers(scope=scope))
        return bool(given) and await in_own_thread(self._opens)(scope, given)

    def _opens(self, scope: Scope, given: str) -> bool:
        try:
            keys = self._keys()
        except ConfigurationError:
            return False  # who logs in is told what is wrong
        return any(key.opens(scope, given) for key in keys)


class _Through(Response):
    """Not an answer, but the way to the one who gives it."""

    def __init__(self, inside: ASGIApp) -> None:
        super().__init__()
        self._inside = inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through as it came."""
        await self._inside({**scope, "path_params": {}}, receive, send)
