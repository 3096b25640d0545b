"""Airflow's own database, of which only housekeeping reads: runs that have not ended, archives that were left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from killmart.db.sql import sql


@dataclass(frozen=True)
class UnfinishedRun:
    """A DAG run that is queued or runs; `began_at` is None where nothing of it has begun."""

    dag_id: str
    run_id: str
    began_at: datetime | None


def unfinished_runs(connection: Connection) -> list[UnfinishedRun]:
    """The runs that have not ended, the oldest first; raises ProgrammingError where no Airflow has a database there."""
    return [UnfinishedRun(**row._mapping) for row in connection.execute(sql("airflow/select_unfinished_runs"))]


def archived_tables(connection: Connection) -> list[str]:
    """Tables that a broken off `airflow db clean`, or one of somebody else, has left with rows in them."""
    return list(connection.execute(sql("airflow/select_archived_tables")).scalars())
