"""Kill tables are cut at the same ids; ranges are made as killmails come to them, and nobody waits or notices."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from killmart.config.settings import PROJECT
from killmart.config.sqlfiles import KILL_TABLES
from killmart.db import batches, ranges
from killmart.db.promotion import promote_candidate
from killmart.load.promote import promote
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support import oracle
from support.pipeline import (
    FEED,
    Json,
    attacker,
    build_batch,
    differences,
    give_verdict,
    kill,
    load_anew,
    ref,
    row_versions,
    rows,
    run,
    victim,
)

BOUNDS = """SELECT parents.relname::text, pg_get_expr(ranges.relpartbound, ranges.oid)
    FROM pg_class AS parents
    INNER JOIN pg_inherits ON parents.oid = inhparent INNER JOIN pg_class AS ranges ON inhrelid = ranges.oid
    WHERE parents.relnamespace = 'core'::regnamespace AND parents.relkind = 'p'"""
LACKING = """SELECT ranges.inhrelid::regclass::text, parents.indexrelid::regclass::text
    FROM pg_inherits AS ranges INNER JOIN pg_index AS parents ON ranges.inhparent = parents.indrelid
    WHERE NOT EXISTS (
        SELECT FROM pg_inherits AS of_index INNER JOIN pg_index AS own ON of_index.inhrelid = own.indexrelid
        WHERE of_index.inhparent = parents.indexrelid AND own.indrelid = ranges.inhrelid
            AND own.indisvalid AND own.indisunique = parents.indisunique
    )"""
LOCKED = """SELECT DISTINCT parents.relname || ' ' || locks.mode || ' ' ||
        coalesce(substring(relations.relname FROM '_r([0-9]+)$'), 'whole')
    FROM pg_locks AS locks INNER JOIN pg_class AS relations ON locks.relation = relations.oid
    LEFT JOIN pg_inherits ON relations.oid = inhrelid
    INNER JOIN pg_class AS parents ON parents.oid = coalesce(inhparent, relations.oid) AND parents.relkind = 'p'
    WHERE locks.pid = pg_backend_pid() AND locks.granted AND parents.relnamespace = 'core'::regnamespace"""
ODD = (2**63 - 1, 10**9, 10**9 - 1, 137_000_000, 0)


@pytest.fixture
def width(runtime: Runtime) -> int:
    """How many ids a range has."""
    return int(rows(runtime, "SELECT core.range_width()")[0][0])


def numbers(runtime: Runtime) -> list[int]:
    """The ranges that are there; all kill tables have to have the same."""
    bounds: dict[str, set[str]] = {table: set() for table in KILL_TABLES}
    for table, bound in rows(runtime, BOUNDS):
        bounds[table].add(bound)
    assert all(of_table == bounds["kills_fact"] for of_table in bounds.values())
    assert rows(runtime, LACKING) == []
    found = rows(runtime, r"SELECT substring(relname FROM '^kills_fact_r(\d+)$')::bigint FROM pg_class")
    kept = sorted(number for (number,) in found if number is not None)
    assert len(kept) == len(bounds["kills_fact"])
    return kept


def built(runtime: Runtime, bodies: list[Json]) -> int:
    """A batch of these bodies that may be promoted; returns its number."""
    refs = [ref(body) for body in bodies]
    arrivals = [Arrival(one.killmail_id, one.killmail_hash, one.body, one.zkb, FEED, known=False) for one in refs]
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, runtime.owner, FEED, None, None)
        build_batch(connection, batch_id, [arrivals])
    give_verdict(runtime, batch_id)
    return batch_id


def of_killmails(runtime: Runtime, bodies: list[Json]) -> list[str]:
    """How the kill tables differ from these bodies; who was met on others is still known."""
    return [found for found in differences(runtime, expected(bodies)) if found.startswith("core.kill")]


def expected(bodies: list[Json]) -> oracle.Tables:
    return oracle.expected([(body, oracle.killmail_hash_of(body), None, FEED) for body in bodies])


def test_a_warehouse_begins_with_the_first_range_and_the_last(runtime: Runtime, width: int) -> None:
    assert numbers(runtime) == [0, 10**9 // width]
    assert {table for table, _ in rows(runtime, BOUNDS)} == set(KILL_TABLES)


def test_ids_of_whatever_range_load_like_others(runtime: Runtime, width: int) -> None:
    bodies = [kill(killmail_id) for killmail_id in ODD]
    assert promote(runtime, built(runtime, bodies)).inserted == len(ODD)
    assert differences(runtime, expected(bodies)) == []
    assert set(numbers(runtime)) >= {min(one, 10**9) // width for one in ODD}
    versions = row_versions(runtime)
    assert promote(runtime, built(runtime, bodies)).unchanged == len(ODD)
    assert row_versions(runtime) == versions
    others = [kill(killmail_id, attackers=[attacker(95_000_009, final_blow=True)]) for killmail_id in ODD]
    assert promote(runtime, built(runtime, others)).changed == len(ODD)
    assert of_killmails(runtime, others) == []


def test_a_replaced_killmail_leaves_nothing_behind_in_any_table(runtime: Runtime) -> None:
    whole = kill(1, attackers=[attacker(95_000_002, final_blow=True, alliance_id=99_000_002), attacker(95_000_003)])
    load_anew(runtime, [whole, kill(2)])
    bare = kill(1, victim=victim(character_id=95_000_004, corporation_id=98_000_004, alliance_id=99_000_004, items=[]))
    bare["attackers"] = [attacker(95_000_005, final_blow=True, corporation_id=98_000_005)]
    load_anew(runtime, [bare])
    assert of_killmails(runtime, [bare, kill(2)]) == []
    counts = {table: rows(runtime, f"SELECT count(*) FROM core.{table} WHERE killmail_id = 1") for table in KILL_TABLES}
    assert {table: count for table, [(count,)] in counts.items()} == {
        "kills_fact": 1,
        "kill_victims": 1,
        "kill_attackers": 1,
        "kill_items": 0,
        "kill_characters": 2,
        "kill_corporations": 2,
        "kill_alliances": 1,
        "kill_systems": 1,
    }


def test_killmails_lie_in_the_order_in_which_they_came(runtime: Runtime) -> None:
    """So a killmail's attackers are on one page, and keys, which rise, are filled page by page."""
    many = 300  # less than the planner takes a table for that it knows nothing of
    load_anew(runtime, [kill(number, attackers=[attacker(1), attacker(2)]) for number in range(1, many + 1)])
    for table in KILL_TABLES:
        lie = [killmail_id for (killmail_id,) in rows(runtime, f"SELECT killmail_id FROM core.{table} ORDER BY ctid")]
        assert len(set(lie)) == many, table
        assert lie == sorted(lie), table


