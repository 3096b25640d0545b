"""What the tests of the reference data share: static data and ESI's lookups over real HTTP, people in core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text
from starlette.types import Message, Receive, Scope, Send

from killmart_demo.esi_limits import ErrorLimit
from killmart_demo.people import People
from killmart_demo.population import Pilot, pilot
from killmart_demo.sde import StaticData


@dataclass
class Request:
    """One request as it came, and the answer's status and body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    status: int = 0
    answer: bytes = b""


@dataclass
class Upstreams:
    """The static data, ESI's lookups and the prices of one test, at `sde`, `esi` and `everef`."""

    url: str
    static_data: StaticData
    people: People
    limit: ErrorLimit
    requests: list[Request] = field(default_factory=list)

    @property
    def urls(self) -> dict[str, str]:
        return {name: f"{self.url}/{name}" for name in ("sde", "esi", "everef")}

    def of(self, part: str) -> list[Request]:
        return [request for request in self.requests if part in request.path]


class Tape:
    """ASGI middleware that keeps every request with its answer."""

    def __init__(self, app: Any, kept: list[Request]) -> None:
        self.app = app
        self.kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope["method"], scope["path"], {k.decode(): v.decode() for k, v in scope["headers"]})
        self.kept.append(request)

        async def heard() -> Message:
            message = await receive()
            request.body += message.get("body", b"")
            return message

        async def said(message: Message) -> None:
            request.status = message.get("status", request.status)
            request.answer += message.get("body", b"")
            await send(message)

        await self.app(scope, heard, said)


MakeUpstreams = Callable[..., Upstreams]


def seen(engine: Engine, pilots: list[Pilot], days_ago: float = 0.1) -> None:
    """Put pilots with their corporations and alliances into core, as kills of some days ago would have."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    characters = [
        {"id": p.character_id, "corporation": p.corporation_id, "alliance": p.alliance_id, "at": at} for p in pilots
    ]
    corporations = {p.corporation_id: p.alliance_id for p in pilots}
    alliances = {p.alliance_id for p in pilots if p.alliance_id}
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO core.characters (eve_id, corporation_id, alliance_id, first_seen, last_seen)"
                " VALUES (:id, :corporation, :alliance, :at, :at)"
            ),
            characters,
        )
        connection.execute(
            text(
                "INSERT INTO core.corporations (eve_id, alliance_id, first_seen, last_seen)"
                " VALUES (:id, :alliance, :at, :at)"
            ),
            [{"id": c, "alliance": a, "at": at} for c, a in corporations.items()],
        )
        if alliances:
            connection.execute(
                text("INSERT INTO core.alliances (eve_id, first_seen, last_seen) VALUES (:id, :at, :at)"),
                [{"id": a, "at": at} for a in alliances],
            )


def some_pilots(count: int, first: int = 0) -> list[Pilot]:
    return [pilot(index) for index in range(first, first + count)]


def rows(engine: Engine, statement: str, **parameters: object) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(statement), parameters))


def change(engine: Engine, statement: str, **parameters: object) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), parameters)
