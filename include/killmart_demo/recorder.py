"""The outermost middleware: every request as it arrived, with the status that really went out."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from killmart_demo.state import CONTROL, SimulatorState


class Recorder:
    """Notes every request but those to the control routes."""

    def __init__(self, app: ASGIApp, state: SimulatorState) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service, _, path = str(scope.get("path", "")).strip("/").partition("/")
        if scope["type"] != "http" or service == CONTROL:
            await self._app(scope, receive, send)
            return
        answered = False

        def record(status: int, headers: Headers) -> None:
            nonlocal answered
            if not answered:
                answered = True
                self._state.record(service, _route(scope, service, path), status)
                self._state.watch.answered(service, path, status, headers)

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                record(message["status"], Headers(raw=message["headers"]))
            await send(message)

        self._state.watch.arrived(service, path)
        try:
            await self._app(scope, receive, send_recorded)
        finally:
            self._state.watch.left(service)
            record(0, Headers())


def _route(scope: Scope, service: str, path: str) -> str:
    """The route below the service, its parameters unfilled; also of a request that never came to its router."""
    route = scope.get("route")
    if route is None:
        matches = ((candidate, candidate.matches(scope)[0]) for candidate in scope["app"].routes)
        route = next((candidate for candidate, match in matches if match is not Match.NONE), None)
    return str(getattr(route, "path", f"/{service}/{path}")).removeprefix(f"/{service}")
