"""The simulator's own routes, below `/_sim`: what it serves, what was asked of it, and which faults it injects."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from killmart.errors import KillmartError
from killmart_demo.fault_kinds import KINDS
from killmart_demo.faults import Faults
from killmart_demo.state import SimulatorState


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
            return _json({"error": str(error)}, 400)
        return _faults(state)

    return router


def _changed(faults: Faults, posted: bytes) -> Faults:
    fields: dict[str, Any] = msgspec.to_builtins(faults)
    changes = msgspec.json.decode(posted, type=dict[str, Any])
    unknown = sorted(changes.keys() - fields.keys())
    if unknown:
        raise KillmartError(f"There is no field {', '.join(unknown)}; the fields are {', '.join(fields)}.")
    return msgspec.convert(fields | changes, Faults)


def _faults(state: SimulatorState) -> Response:
    known = {kind.name: kind.says for kind in KINDS.values()}
    return _json({"faults": msgspec.to_builtins(state.plan.faults), "struck": state.injected(), "known": known})


def _json(content: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")
