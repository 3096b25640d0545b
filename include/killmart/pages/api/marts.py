"""Rows of mart tables, by entity or by day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from killmart.db import api
from killmart.model.day_range import Days
from killmart.pages.api.answers import answer
from killmart.pages.api.errors import Refused
from killmart.pages.api.fields import AskedDays, Cursor, EntityKind, Id, SmallId
from killmart.pages.api.mart_models import KEYS, PAGES
from killmart.pages.api.paging import cursors_of, page_of
from killmart.pages.frame.warehouse import warehouse

router = APIRouter(prefix="/marts", tags=["marts"])

DEFAULT_DAYS = 30
LONGEST_OF_ONE, LONGEST_OF_ALL = 3_660, 31


class AskedRows(AskedDays):
    """Which rows of a mart table."""

    entity_kind: EntityKind | None = None
    entity_id: Id | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class AskedItems(AskedDays):
    """Which rows of items_daily."""

    type_id: SmallId | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


def _entity_rows(table: str) -> Callable[..., Response]:
    def rows(request: Request, asked: Annotated[AskedRows, Query()]) -> Response:
        if asked.entity_id is not None and asked.entity_kind is None:
            raise Refused("`entity_id` needs its `entity_kind`: character, corporation, alliance or system.")
        filters = {"entity_kind": asked.entity_kind, "entity_id": asked.entity_id}
        return _page(request, table, asked, filters, ("after_day", "after_kind", "after_id", "after_part"))

    return rows


def _items(request: Request, asked: Annotated[AskedItems, Query()]) -> Response:
    return _page(request, "items_daily", asked, {"type_id": asked.type_id}, ("after_day", "after_part"))


def _page(
    request: Request, table: str, asked: AskedRows | AskedItems, filters: dict[str, Any], places: tuple[str, ...]
) -> Response:
    of_one = any(filters[name] is not None for name in ("entity_id", "type_id") if name in filters)
    days = asked.days(DEFAULT_DAYS, LONGEST_OF_ONE if of_one else LONGEST_OF_ALL)
    cursors = cursors_of(request, f"marts.{table}")
    key: list[Any] = cursors.read(asked.cursor) or []
    if key:  # the days before are done with: the index begins where the page does
        days = Days(max(days.first, date.fromisoformat(key[0])), days.last)
    after = dict(zip(places, [*key, *[None] * len(places)], strict=False))
    with warehouse(request) as connection:
        found = api.mart_rows(connection, table, days, asked.limit + 1, filters | after)
    rows, following = page_of(found, asked.limit, cursors, KEYS[table])
    return answer(request, PAGES[table], {"rows": rows, "next": following})


for _table, _model in PAGES.items():
    router.add_api_route(
        f"/{_table}",
        _items if _table == "items_daily" else _entity_rows(_table),
        response_model=_model,
        methods=["GET"],
        name=_table,
        summary=_model.__doc__,
    )
