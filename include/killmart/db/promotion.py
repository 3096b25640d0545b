"""Promotes a batch from its candidate tables to core, in one transaction.

Promotions take turns (an advisory lock): two batches with the same killmail then see each other's result, and
neither fails nor overwrites.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from killmart.config.sqlfiles import ENTITIES, KILL_TABLES
from killmart.db import junctions, ranges
from killmart.db.catalog import LoadedColumns, loaded_columns
from killmart.db.locks import take_turn
from killmart.db.prices import days_changed_since_build
from killmart.db.ranges import Between
from killmart.db.sql import batch_sql, named_sql, sql

_BODY_TABLES = ("kill_victims", "kill_attackers", "kill_items")
"""Those that hold nothing but what the body says, and prices, which are no cells."""
_BODY_CELLS = ("killmail_hash", "kill_time", "system_id")
"""What kills_fact holds of it besides."""
_NO_CELLS = {"source", "unit_price"}
"""Where a killmail came from and what its items cost: no reason to write it again."""


@dataclass(frozen=True)
class Promoted:
    """What a promotion did to core, in killmails; `updated` are the ids of known ones whose zkb block changed."""

    inserted: int
    changed: int
    unchanged: int
    updated: Sequence[int] = ()

    @property
    def revalued(self) -> int:
        """How many known killmails have another zkb block."""
        return len(self.updated)

    def counts(self) -> dict[str, int]:
        """The same as numbers alone, for metrics and XCom."""
        return {
            "inserted": self.inserted,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "revalued": self.revalued,
        }


def promote_candidate(connection: Connection, batch_id: int, built: Sequence[int] = ()) -> Promoted:
    """Bring a batch's rows to core; the caller commits them together with the state of everything else.

    A killmail that core has with the same cells is left alone, and so is one that a later batch has brought already;
    one with other cells is replaced whole, with its victim, attackers, items and junctions. Killmails that are new to
    the ranges `built` come to kills_fact alone: the caller attaches these ranges, which have the rest (db.bare_ranges).
    """
    take_turn(connection)
    ranges.make_for_batch(connection, batch_id, built)  # before core is locked by anything else
    between = ranges.of_batch(connection, batch_id)
    connection.execute(batch_sql("core/create_promotion_tables", batch_id), between)
    tables = loaded_columns(connection, KILL_TABLES)
    counts = connection.execute(batch_sql("core/count_existing_kills", batch_id)).one()
    repriced = days_changed_since_build(connection, batch_id)
    is_forgotten = _forget_old_values(connection, batch_id, repriced, between)
    deleted = unchanged = 0
    if counts.existing:
        unchanged = _find_unchanged(connection, batch_id, tables, between)
        unchanged += connection.execute(sql("core/find_overtaken_kills"), {"batch_id": batch_id, **between}).rowcount
        _forget_old_values(connection, batch_id, repriced, between)  # what core had may be as old
        connection.execute(batch_sql("core/keep_item_prices", batch_id), between)
    connection.execute(batch_sql("mart/insert_promoted_days", batch_id), between)  # before changed ones are gone
    if counts.existing:
        deleted = _delete_changed(connection, between)
    connection.execute(sql("core/analyze_unchanged_kills"))
    if built:
        connection.execute(batch_sql("core/skip_built_kills", batch_id), {"built": list(built)})
        for number in built if is_forgotten else ():
            junctions.bring_facts_to_range(connection, batch_id, number, between)
    for table, loaded in tables.items():
        left_out = "promotion_skipped" if built and table != "kills_fact" else "promotion_unchanged"
        names = {"one_table": [table], "each_column": loaded.columns, "one_list": [left_out]}
        connection.execute(batch_sql("core/insert_kills", batch_id, **names))
    statement = batch_sql("core/update_zkb_values", batch_id)
    updated = connection.execute(statement, {"batch_id": batch_id, **between}).scalars().all()
    if updated:
        junctions.bring_facts(connection, "candidate.zkb_changes_batch", between, batch_id)
    connection.execute(batch_sql("core/mark_stale_spreads", batch_id), between)
    for table in ENTITIES.values():
        connection.execute(batch_sql(f"core/upsert_{table}", batch_id))
    return Promoted(inserted=counts.candidates - counts.existing, changed=deleted, unchanged=unchanged, updated=updated)


def _forget_old_values(connection: Connection, batch_id: int, repriced: list[date] | None, between: Between) -> bool:
    """Take our value from what core has not got as it is, on days whose prices changed (None: perhaps all).

    The task `values` brings it again, which finds killmails without a value, not those with an old one. Returns whether
    there was any.
    """
    if repriced == []:
        return False
    if not connection.execute(batch_sql("core/forget_old_values", batch_id), {"days": repriced}).rowcount:
        return False
    junctions.bring_facts_to_batch(connection, batch_id, "candidate.kills_fact_batch", between)
    return True


def _find_unchanged(connection: Connection, batch_id: int, tables: dict[str, LoadedColumns], between: Between) -> int:
    """Keep what core knows beyond a body, then note the killmails that it has cell for cell; returns how many."""
    _find_changed(connection, batch_id, "kills_fact", tables["kills_fact"]._replace(columns=_BODY_CELLS), between)
    for table in _BODY_TABLES:
        _find_changed(connection, batch_id, table, tables[table], between)
    connection.execute(batch_sql("core/keep_known_figures", batch_id), between)
    junctions.bring_facts_to_batch(connection, batch_id, "promotion_existing", between)
    for table in (table for table in tables if table not in _BODY_TABLES):
        _find_changed(connection, batch_id, table, tables[table], between)
    return connection.execute(sql("core/find_unchanged_kills")).rowcount


def _find_changed(connection: Connection, batch_id: int, table: str, loaded: LoadedColumns, between: Between) -> None:
    cells = [name for name in loaded.columns if name not in _NO_CELLS]
    names = {"one_table": [table], "each_column": cells, "each_key": loaded.key}
    connection.execute(batch_sql("core/find_changed_kills", batch_id, **names), between)


def _delete_changed(connection: Connection, between: Between) -> int:
    """Remove the killmails that come with other cells from all kill tables; returns how many."""
    deleted = {
        table: connection.execute(named_sql("core/delete_changed_kills", one_table=[table]), between)
        for table in KILL_TABLES
    }
    return deleted["kills_fact"].rowcount


def free_overtaken(connection: Connection, batch_id: int) -> int:
    """Let staged killmails that this batch brings from elsewhere ask for no body any more; returns how many."""
    return connection.execute(batch_sql("staging/update_overtaken_killmails", batch_id)).rowcount


def resolve_quarantine(connection: Connection, batch_id: int) -> int:
    """Close the quarantine of killmails for which this batch brings a good body; returns how many."""
    parameters = {"resolution": "superseded", "resolved_by": f"batch {batch_id}"}
    return connection.execute(batch_sql("quality/resolve_quarantine", batch_id), parameters).rowcount
