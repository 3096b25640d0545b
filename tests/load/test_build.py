"""What a batch refuses: put into quarantine at its end, in the order of ids, and nothing of others is touched."""

from __future__ import annotations

import threading
from datetime import date

from sqlalchemy import text

from killmart.config.sqlfiles import CANDIDATE_TABLES
from killmart.db import batches
from killmart.load.batch import new_batch
from killmart.load.build import MAX_REFETCHES, BatchBuilder
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from support.making import MakeRuntime
from support.oracle import killmail_hash_of
from support.pipeline import Json, encoded, kill, load_past_gate, quarantined, ref, rows, run, stage, states

DAY = date(2021, 11, 29)


def arrival(body: Json, day: date | None = DAY) -> Arrival:
    """A killmail as the file of a day brings it."""
    killmail_id, killmail_hash = body["killmail_id"], killmail_hash_of(body)
    return Arrival(
        killmail_id, killmail_hash, encoded(body), None, "everef", known=False, refetches=MAX_REFETCHES, day=day
    )


def bad(killmail_id: int) -> Json:
    return kill(killmail_id, attackers=[{**kill(1)["attackers"][0]}] * 2)


def build(runtime: Runtime, *chunks: list[Arrival]) -> batches.Batch:
    """A batch of these chunks, built and committed."""
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, runtime.owner, "everef", None, None)
        builder = BatchBuilder(connection, batch_id)
        for chunk in chunks:
            builder.add(chunk)
        builder.finish()
    with runtime.engine.begin() as connection:
        return batches.lock_batch(connection, batch_id)


def test_two_batches_that_refuse_the_same_killmails_in_other_orders_never_wait_crosswise(
    make_runtime: MakeRuntime,
) -> None:
    ids = range(1, 61)
    both_have_refused = threading.Barrier(2)
    errors: list[Exception] = []

    def refuse(runtime: Runtime, order: list[int]) -> None:
        try:
            with runtime.engine.begin() as connection:
                batch_id = batches.open_batch(connection, runtime.owner, "everef", None, None)
                builder = BatchBuilder(connection, batch_id)
                for one in order:
                    builder.add([arrival(bad(one))])
                both_have_refused.wait(60)  # before, both would hold rows here that the other one wants next
                builder.finish()
        except Exception as error:
            errors.append(error)

    orders = list(ids), list(reversed(ids))
    workers = [
        threading.Thread(target=refuse, args=(make_runtime(owner=f"worker {number}"), order))
        for number, order in enumerate(orders)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    assert rows(make_runtime(), "SELECT killmail_id FROM quality.quarantine ORDER BY quarantine_id") == [
        (one,) for one in ids
    ]
    assert rows(make_runtime(), "SELECT quarantined FROM staging.batches") == [(60,), (60,)]


def test_a_killmail_refused_several_times_is_counted_once_and_a_good_body_elsewhere_in_the_batch_saves_it(
    runtime: Runtime,
) -> None:
    nul = arrival(bad(3))
    batch = build(
        runtime,
        [arrival(bad(3)), arrival(bad(2)), arrival(kill(1))],
        [arrival(kill(4)), nul],
        [arrival(kill(2)), arrival(bad(3), day=date(2021, 11, 30))],
    )
    assert (batch.claimed, batch.candidates, batch.quarantined) == (4, 3, 1)
    assert set(quarantined(runtime)) == {3}
    assert rows(runtime, "SELECT batch_id, body FROM quality.quarantine")[0][0] == batch.batch_id
    assert rows(runtime, "SELECT tablename FROM pg_tables WHERE tablename = 'refused'") == []


def test_a_bad_copy_in_a_file_leaves_a_staged_killmail_to_its_own_body(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1)), ref(kill(2), body=None)])
    build(runtime, [arrival(bad(1)), arrival(bad(2))])
    assert states(runtime) == {1: "fetched", 2: "pending"}
    assert set(quarantined(runtime)) == {1, 2}
    load_past_gate(runtime)
    assert states(runtime) == {1: "promoted", 2: "pending"}
    assert set(quarantined(runtime)) == {2}


def test_rows_of_staging_are_locked_in_the_order_of_their_ids(runtime: Runtime) -> None:
    """Whoever waits for a row holds none behind it: the lower one is still to be had meanwhile."""
    stage(runtime, [ref(kill(one)) for one in (1, 2)])
    run(runtime, "INSERT INTO staging.batches (owner, source) VALUES ('test', 'r2z2')")
    run(runtime, "UPDATE staging.killmails SET batch_id = (SELECT max(batch_id) FROM staging.batches)")
    run(runtime, "UPDATE staging.killmails SET error = 'moved' WHERE killmail_id = 1")  # the last row in the heap now
    from killmart.db.staging import mark_promoted

    [(batch_id,)] = rows(runtime, "SELECT max(batch_id) FROM staging.batches")
    marked: list[int] = []

    def mark() -> None:
        with runtime.engine.begin() as connection:
            marked.append(mark_promoted(connection, batch_id))

    with runtime.engine.begin() as connection:
        connection.execute(text("SELECT 1 FROM staging.killmails WHERE killmail_id = 1 FOR UPDATE"))
        worker = threading.Thread(target=mark)
        worker.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%promoted_at%'"
        while rows(runtime, waiting) == [(0,)]:
            assert worker.is_alive()
        connection.execute(text("SELECT 1 FROM staging.killmails WHERE killmail_id = 2 FOR UPDATE NOWAIT"))
    worker.join()
    assert marked == [2]


def test_a_batch_that_is_being_built_locks_nothing_of_core_whose_shape_it_has(
    runtime: Runtime,
) -> None:
    """Whoever attaches or detaches a range would wait for it, or it for them."""
    with new_batch(runtime, "a test", "everef") as builder:
        builder.add([arrival(kill(1)), arrival(bad(2))])
        builder.finish()
        [(process,)] = builder.connection.execute(text("SELECT pg_backend_pid()")).all()
        locked = rows(
            runtime,
            "SELECT namespaces.nspname, classes.relname, locks.mode FROM pg_locks AS locks"
            " INNER JOIN pg_class AS classes ON locks.relation = classes.oid"
            " INNER JOIN pg_namespace AS namespaces ON classes.relnamespace = namespaces.oid"
            " WHERE locks.pid = :process AND classes.relkind IN ('r', 'p', 'v') AND nspname = 'core'",
            process=process,
        )
    assert locked == []
    shape = (
        "SELECT attname, format_type(atttypid, atttypmod), attgenerated, pg_get_expr(adbin, adrelid)"
        " FROM pg_attribute LEFT JOIN pg_attrdef ON attrelid = adrelid AND attnum = adnum"
        " WHERE attrelid = cast(:name AS regclass) AND attnum > 0 ORDER BY attnum"
    )
    for table in CANDIDATE_TABLES:
        like = rows(runtime, shape, name=f"core.{table}")
        assert rows(runtime, shape, name=f"candidate.{table}_{builder.built.batch_id}") == like
