"""Lets in as many requests as we can work on, so that readers, however many, never slow Airflow down.

The gate stands before everything of ours: a request that it keeps waiting or refuses has taken no thread, no
connection and no look at the login. What it lets in is counted from there until the answer is ready to be sent.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from killmart.web.logins import Logins
from killmart.web.threads import AT_ONCE

SHARE = AT_ONCE // 2
"""Requests at work at once for one person, one token, or all who show neither login nor token."""
QUEUE = 4 * AT_ONCE
"""Requests that wait; half of these places for one."""
WAIT_SECONDS = 2.0
REFUSALS_A_SECOND = 25
"""No faster: whoever asks again at once, hundreds at a time, would keep the event loop busy with refusals alone."""
LONGEST_REFUSAL = 10.0
"""Seconds at most until one is sent."""
LARGEST_FORM = 512 * 1024
"""Bytes; ours are smaller, and larger ones would go to disk in a thread of Airflow's."""
BODY_SECONDS = 10.0


@dataclass(eq=False)
class _Waiting:
    login: str
    turn: asyncio.Future[None]


class Gate:
    """Middleware: at most AT_ONCE requests at work, a short queue, and `refuse` answers the rest.

    `logins` tells a person's logins from other people's.
    """

    def __init__(self, app: ASGIApp, logins: Logins, refuse: Callable[[Request], Response]) -> None:
        self.app = app
        self._logins = logins
        self._refuse = refuse
        self._at_work: Counter[str] = Counter()
        self._queue: deque[_Waiting] = deque()
        self._last_refusal = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does, now or soon, or refuse."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        login = self._logins.shown(request)
        if not await self._enter(login):
            await self._take_turn_to_be_refused()
            await self._refuse(request)(scope, receive, send)
            return
        is_inside = True

        async def send_and_leave(message: Message) -> None:
            nonlocal is_inside
            if is_inside and message["type"] == "http.response.body" and not message.get("more_body"):
                is_inside = False  # the work is done, however slowly the answer is read
                self._leave(login)
            await send(message)

        try:
            await self.app(scope, _Body(receive).receive, send_and_leave)
        finally:
            if is_inside:
                self._leave(login)

    async def _enter(self, login: str) -> bool:
        """Whether there is room for one more of this login's holder, now or within WAIT_SECONDS."""
        if self._has_room(login):
            self._at_work[login] += 1
            return True
        holder = self._logins.holder(login)
        theirs = sum(self._logins.holder(one.login) == holder for one in self._queue)
        if len(self._queue) >= QUEUE or theirs >= QUEUE // 2:
            return False
        waiting = _Waiting(login, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await waiting.turn
        except TimeoutError:
            self._give_up(waiting)
            return False
        except asyncio.CancelledError:
            self._give_up(waiting)
            raise
        return True

    async def _take_turn_to_be_refused(self) -> None:
        now = asyncio.get_running_loop().time()
        turn = max(now, self._last_refusal + 1 / REFUSALS_A_SECOND)
        if turn < now + LONGEST_REFUSAL:
            self._last_refusal = turn
        else:
            turn = now + LONGEST_REFUSAL * random.uniform(0.5, 1)  # not all in the same moment
        await asyncio.sleep(turn - now)

    def _has_room(self, login: str) -> bool:
        if self._at_work.total() >= AT_ONCE:
            return False
        holder = self._logins.holder(login)  # which may have become known since the others came in
        return sum(count for one, count in self._at_work.items() if self._logins.holder(one) == holder) < SHARE

    def _leave(self, login: str) -> None:
        self._at_work[login] -= 1
        if not self._at_work[login]:
            del self._at_work[login]
        for waiting in list(self._queue):
            if self._has_room(waiting.login) and not waiting.turn.done():  # done: it gives up in this moment
                self._at_work[waiting.login] += 1
                self._queue.remove(waiting)
                waiting.turn.set_result(None)

    def _give_up(self, waiting: _Waiting) -> None:
        if waiting in self._queue:
            self._queue.remove(waiting)
        else:  # its turn came in the same moment
            self._leave(waiting.login)


class _Body:
    """What a request brings, up to LARGEST_FORM and for BODY_SECONDS: nobody holds a place by sending slowly."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._size = 0
        self._is_whole = False
        self._end = asyncio.get_running_loop().time() + BODY_SECONDS

    async def receive(self) -> Message:
        """The next message; raises HTTPException where the form is too large or too slow."""
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._end):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "This form came too slowly, so nothing was done. Please send it again.") from None
        self._size += len(message.get("body", b""))
        self._is_whole = not message.get("more_body")
        if self._size > LARGEST_FORM:
            raise HTTPException(413, "This form is larger than any of ours, so nothing was done.")
        return message
