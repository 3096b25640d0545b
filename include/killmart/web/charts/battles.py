"""Battles: the latest anywhere, or of an entity; and who stood where in one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import Response

from killmart.db import battles
from killmart.db.reading import Row
from killmart.web.charts.charts import EVERYWHERE, entity_of
from killmart.web.charts.ranges import EARLIEST, Range
from killmart.web.charts.rankings import name_of
from killmart.web.charts.scope import Scope
from killmart.web.charts.section import CHARTS
from killmart.web.errors import Missing
from killmart.web.frame.fields import AfterId, BeforeId, EntityKind, PathId
from killmart.web.frame.warehouse import warehouse
from killmart.web.paging import PAGE_ROWS, page_of

router = APIRouter(prefix="/charts")


@router.get("/battles")
def everywhere(request: Request, before: BeforeId = None) -> Response:
    """All battles, the latest first."""
    with warehouse(request) as connection:
        view = _listed(connection, "system", None, before)
    return CHARTS.show(request, "battles", view | {"entity": None, "where": EVERYWHERE}, title="Battles")


@router.get("/battles/{battle_id}")
def battle(request: Request, battle_id: PathId, after: AfterId = None) -> Response:
    """One battle: its sides, and its killmails."""
    with warehouse(request) as connection:
        found = battles.battle(connection, battle_id)
        if found is None:
            raise Missing(
                f"There is no battle {battle_id} in the mart.",
                "A battle may get another number when killmails of it come in late; the list has all there are.",
            )
        sides = battles.sides(connection, [battle_id])
        kills = battles.kills(connection, battle_id, PAGE_ROWS + 1, after or 0)
    told = _told(found)
    view = {"battle": told, "sides": sides, "page": page_of(kills, "killmail_id")}
    return CHARTS.show(request, "battle", view, title=f"Battle of {told['place']}")


@router.get("/{kind}/{entity_id}/battles")
def of_entity(request: Request, kind: EntityKind, entity_id: PathId, before: BeforeId = None) -> Response:
    """The battles of an entity, the latest first."""
    with warehouse(request) as connection:
        entity, _ = entity_of(connection, kind, entity_id)
        view = _listed(connection, kind, entity_id, before)
    where = entity["name"]
    return CHARTS.show(request, "battles", view | {"entity": entity, "where": where}, title=f"Battles of {where}")


def _listed(connection: Connection, kind: str, entity_id: int | None, before: int | None) -> dict[str, Any]:
    always = Range("", EARLIEST, datetime.now(UTC).date())
    scope = Scope(connection, kind, entity_id, always)
    answer = scope.battles(is_by_isk=False, before=before, limit=PAGE_ROWS + 1)
    page = page_of(answer.rows, "battle_id")
    sides: dict[int, list[Row]] = {row["battle_id"]: [] for row in page.rows}
    for side in battles.sides(connection, list(sides), is_brief=True) if sides else ():
        sides[side["battle_id"]].append(side)
    rows = [_told(row) | {"of_sides": sides[row["battle_id"]]} for row in page.rows]
    return {"rows": rows, "next_key": page.next_key, "before": before, "sql": answer.sql}


def _told(row: Row) -> Row:
    return row | {
        "place": name_of("system", row["system_id"], row["system_name"]),
        "seconds": (row["ended_at"] - row["started_at"]).total_seconds(),
    }
