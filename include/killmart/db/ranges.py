"""Ranges of killmail ids, by which core's kill tables are partitioned (docs/adr/0013-partitions.md).

A range is made when its first killmail is about to come, or a little before: in all kill tables, or in none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypedDict

from sqlalchemy import Connection, Engine, text

from killmart.config.sqlfiles import KILL_TABLES
from killmart.db.locks import take_turn_if_free
from killmart.db.sql import batch_sql, sql


class Between(TypedDict):
    """The least and the greatest of some ids of killmails, None where there are none.

    A join gives the planner no idea of the ranges that it will meet, and their costs are added up as if it met all of
    them: a statement that joins kill tables to a list of killmails says between which ids these lie.
    """

    lowest: int | None
    highest: int | None


def of_batch(connection: Connection, batch_id: int) -> Between:
    """Between which ids the killmails of a batch lie, those of which only the zkb block comes included."""
    row = connection.execute(batch_sql("candidate/find_bounds", batch_id)).one()
    return {"lowest": row.lowest, "highest": row.highest}


def make_for_batch(connection: Connection, batch_id: int, built: Sequence[int] = ()) -> None:
    """Make the ranges that a batch's killmails need and core does not have, in the caller's transaction.

    Of those that are being `built`, kills_fact alone.
    """
    connection.execute(batch_sql("core/make_batch_ranges", batch_id), {"built": list(built)})


def make_ahead(engine: Engine) -> None:
    """Make the range that killmails will come to next, so that no promotion has to while it holds its locks.

    Attaching waits for whoever writes to a kill table, and has writers wait: so it is done by who has the promotions'
    turn, and left to the next one where somebody else promotes.
    """
    with engine.begin() as connection:
        if take_turn_if_free(connection):
            connection.execute(sql("core/make_next_range"))


def tell_counts(connection: Connection) -> None:
    """Have PostgreSQL count what the caller's transaction writes as soon as it is committed, for `analyze`."""
    connection.execute(text("SELECT pg_stat_force_next_flush()"))


def analyze(engine: Engine) -> list[str]:
    """Show the planner what kill tables hold as a whole, where that has grown by half and more; returns their names.

    Autovacuum looks at ranges alone. Waits for nobody: a table that somebody else analyzes or gives a range is left
    for the next time.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        grown = list(connection.execute(sql("core/find_grown_tables"), {"tables": list(KILL_TABLES)}).scalars())
        for table in grown:
            connection.execute(text(f"ANALYZE (SKIP_LOCKED) ONLY core.{table}"))
    return grown


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one moment of the warehouse, of which no range is put in place of another meanwhile.

    Who looked first and locked then would find a range empty that was exchanged between (db.bare_ranges): new tables
    hold nothing that is older than they are.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        connection.execute(sql("core/hold_ranges"))
        yield connection
