"""The middleware that injects faults: it replaces answers, changes them, delays them, or cuts the connection."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from killmart_demo import bending
from killmart_demo.answers import WireAnswer, fault_answer, redirect
from killmart_demo.faults import FILE, KILLMAIL, LISTEN, OBJECT, Fault, Stage, route_of
from killmart_demo.state import CONTROL, SimulatorState
from killmart_demo.watch import ELSEWHERE

TRANSPORT = "killmart.transport"
"""Where the server puts the connection's transport into `scope["state"]`."""
_LOOP = "_loop"
_TICK_SECONDS = 0.05
_PIECES = 20


@dataclass(frozen=True)
class _Asked:
    """A request as faults see it."""

    scope: Scope
    service: str
    path: str
    route: str
    attempt: int


class Injector:
    """Strikes as the simulator's FaultPlan says, and alters what is to be altered always."""

    def __init__(self, app: ASGIApp, state: SimulatorState) -> None:
        self._app = app
        self._state = state
        self._plan = state.plan
        self._memory = bending.Memory()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service, _, path = str(scope.get("path", "")).strip("/").partition("/")
        if scope["type"] != "http" or service == CONTROL:
            await self._app(scope, receive, send)
        elif service == ELSEWHERE:
            await _send(send, WireAnswer(200, (("content-type", "application/json"),), b"{}"))
        elif path.startswith(_LOOP):
            await _send(send, redirect(f"/{service}/{_LOOP}/{'b' if path.endswith('a') else 'a'}"))
        else:
            attempt = self._plan.attempt(service, path)
            asked = _Asked(scope, service, path, route_of(service, path), attempt)
            kind = self._plan.choose(service, asked.route, path, attempt)
            await self._serve(asked, kind, receive, send)

    async def _serve(self, asked: _Asked, kind: Fault | None, receive: Receive, send: Send) -> None:
        if kind is not None and kind.stage is not Stage.AFTER:
            self._plan.count(asked.service, kind.name)
            await self._refuse(asked, kind.name, receive, send)
        elif kind is None and not self._has_to_see(asked):
            await self._app(asked.scope, receive, send)
        else:
            await self._change(asked, kind, receive, send)

    def _has_to_see(self, asked: _Asked) -> bool:
        """Whether an answer is of interest though nothing strikes it now."""
        faults = self._plan.faults
        remembers = any("stale" in name or "all" in name for name in faults.rates)
        return remembers or (bool(faults.altered_always) and asked.route in (KILLMAIL, FILE, OBJECT))

    async def _refuse(self, asked: _Asked, name: str, receive: Receive, send: Send) -> None:
        """Answer in place of the upstream, or not at all."""
        if name == "reset":
            await _reset(asked.scope, receive)
        elif name == "timeout":
            await self._hang(receive)
            await _reset(asked.scope, receive)
        elif name == "redirect":
            await _send(send, redirect(_elsewhere(asked)))
        elif name == "redirect_loop":
            await _send(send, redirect(f"/{asked.service}/{_LOOP}/a"))
        else:
            await _send(send, fault_answer(name, asked.service, self._plan.faults.retry_after_seconds))

    async def _hang(self, receive: Receive) -> None:
        """Wait until the time is over, the client has gone, or the simulator is to end."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._plan.faults.timeout_seconds
        gone = asyncio.ensure_future(_disconnected(receive))
        while not gone.done() and loop.time() < deadline and not self._state.stopping:
            await asyncio.wait({gone}, timeout=_TICK_SECONDS)
        gone.cancel()

    async def _change(self, asked: _Asked, kind: Fault | None, receive: Receive, send: Send) -> None:
        """Let the upstream answer, then send what the fault makes of it."""
        true_answer = await _answer_of(self._app, asked.scope, receive)
        older = self._remember(asked, true_answer)
        answer = self._always(asked, true_answer)
        if kind is not None and kind.name == "pop_reset":
            object_id = _popped(answer)
            if object_id is not None:
                self._plan.count(asked.service, kind.name)
                self._state.queues.lose(object_id)
                await _reset(asked.scope, receive)
                return
        elif kind is not None and kind.name == "slow":
            self._plan.count(asked.service, kind.name)
            await self._dribble(send, answer)
            return
        changed = None if kind is None else self._bent(asked, kind.name, answer, older)
        if changed is not None and kind is not None:
            self._plan.count(asked.service, kind.name)
            await _send(send, changed)
        else:
            await _send(send, answer)

    def _remember(self, asked: _Asked, answer: WireAnswer) -> WireAnswer | None:
        """The older answer of this path, having noted this one; a pop is never answered twice."""
        if asked.scope["method"] != "GET" or asked.route == LISTEN or answer.status not in (200, 404):
            return None
        path = f"{asked.scope['path']}?{asked.scope['query_string'].decode('latin-1')}"
        self._memory.note(path, answer)
        return self._memory.older(path)

    def _bent(self, asked: _Asked, name: str, answer: WireAnswer, older: WireAnswer | None) -> WireAnswer | None:
        share = self._plan.draw(name, "share", asked.service, asked.path, asked.attempt)
        if name == "stale":
            return bending.stale_sequence(answer, asked.route, share) or (older and self._always(asked, older))
        if name == "truncated":
            return bending.truncated(answer, share)
        if name == "wrong_body":
            return bending.wrong_body(answer, asked.route, self._other_body(answer, share))
        if name == "altered":
            return bending.altered(answer, asked.route, share)
        if name == "string_id":
            return bending.string_id(answer, asked.route)
        return bending.no_zkb(answer, asked.route)

    def _other_body(self, answer: WireAnswer, share: float) -> bytes:
        """The body of a killmail of the feed that this answer does not speak of."""
        ids = self._state.feed.ids
        start = int(share * len(ids))
        for killmail_id in ids[start:] + ids[:start]:
            if str(killmail_id).encode() not in answer.body:
                return self._state.feed.kill(killmail_id).body
        return b"{}"

    def _always(self, asked: _Asked, answer: WireAnswer) -> WireAnswer:
        """The answer, its body altered where that is to be so every time."""
        always = self._plan.faults.altered_always
        if not always or answer.status != 200 or asked.route not in (KILLMAIL, FILE, OBJECT):
            return answer
        document = msgspec.json.decode(answer.body)
        killmail_id = document.get("killmail_id") or (document.get("package") or {}).get("killID")
        if killmail_id not in always:
            return answer
        changed = bending.altered(answer, asked.route, self._plan.draw("always", killmail_id))
        if changed is None:
            return answer
        self._plan.count(asked.service, "altered_always")
        return changed

    async def _dribble(self, send: Send, answer: WireAnswer) -> None:
        """Send an answer bit by bit."""
        size = max(1, -(-len(answer.body) // _PIECES))
        pieces = [answer.body[at : at + size] for at in range(0, len(answer.body), size)]
        await send(_start(answer))
        for piece in pieces:
            if not self._state.stopping:
                await asyncio.sleep(self._plan.faults.slow_seconds / len(pieces))
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def _popped(answer: WireAnswer) -> str | None:
    """The objectID that an answer of listen.php leads to, if something was popped."""
    location = dict(answer.headers).get("location", "")
    object_id = parse_qs(urlsplit(location).query).get("objectID", ["null"])[0]
    return None if object_id == "null" else object_id


def _elsewhere(asked: _Asked) -> str:
    """An address of this simulator under its other name."""
    host, port = asked.scope["server"]
    asked_for = dict(asked.scope["headers"]).get(b"host", b"").decode("latin-1")
    other = host if asked_for.startswith("localhost") else "localhost"
    return f"http://{other}:{port}/{ELSEWHERE}/{asked.service}"


async def _answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> WireAnswer:
    """The whole answer of an app."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    start, *parts = messages
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in start["headers"])
    return WireAnswer(start["status"], headers, b"".join(part.get("body", b"") for part in parts))


def _start(answer: WireAnswer) -> Message:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    return {"type": "http.response.start", "status": answer.status, "headers": headers}


async def _send(send: Send, answer: WireAnswer) -> None:
    await send(_start(answer))
    await send({"type": "http.response.body", "body": answer.body})


async def _reset(scope: Scope, receive: Receive) -> None:
    """Cut the connection hard, and return when the server has noticed: then it sends no answer of its own."""
    transport: asyncio.Transport = scope["state"][TRANSPORT]
    if not transport.is_closing():  # the client may have hung up first
        # Without lingering, closing a socket sends RST in place of FIN.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
