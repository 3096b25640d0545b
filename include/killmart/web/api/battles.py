"""Battles: a list, the latest first, and one with its sides and killmails."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from killmart.db import battles as reading
from killmart.web.api.answers import answer
from killmart.web.api.cursors import cursors_of
from killmart.web.api.fields import MAX_INTEGER, AskedCursor, AskedDays, AskedSmallId
from killmart.web.api.models import BattlePage, WholeBattle
from killmart.web.errors import Missing
from killmart.web.frame import fields
from killmart.web.frame.warehouse import warehouse
from killmart.web.paging import page_of

router = APIRouter(prefix="/battles", tags=["battles"])

DEFAULT_DAYS, LONGEST = 30, 366


class AskedBattles(AskedDays):
    """Which battles."""

    system_id: AskedSmallId | None = None
    min_kills: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 0
    cursor: AskedCursor | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@router.get("", response_model=BattlePage)
def battles(request: Request, asked: Annotated[AskedBattles, Query()]) -> Response:
    """Battles that began within up to 366 days, else within the last 30."""
    days, cursors = asked.days(DEFAULT_DAYS, LONGEST), cursors_of(request, "battles")
    key = cursors.read(asked.cursor)
    before = (datetime.fromisoformat(key[0]), int(key[1])) if key else None
    with warehouse(request) as connection:
        found = reading.battles(
            connection, days, asked.limit + 1, system_id=asked.system_id, min_kills=asked.min_kills, before=before
        )
    page = page_of(found, "started_at", "battle_id", size=asked.limit)
    return answer(request, BattlePage, {"battles": page.rows, "next": cursors.after(page)})


@router.get("/{battle_id}", response_model=WholeBattle)
def battle(request: Request, battle_id: fields.PathId) -> Response:
    """A battle with who stood on which side, and its killmails."""
    with warehouse(request) as connection:
        found = reading.battle(connection, battle_id)
        if found is None:
            raise Missing(f"There is no battle {battle_id}; a battle goes by the id of its first killmail.", "")
        sides = reading.sides(connection, [battle_id])
        kills = reading.kills(connection, battle_id)
    side_list = [{name: value for name, value in side.items() if name != "battle_id"} for side in sides]
    return answer(request, WholeBattle, found | {"side_list": side_list, "killmails": kills})
