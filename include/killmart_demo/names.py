"""ESI's lookups over HTTP: names by id and affiliations of characters, with the error limit that guards them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from email.utils import format_datetime
from functools import cache
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from killmart_demo.esi_limits import ErrorLimit
from killmart_demo.people import People
from killmart_demo.replies import ErrorReply, JsonReply
from killmart_demo.state import SimulatorState

ERRORS_PER_MINUTE = 100
MOST_IDS = 1000
NO_SUCH_NAME = "Ensure all IDs are valid before resolving."
NO_SUCH_CHARACTER = "Invalid character ID"
_IDS = msgspec.json.Decoder(list[int])

Find = Callable[[int], dict[str, Any] | None]


def names_router(state: SimulatorState, people: People | None = None, limit: ErrorLimit | None = None) -> APIRouter:
    """The routes of ESI that look ids up, to be mounted under the prefix of ESI."""
    router = APIRouter()
    errors = limit or ErrorLimit(ERRORS_PER_MINUTE, 60.0, state.config.monotonic)

    @cache
    def everybody() -> People:  # 36,000 people, known at the first question
        return people or People(state)

    async def answer(request: Request, find: Callable[[], Find], status: int, message: str) -> Response:
        if not errors.remaining:
            response: Response = ErrorReply(420, "This software has exceeded the error limit for ESI.")
        else:
            response = _look_up(request, await request.body(), find(), status, message)
        errors.note(response.status_code)
        response.headers.update(errors.headers())
        return response

    @router.post("/universe/names")
    @router.post("/universe/names/")
    async def read_names(request: Request) -> Response:
        """Names and categories of all the ids, or of none where one is bad."""
        return await answer(request, lambda: everybody().name_of, 404, NO_SUCH_NAME)

    @router.post("/characters/affiliation")
    @router.post("/characters/affiliation/")
    async def read_affiliations(request: Request) -> Response:
        """Corporation, alliance and faction of all the characters, or of none where one is bad."""
        return await answer(request, lambda: everybody().affiliation_of, 400, NO_SUCH_CHARACTER)

    return router


def _look_up(request: Request, body: bytes, find: Find, status: int, message: str) -> Response:
    try:
        date.fromisoformat(request.headers.get("x-compatibility-date", ""))
    except ValueError:
        return ErrorReply(400, "Missing or invalid X-Compatibility-Date header: it must be a date, as 2026-08-18")
    try:
        ids = _IDS.decode(body)
    except msgspec.MsgspecError as error:
        return ErrorReply(400, f"The body must be a list of ids: {error}")
    if not 1 <= len(ids) <= MOST_IDS or len(set(ids)) < len(ids):
        return ErrorReply(400, f"The body must be a list of 1 to {MOST_IDS} different ids")
    found = [find(eve_id) for eve_id in ids]
    if None in found:
        return ErrorReply(status, message)
    written = format_datetime(datetime.now(UTC), usegmt=True)
    headers = {"Cache-Control": "public, max-age=3600", "Last-Modified": written}
    return JsonReply(found, headers=headers)
