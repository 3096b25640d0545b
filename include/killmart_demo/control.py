"""The simulator's own routes, below `/_sim`: what it serves and was asked, its faults and its days to be changed."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from killmart.errors import KillmartError
from killmart_demo.days_options import DAMAGES, DayOptions
from killmart_demo.faults import KINDS, Faults
from killmart_demo.replies import ErrorReply, JsonReply
from killmart_demo.state import SimulatorState

Options = TypeVar("Options", Faults, DayOptions)


def control_router(state: SimulatorState) -> APIRouter:
    """The routes that no upstream has, to be mounted below `/_sim`."""
    router = APIRouter()

    @router.get("/status")
    async def read_status() -> dict[str, Any]:
        """Counters of everything; `first_load_left` has a queueID, or `r2z2`, from its first call on."""
        return state.status()

    @router.get("/kills")
    async def list_kills(first: int | None = None, last: int | None = None) -> dict[int, str]:
        """{killmail_id: hash} of the feed so far, ids from `first` to `last` if given, in processing order."""
        state.feed.advance()
        return {
            killmail_id: state.feed.kill(killmail_id).killmail_hash
            for killmail_id in state.feed.ids
            if (first is None or killmail_id >= first) and (last is None or killmail_id <= last)
        }

    @router.get("/faults")
    async def read_faults() -> Response:
        """The faults in force, how often each struck, and what all of them are."""
        return _faults(state)

    @router.post("/faults")
    async def change_faults(request: Request) -> Response:
        """Replace the fields that are given, `{"rates":{}}` switches all rates off; 400 with a sentence otherwise.

        Faults of the feeds strike when something is published: what is published already stays as it is.
        """
        try:
            state.plan.faults = _changed(state.plan.faults, await request.body())
        except (KillmartError, msgspec.MsgspecError) as error:
            return ErrorReply(400, str(error))
        return _faults(state)

    @router.get("/days")
    def read_days() -> Response:
        """What is withheld, late and damaged of whole days, whom that struck, and every damage there is."""
        return _days(state)

    @router.post("/days")
    async def change_days(request: Request) -> Response:
        """Replace the options that are given, `{"late_is_there":true}`; 400 with a sentence for what is no option."""
        try:
            options = _changed(state.days.options, await request.body())
            await run_in_threadpool(state.days.change, options)  # which may wait for a day that is being made
        except (KillmartError, msgspec.MsgspecError) as error:
            return ErrorReply(400, str(error))
        return _days(state)

    return router


def _changed(options: Options, posted: bytes) -> Options:
    """The options with the fields that were posted in place of theirs."""
    fields: dict[str, Any] = msgspec.to_builtins(options)
    changes = msgspec.json.decode(posted, type=dict[str, Any])
    unknown = sorted(changes.keys() - fields.keys())
    if unknown:
        raise KillmartError(f"There is no option {', '.join(unknown)}; the options are {', '.join(fields)}.")
    return msgspec.convert(fields | changes, type(options))


def _days(state: SimulatorState) -> Response:
    options = msgspec.to_builtins(state.days.options)
    return JsonReply({"options": options, "struck": state.days.status(), "damages": DAMAGES})


def _faults(state: SimulatorState) -> Response:
    known = {kind.name: kind.says for kind in KINDS.values()}
    return JsonReply({"faults": msgspec.to_builtins(state.plan.faults), "struck": state.injected(), "known": known})
