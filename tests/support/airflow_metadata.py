"""Airflow's metadata database as tests look at it and let it age."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection as Session
from sqlalchemy import text

from killmart.config.connections import Connection, database_url
from killmart.db.engine import build_engine
from killmart.runtime import Runtime

_AGED = {
    "dag_run": ("start_date", "end_date", "created_at", "queued_at", "run_after"),
    "task_instance": ("start_date", "end_date", "queued_dttm"),
    "xcom": ("timestamp",),
}


def told_of(runtime: Runtime, metadata: Connection | None) -> Runtime:
    """The runtime with this connection `metadata`."""
    find = runtime.find_connection
    return replace(runtime, find_connection=lambda name: metadata if name == "metadata" else find(name))


@contextmanager
def asking(metadata: Connection) -> Iterator[Session]:
    """A transaction in that database."""
    engine = build_engine(database_url(metadata))
    try:
        with engine.begin() as session:
            yield session
    finally:
        engine.dispose()


def found(metadata: Connection, query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """What a query returns there."""
    with asking(metadata) as session:
        return [tuple(row) for row in session.execute(text(query), parameters)]


def change(metadata: Connection, statement: str, **parameters: Any) -> None:
    """Execute a statement there and commit it."""
    with asking(metadata) as session:
        session.execute(text(statement), parameters)


def age(metadata: Connection, dag_id: str, run_id: str, days: float) -> None:
    """Let a run have happened so many days earlier, with its tasks and what they returned."""
    for table, columns in _AGED.items():
        moved = ", ".join(f"{column} = {column} - make_interval(days => :days)" for column in columns)
        statement = f"UPDATE {table} SET {moved} WHERE dag_id = :dag_id AND run_id = :run_id"
        change(metadata, statement, days=days, dag_id=dag_id, run_id=run_id)
