"""Coverage: how complete days are, and which killmails one lacks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field
from starlette.responses import Response

from killmart.db.coverage import covered_day, covered_days
from killmart.web.api import models
from killmart.web.api.answers import answer
from killmart.web.api.cursors import cursors_of
from killmart.web.api.fields import Asked, AskedCursor, AskedDay, AskedDays
from killmart.web.errors import Missing
from killmart.web.frame.warehouse import warehouse
from killmart.web.paging import page_of

router = APIRouter(prefix="/coverage", tags=["coverage"])

DEFAULT_DAYS, LONGEST = 30, 366


class AskedMissing(Asked):
    """Which of the missing ids."""

    cursor: AskedCursor | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


@router.get("", response_model=models.Coverage)
def coverage(request: Request, asked: Annotated[AskedDays, Query()]) -> Response:
    """How complete up to 366 days are, else the last 30."""
    days = asked.days(DEFAULT_DAYS, LONGEST)
    with warehouse(request) as connection:
        found = covered_days(connection, days)
    return answer(request, models.Coverage, {"first": days.first, "last": days.last, "days": found})


@router.get("/{day}", response_model=models.Day)
def day(request: Request, day: Annotated[AskedDay, Path()], asked: Annotated[AskedMissing, Query()]) -> Response:
    """How complete one day is, with the ids that are missing."""
    cursors = cursors_of(request, "coverage")
    key = cursors.read(asked.cursor)
    with warehouse(request) as connection:
        found = covered_day(connection, day, asked.limit + 1, after=key[0] if key else 0)
    if found is None:
        raise Missing(f"The coverage of {day} was never checked.", "")
    page = page_of(found["missing_ids"], size=asked.limit)
    return answer(request, models.Day, found | {"missing_ids": page.rows, "next": cursors.after(page)})
