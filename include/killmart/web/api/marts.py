"""Rows of mart tables, by entity or by day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import Connection
from starlette.responses import Response

from killmart.db import sums
from killmart.db.reading import Row
from killmart.db.sums import MART_KEYS, Key
from killmart.model.day_range import Days
from killmart.web.api.answers import answer
from killmart.web.api.cursors import cursors_of
from killmart.web.api.fields import AskedCursor, AskedDays, AskedId, AskedSmallId
from killmart.web.api.mart_models import MART_PAGES
from killmart.web.errors import Refused
from killmart.web.frame.fields import EntityKind
from killmart.web.frame.warehouse import warehouse
from killmart.web.paging import page_of

router = APIRouter(prefix="/marts", tags=["marts"])

DEFAULT_DAYS = 30
LONGEST_OF_ONE, LONGEST_OF_ALL = 3_660, 31


class AskedRows(AskedDays):
    """Which rows of a mart table."""

    entity_kind: EntityKind | None = None
    entity_id: AskedId | None = None
    cursor: AskedCursor | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class AskedItems(AskedDays):
    """Which rows of items_daily."""

    type_id: AskedSmallId | None = None
    cursor: AskedCursor | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


def _entity_rows(mart: str) -> Callable[..., Response]:
    def rows(request: Request, asked: Annotated[AskedRows, Query()]) -> Response:
        if asked.entity_id is not None and asked.entity_kind is None:
            raise Refused("`entity_id` needs its `entity_kind`: character, corporation, alliance or system.")

        def read(connection: Connection, days: Days, limit: int, after: Key | None) -> list[Row]:
            whose = sums.Whose(asked.entity_kind, asked.entity_id)
            return sums.rows_of_entities(connection, mart, MART_KEYS[mart], days, limit, after, whose)

        return _page(request, mart, asked, read, is_of_one=asked.entity_id is not None)

    return rows


def _items(request: Request, asked: Annotated[AskedItems, Query()]) -> Response:
    def read(connection: Connection, days: Days, limit: int, after: Key | None) -> list[Row]:
        return sums.items(connection, MART_KEYS["items_daily"], days, limit, after, asked.type_id)

    return _page(request, "items_daily", asked, read, is_of_one=asked.type_id is not None)


def _page(
    request: Request,
    mart: str,
    asked: AskedRows | AskedItems,
    read: Callable[[Connection, Days, int, Key | None], list[Row]],
    *,
    is_of_one: bool,
) -> Response:
    days = asked.days(DEFAULT_DAYS, LONGEST_OF_ONE if is_of_one else LONGEST_OF_ALL)
    cursors = cursors_of(request, f"marts.{mart}")
    after: Key | None = None
    if key := cursors.read(asked.cursor):
        after = (date.fromisoformat(key[0]), *key[1:])
        days = Days(max(days.first, after[0]), days.last)  # the days before are done with: an index begins here
    with warehouse(request) as connection:
        found = read(connection, days, asked.limit + 1, after)
    page = page_of(found, *MART_KEYS[mart], size=asked.limit)
    return answer(request, MART_PAGES[mart], {"rows": page.rows, "next": cursors.after(page)})


for _table, _model in MART_PAGES.items():
    router.add_api_route(
        f"/{_table}",
        _items if _table == "items_daily" else _entity_rows(_table),
        response_model=_model,
        methods=["GET"],
        name=_table,
        summary=_model.__doc__,
    )
