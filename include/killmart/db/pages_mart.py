"""What the charts read: sums of the mart over a range of days, by its indexes, and the SQL of each as it was run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from killmart.db.reading import Row, find, select
from killmart.db.sql import sql


@dataclass(frozen=True)
class Answer:
    """The rows of a query, its amounts as int or float, and the query itself with its values in place."""

    rows: list[Row]
    sql: str


def ask(connection: Connection, statement: str, **parameters: Any) -> Answer:
    """Ask a statement of include/sql/."""
    found = select(connection, statement, **parameters)
    rows = [{column: _plain(value) for column, value in row.items()} for row in found]
    return Answer(rows, as_run(connection, statement, parameters))


def as_run(connection: Connection, name: str, parameters: dict[str, Any]) -> str:
    """The statement `name` as PostgreSQL gets it: its values quoted by the driver."""
    statement = str(sql(name).compile(dialect=connection.dialect))
    cursor: Any = connection.connection.cursor()
    try:
        return str(cursor.mogrify(statement, parameters).decode().strip()) + ";"
    finally:
        cursor.close()


def seen(connection: Connection, kind: str, entity_id: int | None) -> tuple[date | None, date | None]:
    """The first and the last day with a kill or a loss of an entity, or of anybody."""
    if entity_id is None:
        found = find(connection, "mart/page_seen_all")
    else:
        found = find(connection, "mart/page_seen", kind=kind, entity_id=entity_id)
    assert found is not None  # a row of aggregates is always there
    return found["first_day"], found["last_day"]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
