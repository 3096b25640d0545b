"""zKillboard's history over HTTP, on R2Z2's host: lists, totals and raw bodies of whole days."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from killmart_demo.r2z2 import r2z2_refusal
from killmart_demo.state import SimulatorState

_HEADERS = {"Cache-Control": "max-age=31536000"}
"""As in real life, although every one of these files may change."""


def history_router(state: SimulatorState) -> APIRouter:
    """The routes below `/history`, to be mounted under the prefix of R2Z2."""
    router = APIRouter(prefix="/history")

    @router.get("/totals.json")
    async def read_totals(request: Request) -> Response:
        """`{"YYYYMMDD":n}`."""
        if refused := r2z2_refusal(state, request):
            return refused
        return _answer(msgspec.json.encode(await run_in_threadpool(state.days.list_totals)))

    @router.get("/{name}.json")
    async def read_list(name: str, request: Request) -> Response:
        """`{"killID":"hash"}` of a day."""
        if refused := r2z2_refusal(state, request):
            return refused
        day = day_named(name, "%Y%m%d")
        return _answer(day and await run_in_threadpool(state.days.listing, day))

    @router.get("/raw/{name}.json")
    async def read_raw(name: str, request: Request) -> Response:
        """`{"killID":{body}}` of a day."""
        if refused := r2z2_refusal(state, request):
            return refused
        day = day_named(name, "%Y%m%d")
        return _answer(day and await run_in_threadpool(state.days.raw, day))

    return router


def day_named(text: str, form: str) -> date | None:
    """The day that a path names; None where it names none."""
    try:
        day = datetime.strptime(text, form).date()
    except ValueError:
        return None
    return day if day.strftime(form) == text else None


def _answer(content: bytes | date | None) -> Response:
    if not isinstance(content, bytes):
        return Response(status_code=404)
    return Response(content, media_type="application/json", headers=_HEADERS)
