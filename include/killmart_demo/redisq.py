"""RedisQ over HTTP: `/listen.php` pops a kill and redirects to `/object.php`, which has it."""

from __future__ import annotations

import asyncio
import operator
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from killmart.model.killmail import CCP_VERIFIED
from killmart_demo.kill import Kill
from killmart_demo.queues import Queue
from killmart_demo.replies import JsonReply
from killmart_demo.state import SimulatorState

MAX_WAIT_SECONDS = 10
_POLL_SECONDS = 0.05


def redisq_router(state: SimulatorState) -> APIRouter:
    """The routes of RedisQ, to be mounted under any prefix."""
    router = APIRouter()

    @router.get("/listen.php")
    async def listen(
        request: Request,
        queue_id: Annotated[str, Query(alias="queueID")] = "",
        ttw: str = "",
        wanted: Annotated[str, Query(alias="filter")] = "",
    ) -> Response:
        """302 to the next object of this queue, or to `objectID=null` when none came within `ttw` seconds."""
        try:
            package_filter = PackageFilter(wanted)
        except ValueError:
            return Response(status_code=400)
        queue = state.queues.enter(queue_id.strip()) if queue_id.strip() else None
        if queue is None:
            return Response(status_code=429)
        try:
            object_id = await _next_object(state, request, queue, package_filter, wait_seconds(ttw))
        finally:
            state.queues.leave(queue)
        folder = request.url.path.rpartition("/")[0]  # the service may be mounted below a prefix
        return RedirectResponse(f"{folder}/object.php?objectID={object_id}", status_code=302)

    @router.get("/object.php")
    async def read_object(object_id: Annotated[str, Query(alias="objectID")] = "") -> Response:
        """The package behind an objectID; 404 where it is unknown or older than three hours."""
        if object_id.strip() == "null":
            return JsonReply({"package": None})
        killmail_id = state.queues.fetch(object_id.strip())
        if killmail_id is None:
            return Response(status_code=404)
        return JsonReply({"package": package(state.feed.kill(killmail_id), state.config.embed)})

    return router


def wait_seconds(ttw: str) -> int:
    """`ttw` as the whole seconds that RedisQ makes of it: 1 to 10, and 10 where it is no number."""
    try:
        return min(MAX_WAIT_SECONDS, max(1, int(float(ttw))))
    except (ValueError, OverflowError):
        return MAX_WAIT_SECONDS


def package(kill: Kill, embed: bool) -> dict[str, Any]:
    """What RedisQ gives of a kill; the body only on demand, or where ESI could not serve it."""
    told: dict[str, Any] = {"killID": kill.killmail_id}
    if embed or kill.killmail_hash == CCP_VERIFIED:
        told["killmail"] = msgspec.Raw(kill.body)
    return {**told, "zkb": kill.zkb}


async def _next_object(
    state: SimulatorState, request: Request, queue: Queue, wanted: PackageFilter, seconds: int
) -> str:
    """Pop until a kill passes the filter, waiting for it up to `seconds`; its objectID, or `null`.

    Who hangs up while waiting, as a process that was killed does, is in flight no longer, and nothing is popped.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        killmail_id = state.queues.pop(queue)
        if killmail_id is not None:
            if not wanted.rules or wanted.matches(_plain_package(state, killmail_id)):
                return state.queues.publish(queue, killmail_id)
            queue.filtered += 1
        elif loop.time() >= deadline or state.stopping or await request.is_disconnected():
            return "null"
        await asyncio.sleep(0 if killmail_id is not None else _POLL_SECONDS)


def _plain_package(state: SimulatorState, killmail_id: int) -> object:
    told = package(state.feed.kill(killmail_id), state.config.embed)
    return msgspec.json.decode(msgspec.json.encode(told))


_RULE = re.compile(r"\s*(\w+)\s*(<=|>=|!=|=|<|>)\s*(.*?)\s*")
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class FilterRule(NamedTuple):
    key: str
    holds: Callable[[Any, Any], bool]
    value: str


class PackageFilter:
    """What a client wants to see of the feed; the rest is popped and thrown away."""

    def __init__(self, text: str) -> None:
        """Parse `text`; an empty one lets everything pass. Raises ValueError where it is no filter."""
        if ";" in text and "," in text:
            raise ValueError("a filter joins its rules by ; or by ,, not by both")
        self._join = any if "," in text else all
        self.rules = [_rule(part) for part in re.split("[;,]", text)] if text.strip() else []

    def matches(self, package: object) -> bool:
        """Whether this package (plain JSON values) passes; a key is looked for at every depth."""
        return self._join(any(_compare(rule, value) for value in _values(package, rule.key)) for rule in self.rules)


def _rule(text: str) -> FilterRule:
    match = _RULE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not of the form key=value")
    return FilterRule(match[1], _OPERATORS[match[2]], match[3])


def _compare(rule: FilterRule, value: object) -> bool:
    try:
        return rule.holds(float(value), float(rule.value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return rule.holds(str(value), rule.value)


def _values(node: object, key: str) -> Iterator[object]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from _values(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, key)
