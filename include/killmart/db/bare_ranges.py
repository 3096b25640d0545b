"""Builds whole ranges of killmail ids for batches that are promoted together (docs/adr/0018-ranges-built-bare.md).

Rows come to tables without keys and indexes, which are added then, and the tables are attached: half of what inserting
costs. All in the transaction that promotes the batches, so that nobody sees any of it before, and a crash leaves
nothing behind. kills_fact takes part in none of it: its rows are inserted, with the moment of their promotion.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from psycopg2.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, text
from tenacity import RetryError, Retrying, stop_after_attempt, wait_fixed

from killmart.config.sqlfiles import KILL_TABLES
from killmart.db.catalog import loaded_columns
from killmart.db.locks import said_by_postgres, wait_at_most
from killmart.db.sql import batch_sql, named_sql, sql

log = logging.getLogger(__name__)

WORTH_BUILDING = 100_000
"""Killmails that have to come to a range: with 40,000 nothing was gained (docs/performance.md)."""
MOST_THERE = 0.66
"""Of each killmail that comes core may have so much in the range: what is there is written once more."""
LOCK_PATIENCE = 0.1
"""Seconds that readers of a kill table may have to wait for us, who wait for other readers, before we try again."""
LOCK_TRIES = 30
LOCK_PAUSE = 1.0
"""Seconds between two tries to put a range in place of another."""
BUILT_TABLES = KILL_TABLES[1:]


def choose(connection: Connection, batch_ids: Sequence[int]) -> tuple[list[int], list[int]]:
    """Which ranges are worth being built for these batches, and for which of the batches.

    Of several batches with the same killmail the first one alone takes part, the others find it in core then.
    """
    connection.execute(sql("core/create_together_tables"))
    for batch_id in batch_ids:
        connection.execute(batch_sql("core/insert_together", batch_id), {"batch_id": batch_id})
    repeating = set(connection.execute(sql("core/select_repeating_batches")).scalars())
    fit = [batch_id for batch_id in batch_ids if batch_id not in repeating]
    worth = {"batch_ids": fit, "worth": WORTH_BUILDING, "most_there": MOST_THERE}
    return list(connection.execute(sql("core/select_ranges_to_build"), worth).scalars()), fit


def build(connection: Connection, numbers: Sequence[int], batch_ids: Sequence[int]) -> None:
    """Build these ranges of the batches' rows and of those that core has there; one caller at a time."""
    for number in numbers:
        connection.execute(sql("core/insert_there"), {"number": number})
    connection.execute(text("ANALYZE promotion_there"))
    for number in numbers:
        is_there = _is_there(connection, number)
        coming = (
            connection.execute(sql("core/select_batches_of_range"), {"number": number, "batch_ids": batch_ids})
            .scalars()
            .all()
        )
        for table in BUILT_TABLES:
            columns = loaded_columns(connection, [table])[table].columns
            names = {"one_table": [table], "one_part": [part_of(table, number)], "each_column": columns}
            _call(connection, "create_part", table, number)
            for batch_id in coming:
                connection.execute(batch_sql("core/fill_part", batch_id, **names), {"number": number})
            if is_there:
                connection.execute(named_sql("core/copy_part", one_list=["promotion_there"], **names))
            _call(connection, "index_part", table, number)


def lock_entities(connection: Connection) -> None:
    """Keep other writers off those whom kill tables refer to, before any of them is touched."""
    connection.execute(sql("core/lock_entities"))


def catch_up(connection: Connection, numbers: Sequence[int]) -> None:
    """Bring to ranges that are built what core has there by now; for who has the promotions' turn."""
    for number in numbers:
        if not _is_there(connection, number):
            continue  # nothing came meanwhile
        connection.execute(text("TRUNCATE promotion_outdated"))
        if connection.execute(sql("core/insert_outdated"), {"number": number}).rowcount:
            for table in BUILT_TABLES:
                names = {
                    "one_part": [part_of(table, number)],
                    "each_column": loaded_columns(connection, [table])[table].columns,
                }
                connection.execute(named_sql("core/delete_outdated", **names))
                connection.execute(named_sql("core/copy_part", one_list=["promotion_outdated"], **names))


def attach(connection: Connection, numbers: Sequence[int]) -> list[int]:
    """Attach ranges that are built, or insert their new rows where others read kill tables for too long.

    Returns those that were attached. Nothing but the commit should come after it: who reads a kill table waits for it.
    """
    tries = Retrying(
        retry=said_by_postgres(LockNotAvailable), stop=stop_after_attempt(LOCK_TRIES), wait=wait_fixed(LOCK_PAUSE)
    )
    try:
        tries(_attach_without_readers, connection, numbers)
    except RetryError:
        new = [number for number in numbers if not _is_there(connection, number)]
        _attach(connection, new)
        for number in numbers:
            if number not in new:
                log.warning(
                    "range %d of the kill tables is read without a pause, so that it cannot be exchanged; its new "
                    "killmails are inserted instead, which takes longer",
                    number,
                )
                _insert(connection, number)
        return new
    return list(numbers)


def vacuum(engine: Engine, numbers: Sequence[int]) -> None:
    """Have indexes of these ranges answer alone, and the planner know what they hold."""

    def vacuum_part(part: str) -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM (ANALYZE, SKIP_LOCKED) core.{part}")

    with ThreadPoolExecutor(2, thread_name_prefix="vacuum") as pool:
        list(pool.map(vacuum_part, [part_of(table, number) for number in numbers for table in KILL_TABLES]))


def part_of(table: str, number: int) -> str:
    """What a range of a kill table is called."""
    return f"{table}_r{int(number)}"


def _attach_without_readers(connection: Connection, numbers: Sequence[int]) -> None:
    """Attach with nobody at the kill tables: who plans a statement then finds a new range in all of them or in none."""
    with connection.begin_nested():
        wait_at_most(connection, LOCK_PATIENCE)  # less than PostgreSQL waits before it looks for deadlocks
        connection.execute(sql("core/lock_kill_tables"))
        _attach(connection, numbers)


def _attach(connection: Connection, numbers: Sequence[int]) -> None:
    for number in numbers:
        for table in BUILT_TABLES:
            _call(connection, "attach_part", table, number)


def _insert(connection: Connection, number: int) -> None:
    for table in BUILT_TABLES:
        columns = loaded_columns(connection, [table])[table].columns
        names = {"one_table": [table], "one_part": [part_of(table, number)], "each_column": columns}
        connection.execute(named_sql("core/insert_built", **names))
        _call(connection, "drop_part", table, number)


def _is_there(connection: Connection, number: int) -> bool:
    return bool(connection.execute(sql("core/find_range"), {"number": number}).scalar_one())


def _call(connection: Connection, function: str, table: str, number: int) -> None:
    connection.execute(text(f"SELECT core.{function}(:table, :number)"), {"table": table, "number": number})
