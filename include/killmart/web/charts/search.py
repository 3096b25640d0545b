"""Finds whom a person means by a name or an id."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from killmart.db import entities
from killmart.db.reading import Row
from killmart.web.frame.fields import MAX_BIGINT
from killmart.web.frame.warehouse import warehouse

router = APIRouter(prefix="/charts")

Typed = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
"""What was typed into the search box."""
_SUGGESTED, _LISTED = 6, 50
"""Names of each kind that are suggested while typing, and listed."""


@router.get("/names")
def names(request: Request, q: Typed = "") -> Response:
    """Names that begin with what was typed, for the search box."""
    with warehouse(request) as connection:
        found = entities.named_like(connection, q.strip(), _SUGGESTED) if q.strip() else []
    return JSONResponse([{"name": one["name"], "kind": one["entity_kind"]} for one in found])


def meant_by(connection: Connection, typed: str) -> tuple[Row | None, list[Row]]:
    """The one that is meant beyond doubt, or None; and all that may be."""
    by_id: list[Row] = []
    if typed.isascii() and typed.isdigit() and int(typed) <= MAX_BIGINT:
        by_id = entities.of_id(connection, int(typed))
    by_name = entities.named_like(connection, typed, _LISTED)
    found = by_id + [one for one in by_name if key_of(one) not in {key_of(known) for known in by_id}]
    sure = by_id + [one for one in by_name if one["is_exact"]] or by_name
    return (sure[0] if len({key_of(one) for one in sure}) == 1 else None), found


def key_of(one: Row) -> tuple[Any, ...]:
    """What distinguishes entities."""
    return one["entity_kind"], one["entity_id"]
