"""How readers ask the warehouse: short, read-only, one consistent view per page; rows as dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, TextClause

from killmart.db.sql import sql

Row = dict[str, Any]


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A read-only transaction that sees one moment of the warehouse."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection:
        yield connection


def select(connection: Connection, name: str, **parameters: Any) -> list[Row]:
    """The rows of the statement `name` as dictionaries."""
    return rows(connection, sql(name), parameters)


def rows(connection: Connection, statement: TextClause, parameters: Mapping[str, Any]) -> list[Row]:
    """The rows of a statement as dictionaries."""
    return [dict(row) for row in connection.execute(statement, parameters).mappings()]


def find(connection: Connection, name: str, **parameters: Any) -> Row | None:
    """The one row of the statement `name`, or None."""
    row = connection.execute(sql(name), parameters).mappings().one_or_none()
    return None if row is None else dict(row)
