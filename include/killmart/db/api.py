"""What the JSON API reads of the mart: sums, in pages that an index serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from killmart.db.reading import Row, find, select
from killmart.model.day_range import Days


def totals(connection: Connection, entity_kind: str, entity_id: int, days: Days) -> Row:
    """What an entity did over some days, from the mart."""
    found = find(connection, "mart/api_totals", entity_kind=entity_kind, entity_id=entity_id, **asdict(days))
    assert found is not None  # a row of aggregates is always there
    return found


def top_ships(connection: Connection, entity_kind: str, entity_id: int, days: Days, limit: int) -> list[Row]:
    """Its ship types over some days, those flown on most kills first."""
    return select(
        connection, "mart/api_top_ships", entity_kind=entity_kind, entity_id=entity_id, limit=limit, **asdict(days)
    )


def mart_rows(connection: Connection, table: str, days: Days, limit: int, values: Mapping[str, Any]) -> list[Row]:
    """Rows of a mart table over some days, in the order of its key; `values` are filters and the last key shown.

    Sums of everybody are worked out for each day when they are asked for: so no more days are read than the rows need.
    """
    is_everybody = values.get("entity_id", 0) is None
    rows: list[Row] = []
    for part in days.one_by_one() if is_everybody else [days]:
        rows += select(connection, f"mart/api_{table}", limit=limit - len(rows), **asdict(part), **values)
        if len(rows) == limit:
            break
    return rows
