"""R2Z2 over HTTP: numbered files with body, hash and zkb block, the number of the newest, and its refusals."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from killmart_demo.kill import Kill
from killmart_demo.r2z2_files import File
from killmart_demo.replies import ErrorReply, JsonReply
from killmart_demo.state import SimulatorState
from killmart_demo.type_table import price_cents

_VALUES = ("fittedValue", "droppedValue", "destroyedValue", "totalDroppableValue")


def r2z2_router(state: SimulatorState) -> APIRouter:
    """The routes of R2Z2, to be mounted under any prefix."""
    router = APIRouter()

    @router.get("/ephemeral/sequence.json")
    async def read_sequence(request: Request) -> Response:
        """`{"sequence":N}`: the newest number, or one that trails it."""
        if refused := r2z2_refusal(state, request):
            return refused
        newest = state.r2z2_files.head() - state.config.r2z2_trail
        return JsonReply({"sequence": max(state.r2z2_files.first - 1, newest)})

    @router.get("/ephemeral/{name}.json")
    async def read_file(name: str, request: Request) -> Response:
        """The file of a number; 404 where it is not published yet, a hole, or older than the retention."""
        if refused := r2z2_refusal(state, request):
            return refused
        number = int(name) if name.isascii() and name.isdigit() and len(name) < 19 else -1
        file = state.r2z2_files.find(number)
        if file is None or file.killmail_id is None:
            return Response(status_code=404)
        answer = JsonReply(file_content(state, number, file, state.feed.kill(file.killmail_id)))
        state.r2z2_files.note_served(number)
        return answer

    return router


def file_content(state: SimulatorState, number: int, file: File, kill: Kill) -> dict[str, Any]:
    """What a file says; before it is republished its values are other ones, and maybe its body."""
    zkb, body = zkb_of_r2z2(kill), kill.body
    if state.r2z2_files.is_outdated(number):
        zkb = _outdated_zkb(zkb)
        if state.r2z2_files.has_other_body(number):
            body = _outdated_body(body)
    told = {
        "killmail_id": kill.killmail_id,
        "hash": kill.killmail_hash,
        "esi": msgspec.Raw(body),
        "zkb": zkb,
        "uploaded_at": int(file.uploaded_at),
        "sequence_id": number,
    }
    return told if file.updates is None else {**told, "sequence_updated": file.updates}


def zkb_of_r2z2(kill: Kill) -> dict[str, Any]:
    """The block as R2Z2 has it: RedisQ's, with the value of all that could drop and the number of attackers."""
    body = msgspec.json.decode(kill.body)
    zkb: dict[str, Any] = {}
    for name, value in kill.zkb.items():
        if name == "href":
            zkb["attackerCount"] = len(body["attackers"])
        zkb[name] = value
        if name == "totalValue":
            zkb["totalDroppableValue"] = round(value - price_cents(body["victim"]["ship_type_id"]) / 100, 2)
    return zkb


def _outdated_zkb(zkb: dict[str, Any]) -> dict[str, Any]:
    """The block as it was with the prices of another day."""
    older = {**zkb, **{name: round(zkb[name] / 2, 2) for name in _VALUES}, "points": zkb["points"] + 1}
    return {**older, "totalValue": round(older["droppedValue"] + older["destroyedValue"], 2)}


def _outdated_body(body: bytes) -> bytes:
    """The same killmail with other damage, which its hash does not cover."""
    killmail = msgspec.json.decode(body)
    killmail["victim"]["damage_taken"] += 1
    return msgspec.json.encode(killmail)


def r2z2_refusal(state: SimulatorState, request: Request) -> Response | None:
    """What whoever gives no name, is banned or asks too often gets."""
    watch, limits = state.watch, state.config.limits
    if not request.headers.get("user-agent", "").strip():
        watch.nameless += 1
        return ErrorReply(403, "A User-Agent is required")
    if watch.is_banned():
        return ErrorReply(403, "Banned")
    if watch.requests_of_last_second("r2z2") <= limits.r2z2_per_second:
        return None
    watch.strike()
    return ErrorReply(429, "Too many requests")
