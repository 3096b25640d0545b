"""Characters, corporations, alliances and systems: found by name, and summed up over some days."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from killmart.db import entities, sums
from killmart.db.reading import Row
from killmart.web.api.answers import answer
from killmart.web.api.fields import Asked, AskedDays
from killmart.web.api.models import Entity, Found
from killmart.web.errors import Missing
from killmart.web.frame import fields
from killmart.web.frame.fields import EntityKind
from killmart.web.frame.warehouse import warehouse

router = APIRouter(prefix="/entities", tags=["entities"])

DEFAULT_DAYS, LONGEST = 30, 366
SHIPS = 10


class AskedName(Asked):
    """What to look for."""

    q: Annotated[
        str, Field(min_length=2, max_length=100, pattern=r"^[^\x00]*$", description="How the name begins, in any case")
    ]
    entity_kind: EntityKind | None = None
    limit: Annotated[int, Field(ge=1, le=50, description="Of each kind")] = 10


@router.get("/search", response_model=Found)
def search(request: Request, asked: Annotated[AskedName, Query()]) -> Response:
    """Entities whose name begins with a text, those of exactly this name first."""
    with warehouse(request) as connection:
        found = entities.named_like(connection, asked.q, asked.limit)
    named = [
        {name: row[name] for name in ("entity_kind", "entity_id", "name")}
        for row in found
        if asked.entity_kind in (None, row["entity_kind"])
    ]
    return answer(request, Found, {"entities": named})


@router.get("/{entity_kind}/{entity_id}", response_model=Entity)
def entity(
    request: Request, entity_kind: EntityKind, entity_id: fields.PathId, asked: Annotated[AskedDays, Query()]
) -> Response:
    """An entity: name, affiliation, totals, ratio, efficiency and ships over up to 366 days, else over the last 30."""
    days = asked.days(DEFAULT_DAYS, LONGEST)
    with warehouse(request) as connection:
        found = entities.entity(connection, entity_kind, entity_id)
        if found is None:
            raise Missing(f"The warehouse knows no {entity_kind} {entity_id}.", "")
        summary = {
            **found,
            "last_day": sums.seen(connection, entity_kind, entity_id)[1],
            "first": days.first,
            "last": days.last,
            "totals": sums.totals(connection, entity_kind, entity_id, days),
            "top_ships": sorted(sums.ships(connection, entity_kind, entity_id, days), key=_flown_most)[:SHIPS],
        }
    return answer(request, Entity, summary)


def _flown_most(ship: Row) -> tuple[int, ...]:
    return -ship["kills_with"], -ship["killed"], -ship["lost"], ship["ship_type_id"]
