"""Counts of the whole warehouse, as `status` and the demo show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select, table

from killmart.db.sql import sql


def warehouse_counts(connection: Connection) -> dict[str, Any]:
    """What core holds, from when to when, and how many killmails are in quarantine."""
    return connection.execute(sql("ops/count_warehouse")).one()._asdict()


def staging_states(connection: Connection) -> dict[str, int]:
    """Killmails in staging by their state."""
    return {row.state: row.killmails for row in connection.execute(sql("staging/count_killmails"))}


def feed_holes(connection: Connection) -> dict[str, dict[str, Any]]:
    """What each feed did not give within a week: holes, maybe_lost, latest_at, latest."""
    rows = connection.execute(sql("staging/count_feed_holes")).mappings()
    return {row["feed"]: {name: value for name, value in row.items() if name != "feed"} for row in rows}


def whole_days(connection: Connection) -> dict[str, Any]:
    """UTC days that were compared with a source (loaded), those that lack nothing (complete), first and last day."""
    return connection.execute(sql("quality/count_whole_days")).one()._asdict()


def latest_gate(connection: Connection) -> dict[str, Any]:
    """The latest passage through the gate with its counts; empty where there was none."""
    row = connection.execute(sql("quality/find_latest_run")).one_or_none()
    return row._asdict() if row else {}


def table_rows(connection: Connection, schemas: Sequence[str]) -> dict[str, int]:
    """Rows of each table of these schemas, counted, by `schema.table`."""
    found = connection.execute(sql("catalog/select_tables"), {"schemas": list(schemas)}).all()
    counted = {(row.schema, row.name): table(row.name, schema=row.schema) for row in found if not row.is_view}
    return {
        ".".join(names): connection.execute(select(func.count()).select_from(one)).scalar_one()
        for names, one in counted.items()
    }
