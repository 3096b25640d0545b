"""The simulator's own routes, below `/_sim`: what it serves and what was asked of it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from killmart.simulate.state import SimulatorState


def control_router(state: SimulatorState) -> APIRouter:
    """The routes that no upstream has, to be mounted below `/_sim`."""
    router = APIRouter()

    @router.get("/status")
    async def read_status() -> dict[str, Any]:
        """Counters of everything; `first_load_left` has a queueID from its first call on."""
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

    return router
