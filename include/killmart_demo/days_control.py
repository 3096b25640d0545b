"""The simulator's own route for the days: what is withheld, late and damaged, shown and changed while it serves."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from killmart.errors import KillmartError
from killmart_demo.days_options import DAMAGES, DayOptions
from killmart_demo.state import SimulatorState


def days_router(state: SimulatorState) -> APIRouter:
    """`/days`, to be mounted below `/_sim`."""
    router = APIRouter()

    @router.get("/days")
    def read_days() -> Response:
        """The options in force, whom they struck, and every damage there is."""
        return _days(state)

    @router.post("/days")
    async def change_days(request: Request) -> Response:
        """Replace the options that are given, `{"late_is_there":true}`; 400 with a sentence for what is no option."""
        try:
            options = _changed(state.days.options, await request.body())
            await run_in_threadpool(state.days.change, options)  # which may wait for a day that is being made
        except (KillmartError, msgspec.MsgspecError) as error:
            return _json({"error": str(error)}, 400)
        return _days(state)

    return router


def _changed(options: DayOptions, posted: bytes) -> DayOptions:
    fields: dict[str, Any] = msgspec.to_builtins(options)
    changes = msgspec.json.decode(posted, type=dict[str, Any])
    unknown = sorted(changes.keys() - fields.keys())
    if unknown:
        raise KillmartError(f"There is no option {', '.join(unknown)}; the options are {', '.join(fields)}.")
    return msgspec.convert(fields | changes, DayOptions)


def _days(state: SimulatorState) -> Response:
    options = msgspec.to_builtins(state.days.options)
    return _json({"options": options, "struck": state.days.status(), "damages": DAMAGES})


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
