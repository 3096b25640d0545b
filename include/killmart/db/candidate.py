"""The candidate tables of a batch: made, filled by COPY, dropped.

COPY of ready text into UNLOGGED tables without indexes is the fastest load there is (docs/adr/0003-load-path.md).
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg2
from sqlalchemy import Connection

from killmart.db.sql import batch_sql


def create_candidate(connection: Connection, batch_id: int) -> None:
    """Make the candidate tables of one batch."""
    connection.execute(batch_sql("candidate/create_tables", batch_id))


def drop_candidate(connection: Connection, batch_id: int) -> None:
    """Drop the candidate tables of one batch; none there is fine."""
    connection.execute(batch_sql("candidate/drop_tables", batch_id))


def is_intact(connection: Connection, batch_id: int) -> bool:
    """Whether the batch's tables are as they were built; PostgreSQL empties UNLOGGED tables when it crashes."""
    return bool(connection.execute(batch_sql("candidate/find_intact", batch_id)).scalar_one())


def copy_lines(
    connection: Connection, batch_id: int, columns: Mapping[str, Sequence[str]], tables: Mapping[str, Sequence[str]]
) -> None:
    """COPY lines of text into the batch's tables: all of them, or none and `RefusedByDatabase`.

    `columns` names each table's columns in the order of its lines.
    """
    cursor: Any = connection.connection.cursor()
    cursor.execute("SAVEPOINT copy_lines")
    try:
        for table, lines in tables.items():
            if lines:
                text = io.StringIO("\n".join(lines) + "\n")
                cursor.copy_expert(
                    f"COPY candidate.{table}_{int(batch_id)} ({', '.join(columns[table])}) FROM STDIN", text
                )
    except (psycopg2.DataError, UnicodeEncodeError) as error:
        cursor.execute("ROLLBACK TO SAVEPOINT copy_lines; RELEASE SAVEPOINT copy_lines")
        raise RefusedByDatabase(str(error).splitlines()[0]) from None
    cursor.execute("RELEASE SAVEPOINT copy_lines")


class RefusedByDatabase(Exception):
    """PostgreSQL refuses a value in these lines; the message is its own."""
