"""Reads sums of the mart: of an entity or of everybody over some days, and row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Connection, TextClause

from killmart.db.reading import Row, find, rows, select
from killmart.db.sql import named_sql
from killmart.model.day_range import Days

_OF_ENTITY = ("day", "entity_kind", "entity_id")
MART_KEYS = {
    "activity_daily": _OF_ENTITY,
    "activity_hourly": (*_OF_ENTITY, "hour"),
    "ships_daily": (*_OF_ENTITY, "ship_type_id"),
    "value_distribution": (*_OF_ENTITY, "magnitude"),
    "fleet_sizes": (*_OF_ENTITY, "at_least"),
    "systems_daily": (*_OF_ENTITY, "system_id"),
    "corporations_daily": (*_OF_ENTITY, "corporation_id"),
    "relations_daily": (*_OF_ENTITY, "other_id"),
    "items_daily": ("day", "type_id"),
}
"""The marts that are read row by row, each with the columns of its key, in their order."""
Key = tuple[Any, ...]
"""Values of a row's key, its UTC day first: where a list of rows goes on."""
_LEAST = {"entity_kind": "character"}
"""What comes before every key of a day, for columns that are no number above 0."""


@dataclass(frozen=True)
class Answer:
    """The rows of a query, its amounts as int or float, and the query itself with its values in place."""

    rows: list[Row]
    sql: str


def ask(connection: Connection, statement: TextClause, **parameters: Any) -> Answer:
    """Ask a statement."""
    found = rows(connection, statement, parameters)
    plain = [{column: _plain(value) for column, value in row.items()} for row in found]
    return Answer(plain, _as_run(connection, statement, parameters))


def _as_run(connection: Connection, statement: TextClause, parameters: dict[str, Any]) -> str:
    """The statement as PostgreSQL gets it: its values quoted by the driver."""
    query = str(statement.compile(dialect=connection.dialect))
    cursor: Any = connection.connection.cursor()
    try:
        return str(cursor.mogrify(query, parameters).decode().strip()) + ";"
    finally:
        cursor.close()


def seen(connection: Connection, entity_kind: str, entity_id: int | None) -> tuple[date | None, date | None]:
    """The first and the last day with a kill or a loss of an entity, or of anybody."""
    if entity_id is None:
        found = find(connection, "mart/find_seen_of_all")
    else:
        found = find(connection, "mart/find_seen", entity_kind=entity_kind, entity_id=entity_id)
    assert found is not None  # a row of aggregates is always there
    return found["first_day"], found["last_day"]


def totals(connection: Connection, entity_kind: str, entity_id: int, days: Days) -> Row:
    """What an entity did over some days."""
    found = find(connection, "mart/sum_totals", entity_kind=entity_kind, entity_id=entity_id, **asdict(days))
    assert found is not None  # a row of aggregates is always there
    return found


def ships(connection: Connection, entity_kind: str, entity_id: int, days: Days) -> list[Row]:
    """Its ship types over some days: flown on kills, killed, lost."""
    return select(connection, "mart/sum_ships", entity_kind=entity_kind, entity_id=entity_id, **asdict(days))


class Whose(NamedTuple):
    """Whose rows are wanted; None for those of all kinds, and of all entities of a kind."""

    entity_kind: str | None
    entity_id: int | None


def rows_of_entities(
    connection: Connection, mart: str, key: Sequence[str], days: Days, limit: int, after: Key | None, whose: Whose
) -> list[Row]:
    """Rows of a mart about entities over some days in the order of its key, those after a row.

    Sums of everybody are worked out for each day when they are asked for: so no more days are read than the rows need.
    """
    statement = named_sql("mart/select_rows", one_mart=[mart], each_key=key)
    wanted = whose._asdict() | {"after": after or _before(days, key)}
    found: list[Row] = []
    for part in days.one_by_one() if whose.entity_id is None else [days]:
        found += rows(connection, statement, {**wanted, **asdict(part), "limit": limit - len(found)})
        if len(found) == limit:
            break
    return found


def items(
    connection: Connection, key: Sequence[str], days: Days, limit: int, after: Key | None, type_id: int | None
) -> list[Row]:
    """Rows of items_daily over some days, of all types or one; else the same."""
    wanted = {"type_id": type_id, "after": after or _before(days, key), "limit": limit}
    return select(connection, "mart/select_items_daily", **wanted, **asdict(days))


def _before(days: Days, key: Sequence[str]) -> Key:
    """A key below all of the first day and later."""
    return tuple(days.first if column == "day" else _LEAST.get(column, 0) for column in key)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
