"""Values that arrive for everything: the tables of killmails stay about as large as they were."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine, text

from bench.loading import load, real_day
from bench.market import load_reference_data, store_market
from killmart.db.room import free_replaced
from killmart.reference.values import fill_values
from killmart.runtime import Runtime
from support import realdata
from support.databases import maintain
from support.pipeline import kill, load_past_gate, ref, rows, run, stage

DAY = realdata.DAYS[0]


def size_of_core(engine: Engine) -> int:
    """Bytes of core, with its indexes and long values, once nothing is left to be cleaned up."""
    maintain(engine, "VACUUM (ANALYZE)")
    query = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
    with engine.connect() as connection:
        found = connection.execute(text(f"{query} WHERE relnamespace = 'core'::regnamespace AND relkind = 'r'"))
        return int(found.scalar_one())


@realdata.needs_realdata
def test_core_hardly_grows_when_every_killmail_of_a_day_is_revalued(runtime: Runtime) -> None:
    day = date.fromisoformat(DAY)
    load_reference_data(runtime.engine, [day])
    arrivals = real_day(DAY, 6000)
    load(runtime.engine, arrivals)
    loaded = size_of_core(runtime.engine)
    store_market(runtime.engine, [day], percent=110)
    assert fill_values(runtime).changed > 0.99 * len(arrivals)  # all that have a price
    assert size_of_core(runtime.engine) < 1.2 * loaded  # neighbours in chunks, and nothing cleaned up: 1.7


UPDATED = {"kills_fact", "kill_characters", "kill_corporations", "kill_alliances", "kill_systems"}


def vacuumed(runtime: Runtime) -> dict[str, int]:
    """How often each kill table was vacuumed; those that never were are left out."""
    query = r"""SELECT regexp_replace(relname, '_r\d+$', '') AS kill_table, vacuum_count
    FROM pg_stat_user_tables WHERE schemaname = 'core' AND vacuum_count > 0"""
    run(runtime, "SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
    return dict(rows(runtime, query))  # type: ignore[arg-type]


def test_room_is_freed_where_nobody_else_has_the_table(runtime: Runtime) -> None:
    """Whoever has a table locked is not waited for, and a killmail that is not there names no table."""
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    free_replaced(runtime.engine, [2])
    assert vacuumed(runtime) == {}
    with runtime.engine.begin() as connection:
        connection.execute(text("LOCK TABLE core.kill_items IN SHARE UPDATE EXCLUSIVE MODE"))
        free_replaced(runtime.engine, [1])
    assert vacuumed(runtime) == dict.fromkeys(UPDATED, 1)
    free_replaced(runtime.engine, [1])
    assert vacuumed(runtime) == dict.fromkeys(UPDATED, 2) | {"kill_items": 1}


def test_zkb_blocks_of_many_killmails_leave_no_old_rows_behind(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.load.promote.MANY", 2)
    stage(runtime, [ref(kill(1)), ref(kill(2))])
    load_past_gate(runtime)
    stage(runtime, [ref(kill(1), {"points": 1})])
    load_past_gate(runtime)
    assert vacuumed(runtime) == {}  # a live batch brings a few
    stage(runtime, [ref(kill(1), {"points": 2}), ref(kill(2), {"points": 2})])
    load_past_gate(runtime)
    assert vacuumed(runtime) == dict.fromkeys(UPDATED, 1) | {"kill_items": 1}
