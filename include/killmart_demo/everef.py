"""EVE Ref over HTTP: archives of days with ranges and validators, totals, and 429 for more than two at a time."""

from __future__ import annotations

import asyncio
import re

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from killmart_demo.everef_archive import ArchiveFile
from killmart_demo.history import day_named
from killmart_demo.state import SimulatorState

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_PIECE = 64 * 1024


def everef_router(state: SimulatorState) -> APIRouter:
    """The routes of EVE Ref, to be mounted under any prefix."""
    router = APIRouter()

    @router.api_route("/killmails/totals.json", methods=["GET", "HEAD"])
    async def read_totals() -> Response:
        """`{"YYYYMMDD":n}`."""
        if refused := await everef_refusal(state):
            return refused
        content = msgspec.json.encode(await run_in_threadpool(state.days.archive_totals))
        return Response(content, media_type="application/json")

    @router.api_route("/killmails/{year}/killmails-{name}.tar.bz2", methods=["GET", "HEAD"])
    async def read_archive(year: str, name: str, request: Request) -> Response:
        """The archive of a day, or those bytes of it that the caller wants."""
        if refused := await everef_refusal(state):
            return refused
        day = day_named(name, "%Y-%m-%d")
        file = await run_in_threadpool(state.days.archive, day) if day and year == f"{day:%Y}" else None
        return Response(status_code=404) if file is None else _part(file, request)

    return router


class InPieces(Response):
    """An answer that is under way until its last bytes are on the wire, so that those at once can be counted."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = bytes(self.body)
        for at in range(0, max(1, len(body)), _PIECE):
            more = at + _PIECE < len(body)
            await send({"type": "http.response.body", "body": body[at : at + _PIECE], "more_body": more})


def _part(file: ArchiveFile, request: Request) -> Response:
    """The whole file, or the range that was asked for if the file is still the one that the caller has."""
    headers = {"ETag": file.etag, "Last-Modified": file.last_modified, "Accept-Ranges": "bytes"}
    kind, size = "application/x-bzip2", len(file.content)
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    unless_changed = request.headers.get("if-range", file.etag)
    if wanted is None or request.method == "HEAD" or unless_changed not in (file.etag, file.last_modified):
        return InPieces(file.content, media_type=kind, headers=headers)
    first, last = int(wanted[1]), min(int(wanted[2] or size), size - 1)
    if first > last:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return InPieces(file.content[first : last + 1], status_code=206, media_type=kind, headers=headers)


async def everef_refusal(state: SimulatorState) -> Response | None:
    """429 for whoever is one too many; others wait as long as an answer takes here."""
    if state.watch.in_flight["everef"] > state.config.limits.everef_at_once:
        state.watch.crowded += 1
        return Response(b"Too many requests", 429, headers={"Retry-After": "1"})
    if state.days.options.answer_seconds:
        await asyncio.sleep(state.days.options.answer_seconds)
    return None
