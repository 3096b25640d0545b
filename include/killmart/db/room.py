"""Room on disk: what updates leave behind in the tables of killmails is used again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from killmart.config.sqlfiles import JUNCTIONS
from killmart.db.sql import named_sql

_UPDATED = ("kills_fact", "kill_items", *(f"kill_{entities}" for entities in JUNCTIONS.values()))
"""Kill tables whose rows change while a killmail stays: its figures, and the prices of its items."""


def free_replaced(engine: Engine, ids: Sequence[int]) -> None:
    """Let the rows that were replaced when these killmails changed be used again, once that is committed.

    Only pages that changed are read; indexes as well where many have (PostgreSQL decides). Neither readers nor writers
    wait for it: a table that somebody else has locked or vacuums is left out, and the next call or autovacuum does it.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        parts: list[str] = []
        for table in _UPDATED:
            statement = named_sql("core/select_kill_parts", one_table=[table])
            parts += connection.execute(statement, {"ids": list(ids)}).scalars()
        if parts:
            connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED, TRUNCATE FALSE) {', '.join(parts)}")
