"""Batches promoted together come to core as one by one, but all at once, and whole ranges of ids are built bare."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from bench.loading import real_day
from killmart.config.sqlfiles import KILL_TABLES
from killmart.db import bare_ranges
from killmart.db.sql import sql
from killmart.load.promote import promote, promote_together
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from support import oracle, realdata
from support.bulk import (
    WIDTH,
    batch_of,
    batch_of_arrivals,
    build_whatever_comes,
    built_ranges,
    chunks_of,
    expected,
    held,
    left_over,
)
from support.making import MakeRuntime
from support.pipeline import (
    FEED,
    Json,
    attacker,
    build,
    differences,
    give_verdict,
    kill,
    load_anew,
    load_past_gate,
    ref,
    row_versions,
    rows,
    run,
    stage,
)

Load = Callable[[Runtime, list[int]], Any]


@pytest.fixture(autouse=True)
def _worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    build_whatever_comes(monkeypatch)


def one_by_one(runtime: Runtime, batch_ids: list[int]) -> None:
    for batch_id in batch_ids:
        promote(runtime, batch_id)


# --- the same as one by one -----------------------------------------------------------------------------------------


@realdata.needs_days
def test_real_days_come_as_one_by_one_and_a_second_load_writes_nothing(
    runtime: Runtime, other: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day as it is, and one whose killmails lie in three ranges."""
    first = real_day(realdata.DAYS[0], 300)
    cloned = [moved(one, 2 * WIDTH + place * WIDTH // 100) for place, one in enumerate(real_day(realdata.DAYS[1], 150))]
    kills = [*first, *cloned]
    for warehouse, load in ((runtime, promote_together), (other, one_by_one)):
        load(warehouse, [batch_of_arrivals(warehouse, list(some)) for some in chunks_of(kills, 4)])
    assert held(runtime) == held(other)
    assert (built_ranges(runtime), built_ranges(other)) == (3, 0)
    assert differences(runtime, oracle.expected(of_everef(kills))) == []
    assert left_over(runtime) == []

    monkeypatch.setattr(bare_ranges, "MOST_THERE", 0.66)  # as it is
    versions = row_versions(runtime)
    done = promote_together(runtime, [batch_of_arrivals(runtime, list(some)) for some in chunks_of(kills, 2)])
    assert sum(promoted.unchanged for promoted in done.values()) == len(kills)
    assert row_versions(runtime) == versions


def moved(kill: Arrival, by: int) -> Arrival:
    """The killmail with another id."""
    assert kill.body is not None
    body = json.loads(kill.body)
    killmail_id = body["killmail_id"] = kill.killmail_id + by
    return Arrival(killmail_id, kill.killmail_hash, json.dumps(body).encode(), None, kill.source, known=False)


def of_everef(kills: list[Arrival]) -> list[tuple[Json, str, None, str]]:
    bodies = [json.loads(one.body or b"") for one in kills]
    added = ("killmail_hash", "http_last_modified")
    return [
        ({name: value for name, value in body.items() if name not in added}, one.killmail_hash, None, one.source)
        for one, body in zip(kills, bodies, strict=True)
    ]


def test_what_the_live_feed_brought_is_built_in(runtime: Runtime, other: Runtime) -> None:
    """The same killmails, changed ones, some with a zkb block, and others that no batch brings."""
    changed = {"attackers": [attacker(95_000_009, final_blow=True, alliance_id=99_000_009)]}
    for warehouse, load in ((runtime, promote_together), (other, one_by_one)):
        stage(warehouse, [ref(kill(one), {"totalValue": 10.5 + one, "points": one}) for one in range(1, 30)])
        load_past_gate(warehouse)
        run(
            warehouse,
            "UPDATE core.kills_fact SET priced_value = 7, rule_points = 3, rule_solo = true WHERE killmail_id = 2",
        )
        bodies = [kill(one, **(changed if one % 5 == 0 else {})) for one in range(10, 60)]
        load(warehouse, [batch_of(warehouse, some) for some in chunks_of(bodies, 3)])
    assert built_ranges(runtime) == 1
    found, wanted = held(runtime), held(other)
    assert {table: found[table] for table in found if found[table] != wanted[table]} == {}
    assert rows(runtime, "SELECT priced_value, rule_solo, points FROM core.kills_fact WHERE killmail_id = 2") == [
        (7, True, 2)
    ]
    assert left_over(runtime) == []


def test_a_killmail_of_several_batches_is_that_of_the_first_until_another_changes_it(
    runtime: Runtime, other: Runtime
) -> None:
    longer = kill(2, attackers=[attacker(95_000_007, final_blow=True), attacker(95_000_002)])
    for warehouse, load in ((runtime, promote_together), (other, one_by_one)):
        first = batch_of(warehouse, [kill(1), kill(2)])
        second = batch_of(warehouse, [longer, kill(3)], "history")
        third = batch_of(warehouse, [kill(4)])
        load(warehouse, [first, second, third])
    assert held(runtime) == held(other)
    assert built_ranges(runtime) == 1


def test_ranges_to_which_little_comes_and_those_that_have_much_take_the_ordinary_path(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bare_ranges, "WORTH_BUILDING", 10)
    monkeypatch.setattr(bare_ranges, "MOST_THERE", 0.5)
    load_anew(runtime, [kill(3 * WIDTH + one) for one in range(100, 106)])
    bodies = [kill(number * WIDTH + one) for number in (2, 3) for one in range(10)]
    bodies += [kill(4 * WIDTH + one) for one in range(9)]
    assert numbers_of(runtime) == [0, 3, 4, 200]
    with runtime.engine.connect() as connection:
        batch_id = batch_of(runtime, bodies)
        assert bare_ranges.choose(connection, [batch_id]) == ([2], [batch_id])
    assert promote_together(runtime, [batch_id])[batch_id].inserted == len(bodies)
    of_feed = range(3 * WIDTH + 100, 3 * WIDTH + 106)
    kills = [(kill(one), oracle.killmail_hash_of(kill(one)), None, FEED) for one in of_feed]
    kills += [(body, oracle.killmail_hash_of(body), None, "everef") for body in bodies]
    assert differences(runtime, oracle.expected(kills)) == []
    assert numbers_of(runtime) == [0, 2, 3, 4, 200]


def numbers_of(runtime: Runtime) -> list[int]:
    """The ranges that all kill tables have."""
    query = r"""SELECT substring(relname FROM '_r(\d+)$')::bigint FROM pg_class
        WHERE relkind = 'r' AND relispartition AND relnamespace = 'core'::regnamespace
        GROUP BY 1 HAVING count(*) = :all"""
    return sorted(number for (number,) in rows(runtime, query, all=len(KILL_TABLES)))


def test_ids_of_the_first_range_and_the_last_are_built_like_others(runtime: Runtime) -> None:
    bodies = [kill(one) for one in (0, 1, WIDTH - 1, WIDTH, 10**9 - 1, 10**9, 2**63 - 1)]
    promote_together(runtime, [batch_of(runtime, bodies)])
    assert differences(runtime, expected(bodies)) == []
    assert built_ranges(runtime) == 4
    load_anew(runtime, [kill(2**63 - 2), kill(2)])  # what was attached takes rows like others


def test_what_may_not_be_promoted_is_said_and_the_others_are(
    make_runtime: MakeRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    batch_ids = []
    for number in range(1, 5):
        runtime = make_runtime(owner=f"loader {number}")
        stage(runtime, [ref(kill(number), {})])
        batch_ids.append(build(runtime).batch_id)
    first, unjudged, emptied, last = batch_ids
    for batch_id in (first, emptied, last):
        give_verdict(runtime, batch_id)
    with runtime.engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE candidate.intact_{emptied}, candidate.kills_fact_{emptied}")
    with caplog.at_level(logging.ERROR):
        done = promote_together(runtime, batch_ids)
    assert {batch_id: promoted.inserted for batch_id, promoted in done.items()} == {first: 1, last: 1}
    said = caplog.messages
    assert any(f"Batch {unjudged} has not passed the gate" in line for line in said)
    assert any(f"tables of batch {emptied} are empty" in line for line in said)
    states = dict(rows(runtime, "SELECT batch_id, state FROM staging.batches"))
    assert states == {first: "promoted", unjudged: "built", emptied: "abandoned", last: "promoted"}
    kills = [(kill(number), oracle.killmail_hash_of(kill(number)), {}, FEED) for number in (1, 4)]
    assert differences(runtime, oracle.expected(kills)) == []
    assert built_ranges(runtime) == 1


SHAPE = """
    SELECT 'table ' || class.relname || ' ' || concat_ws(
        ' ', class.relpersistence, class.relkind, class.relispartition, class.reloptions, class.relowner::regrole,
        (SELECT array_agg(acl::text ORDER BY acl::text) FROM unnest(class.relacl) AS acl), obj_description(class.oid),
        pg_get_expr(class.relpartbound, class.oid)
    ) FROM pg_class AS class WHERE class.oid = any(:tables)
    UNION ALL SELECT 'column ' || concat_ws(
        ' ', attrelid::regclass, attname, attnum, format_type(atttypid, atttypmod), attnotnull, attgenerated,
        attstattarget, attstorage, attcompression, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)
    ) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = any(:tables) AND attnum > 0
    UNION ALL SELECT 'constraint ' || concat_ws(
        ' ', conrelid::regclass, conname, contype, convalidated, conislocal, pg_get_constraintdef(oid)
    ) FROM pg_constraint WHERE conrelid = any(:tables)
    UNION ALL SELECT 'index ' || concat_ws(
        ' ', pg_get_indexdef(indexrelid), indisprimary, indisvalid, indisclustered, reloptions,
        (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = indexrelid)
    ) FROM pg_index INNER JOIN pg_class ON oid = indexrelid WHERE indrelid = any(:tables)
    UNION ALL SELECT 'trigger ' || concat_ws(' ', tgrelid::regclass, tgname, tgenabled)
    FROM pg_trigger WHERE tgrelid = any(:tables) AND NOT tgisinternal
    ORDER BY 1
"""


def shape(runtime: Runtime, number: int) -> list[str]:
    """All that the catalog says of the tables of a range."""
    tables = "SELECT oid FROM pg_class WHERE relnamespace = 'core'::regnamespace AND relname = any(:names)"
    oids = [oid for (oid,) in rows(runtime, tables, names=[f"{table}_r{number}" for table in KILL_TABLES])]
    assert len(oids) == len(KILL_TABLES)
    return [line for (line,) in rows(runtime, SHAPE, tables=oids)]


def test_a_range_that_was_built_is_as_one_that_was_made_empty(runtime: Runtime, other: Runtime) -> None:
    """Columns, keys, indexes by the same names, comments, owner, privileges: new ranges, and one that was exchanged."""
    run(other, "SELECT core.make_ranges(ARRAY[2, 3])")
    run(runtime, "SELECT core.make_ranges(ARRAY[3])")
    wanted = {number: shape(other, number) for number in (0, 2, 3)}
    assert any("CREATE INDEX" in line for line in wanted[2])
    promote_together(runtime, [batch_of(runtime, [kill(number * WIDTH + 1) for number in (0, 2, 3)])])
    assert built_ranges(runtime) == 3
    assert {number: shape(runtime, number) for number in (0, 2, 3)} == wanted


def test_plans_use_the_indexes_of_a_range_that_was_built_and_read_no_row_for_visibility(runtime: Runtime) -> None:
    promote_together(runtime, [batch_of(runtime, [kill(2 * WIDTH + one) for one in range(400)])])
    plan = rows(
        runtime,
        "EXPLAIN (ANALYZE, COSTS OFF) SELECT count(*) FROM core.kill_items WHERE killmail_id BETWEEN :low AND :high",
        low=2 * WIDTH + 10,
        high=2 * WIDTH + 12,
    )
    said = "\n".join(line for (line,) in plan)
    assert "Index Only Scan using kill_items_pkey_r2 on kill_items_r2" in said
    assert "Heap Fetches: 0" in said


def test_what_has_changed_meanwhile_is_found_by_a_join_however_many_killmails_are_built(runtime: Runtime) -> None:
    """A list of millions that no memory holds would be read anew for each killmail: ten minutes, and no end."""
    many = "INSERT INTO promotion_{} SELECT n{} FROM generate_series(1, {}) AS n"
    with runtime.engine.begin() as connection:
        connection.execute(sql("core/create_together_tables"))
        for table, more in (("built", ""), ("there", ", now()")):
            connection.execute(text(many.format(table, more, 2 * 10**6)))
            connection.execute(text(f"ANALYZE promotion_{table}"))
        plan = connection.execute(text(f"EXPLAIN {sql('core/insert_outdated')}"), {"number": 0}).scalars().all()
    assert "SubPlan" not in "\n".join(plan)