def test_two_promotions_that_need_the_same_new_range_both_succeed(runtime: Runtime, width: int) -> None:
    bodies = [kill(7 * width + place) for place in range(4)]
    waiting = [built(runtime, [body]) for body in bodies]
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda batch_id: promote(runtime, batch_id).inserted, waiting))
    assert done == [1, 1, 1, 1]
    assert differences(runtime, expected(bodies)) == []
    assert 7 in numbers(runtime)


def test_two_who_make_the_same_range_wait_for_each_other(runtime: Runtime) -> None:
    with runtime.engine.begin() as first:
        assert first.execute(text("SELECT core.make_ranges(ARRAY[5])")).scalar_one() == len(KILL_TABLES)
        with runtime.engine.connect() as second:
            second.execute(text("SET LOCAL lock_timeout = '100ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                second.execute(text("SELECT core.make_ranges(ARRAY[5])"))
    assert rows(runtime, "SELECT core.make_ranges(ARRAY[5])") == [(0,)]


def test_readers_are_not_locked_out_while_a_range_is_made(runtime: Runtime, width: int) -> None:
    load_anew(runtime, [kill(1)])
    batch_id = built(runtime, [kill(3 * width)])
    read = " UNION ALL ".join(f"SELECT count(*) FROM core.{table}" for table in KILL_TABLES)
    with runtime.engine.connect() as before, runtime.engine.begin() as maker, runtime.engine.connect() as after:
        held = before.execute(text(read)).all()
        for connection in (maker, after):
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        promote_candidate(maker, batch_id)
        assert 3 not in numbers(runtime)
        assert before.execute(text(read)).all() == after.execute(text(read)).all() == held
        taken = maker.execute(text(LOCKED)).scalars().all()
        assert not [lock for lock in taken if "AccessExclusive" in lock and not lock.endswith(" 3")]
        assert any("AccessExclusive" in lock for lock in taken)  # of what nobody sees yet
    assert 3 in numbers(runtime)


def test_a_promotion_that_fails_leaves_no_range(runtime: Runtime, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = built(runtime, [kill(4 * width)])
    before = numbers(runtime)

    def fail(*_: Any) -> None:
        raise ConnectionError("the server is gone")

    with monkeypatch.context() as patch:
        patch.setattr("killmart.db.promotion.loaded_columns", fail)
        with pytest.raises(ConnectionError):
            promote(runtime, batch_id)
    assert numbers(runtime) == before
    assert promote(runtime, batch_id).inserted == 1
    assert numbers(runtime) == sorted([*before, 4, 5])


def test_who_reads_may_read_new_ranges_and_make_none(runtime: Runtime, width: int) -> None:
    load_anew(runtime, [kill(6 * width)])
    with runtime.reader_engine.connect() as connection:
        for table in KILL_TABLES:
            query = f"SELECT count(*) > 0 FROM core.{table} WHERE killmail_id >= {6 * width}"
            assert connection.execute(text(query)).scalar_one(), table
        with pytest.raises(Exception, match="permission denied for function make_ranges"):
            connection.execute(text("SELECT core.make_ranges(ARRAY[8])"))


def test_the_next_range_is_made_ahead(runtime: Runtime, width: int) -> None:
    last = 10**9 // width
    ranges.make_ahead(runtime.engine)
    assert numbers(runtime) == [0, last]  # of nothing, nothing follows
    load_anew(runtime, [kill(3 * width), kill(2**63 - 1)])
    assert numbers(runtime) == [0, 3, 4, last]
    load_anew(runtime, [kill(2 * width)])
    assert numbers(runtime) == [0, 2, 3, 4, last]
    load_anew(runtime, [kill(10**9 - 1)])
    assert numbers(runtime) == [0, 2, 3, 4, last - 1, last]


# --- only the ranges of a batch are looked at ---------------------------------------------------------------------


def revalue(connection: Connection) -> None:
    connection.execute(text("UPDATE core.kills_fact SET zkb_total_value = 1"))


def met(connection: Connection) -> set[str]:
    """The ranges that a transaction has looked at so far."""
    return {lock.rpartition(" ")[2] for lock in connection.execute(text(LOCKED)).scalars()} - {"whole"}


@pytest.mark.parametrize("come", ["new", "again", "changed"])
def test_a_promotion_looks_at_the_ranges_of_its_killmails_alone(runtime: Runtime, width: int, come: str) -> None:
    load_anew(runtime, [kill(number * width) for number in range(2, 7)])
    killmail_id = 4 * width + (come == "new")
    changes = {"solar_system_id": 30_000_001} if come == "changed" else {}
    batch_id = built(runtime, [kill(killmail_id, **changes)])
    with runtime.engine.begin() as connection:
        promote_candidate(connection, batch_id)
        assert met(connection) == {"4"}


def test_what_looks_at_all_ranges_is_noticed(runtime: Runtime, width: int) -> None:
    load_anew(runtime, [kill(number * width) for number in range(2, 4)])
    with runtime.engine.begin() as connection:
        revalue(connection)
        assert met(connection) >= {"0", "2", "3"}


# --- what the planner knows ---------------------------------------------------------------------------------------


def known(runtime: Runtime) -> dict[str, int]:
    """How many rows the planner knows of each kill table as a whole."""
    query = """SELECT relname::text, reltuples::bigint FROM pg_class
        WHERE relnamespace = 'core'::regnamespace AND relkind = 'p'"""
    return dict(rows(runtime, query))


def test_kill_tables_are_analyzed_as_a_whole_when_they_have_grown(runtime: Runtime, width: int) -> None:
    load_anew(runtime, [kill(1)])
    assert set(known(runtime).values()) == {-1}
    load_anew(runtime, [kill(place * width // 500) for place in range(1, 1001)])
    counts = {table: rows(runtime, f"SELECT count(*) FROM core.{table}")[0][0] for table in KILL_TABLES}
    assert known(runtime) == counts
    load_anew(runtime, [kill(place) for place in range(2, 1001)])
    assert known(runtime)["kills_fact"] == 1001  # twice as many, but a thousand more are wanted besides
    assert known(runtime)["kill_items"] == 6000
    assert ranges.analyze(runtime.engine) == []


# --- as many ranges as there may be -------------------------------------------------------------------------------


def test_a_server_has_locks_for_all_ranges_of_a_century(runtime: Runtime) -> None:
    relations = """SELECT count(*) FROM pg_class WHERE relnamespace = 'core'::regnamespace AND relname ~ '_r0$'"""
    [(of_a_range,)] = rows(runtime, relations)
    assert of_a_range > 2 * len(KILL_TABLES)
    room = "SELECT current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int"
    assert rows(runtime, room)[0][0] > 4 * 140 * of_a_range
    compose = yaml.safe_load((PROJECT / "docker-compose.yaml").read_text())["services"]["postgres"]["command"]
    [(setting,)] = rows(runtime, "SHOW max_locks_per_transaction")
    assert compose == f"postgres -c max_locks_per_transaction={setting}"


def test_a_warehouse_of_many_ranges_is_dumped_and_read_in_one_statement(
    runtime: Runtime, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    run(runtime, "SELECT core.make_ranges(array(SELECT generate_series(1, 40)))")
    read = " UNION ALL ".join(f"SELECT count(*) FROM core.{table}" for table in KILL_TABLES)
    assert set(rows(runtime, read)) == {(0,)}
    [(database,)] = rows(runtime, "SELECT current_database()")
    dump = [postgres.binary("pg_dump"), "--format=custom", f"--file={tmp_path / 'dump'}", postgres.dsn(database)]
    done = subprocess.run(dump, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_kill_tables_are_joined_range_by_range(runtime: Runtime, width: int) -> None:
    """So that the planner sees which ranges the killmails of a day are in, and looks up no others."""
    load_anew(runtime, [kill(number * width) for number in range(2, 5)])
    query = "SELECT items.type_id FROM core.kills_fact AS kills INNER JOIN core.kill_items AS items USING (killmail_id)"
    with runtime.engine.connect() as connection:
        [told] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {query}").scalar_one()
    joins = [step["Node Type"] for step in told["Plan"]["Plans"]]
    assert told["Plan"]["Node Type"] == "Append"
    assert len(joins) == len(numbers(runtime))
    assert {join.split()[-1] for join in joins} <= {"Join", "Loop"}


# --- a range may be exchanged ---------------------------------------------------------------------------------------


def test_a_batch_in_the_making_holds_no_lock_on_a_kill_table_as_a_whole(runtime: Runtime) -> None:
    """It is minutes in the making, and a range that is exchanged would wait for it."""
    locked = """SELECT DISTINCT relation::regclass::text FROM pg_locks
        WHERE pid = pg_backend_pid() AND relation::regclass::text = any(:wholes)"""
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, runtime.owner, FEED, None, None)
        one = ref(kill(1))
        build_batch(
            connection, batch_id, [[Arrival(one.killmail_id, one.killmail_hash, one.body, one.zkb, FEED, known=False)]]
        )
        wholes = {"wholes": [f"core.{table}" for table in KILL_TABLES]}
        assert connection.execute(text(locked), wholes).scalars().all() == []
        connection.execute(text("SELECT count(*) FROM core.kill_items"))
        assert connection.execute(text(locked), wholes).scalars().all() == ["core.kill_items"]


def test_a_range_of_some_kill_tables_is_completed_later(runtime: Runtime) -> None:
    run(runtime, "SELECT core.make_ranges(ARRAY[5], ARRAY['kills_fact'])")
    there = "SELECT relname::text FROM pg_class WHERE relname ~ '_r5$' AND relkind = 'r'"
    assert rows(runtime, there) == [("kills_fact_r5",)]
    run(runtime, "SELECT core.make_ranges(ARRAY[5])")
    assert 5 in numbers(runtime)
