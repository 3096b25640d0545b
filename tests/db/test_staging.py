"""What staging a ref does to the row that is there already: every state, met by everything that a feed can bring."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, text

from killmart.db import staging
from killmart.load.build import BatchBuilder
from killmart.load.day_bodies import arrivals_of_staging
from killmart.load.day_plan import DayPlan
from killmart.load.repair import repair_kills
from killmart.model.ref import Arrival, Ref
from killmart.runtime import Runtime
from support.day_loading import past_gate
from support.pipeline import FEED, empty_warehouse, kill, load_past_gate, ref, rows, run, stage

BODY = kill(1)
OTHER = kill(1, solar_system_id=30_000_143)  # another body under the same hash
ZKB, NEW_ZKB = {"points": 1}, {"points": 2}
INCOMING = {
    "the same ref": ref(BODY, ZKB, body=None),
    "the same body": ref(BODY, ZKB),
    "another body": ref(OTHER, ZKB),
    "no zkb": ref(BODY, body=None),
    "another zkb": ref(BODY, NEW_ZKB, body=None),
    "another hash": ref(BODY, NEW_ZKB, body=None, killmail_hash="ab" * 20),
    "another hash and its body": ref(BODY, NEW_ZKB, killmail_hash="ab" * 20),
}
# state, has a body → what each of INCOMING makes of it, as "state" or "state, whose body"; - is: nothing is written
OLD = {
    ("pending", False): ["-", "fetched, own", "fetched, other", "-", "pending", "pending", "fetched, own"],
    ("gone", False): ["-", "fetched, own", "fetched, other", "-", "gone", "pending", "fetched, own"],
    ("fetched", True): ["-", "-", "fetched, other", "-", "fetched, own", "pending", "fetched, own"],
    ("blocked", True): ["-", "-", "fetched, other", "-", "blocked, own", "pending", "fetched, own"],
    ("promoted", True): ["-", "-", "fetched, other", "-", "fetched, own", "pending", "fetched, own"],
    ("quarantined", True): ["-", "-", "fetched, other", "-", "fetched, own", "pending", "fetched, own"],
    ("quarantined", False): ["-", "fetched, own", "fetched, other", "-", "quarantined", "pending", "fetched, own"],
}
BODIES = {INCOMING["the same body"].body: "own", INCOMING["another body"].body: "other"}


def found(runtime: Runtime) -> tuple[str, dict[str, Any]]:
    """The row as OLD has it, and its other columns."""
    names = ("killmail_hash", "zkb", "batch_id", "attempts", "refetches", "rejections", "error")
    [(state, body, *others)] = rows(runtime, f"SELECT state, body, {', '.join(names)} FROM staging.killmails")
    told = state if body is None else f"{state}, {BODIES[bytes(body)]}"
    return told, dict(zip(names, others, strict=True))


def test_a_ref_meets_the_row_that_is_there(runtime: Runtime) -> None:
    met: dict[tuple[str, bool], list[str]] = {}
    for state, has_body in OLD:
        met[state, has_body] = []
        for incoming in INCOMING.values():
            empty_warehouse(runtime)
            stage(runtime, [ref(BODY, ZKB) if has_body else ref(BODY, ZKB, body=None)])
            run(runtime, "INSERT INTO staging.batches (owner, source) VALUES ('test', 'r2z2')")
            run(
                runtime,
                "UPDATE staging.killmails SET state = :state, attempts = 4, refetches = 2, rejections = 1,"
                " error = 'why', batch_id = (SELECT max(batch_id) FROM staging.batches)",
                state=state,
            )
            version = rows(runtime, "SELECT xmin::text FROM staging.killmails")
            assert stage(runtime, [incoming]) == 0
            told, columns = found(runtime)
            is_written = rows(runtime, "SELECT xmin::text FROM staging.killmails") != version
            met[state, has_body].append(told if is_written else "-")
            check_columns(columns, incoming, state, told if is_written else "-")
    assert met == OLD


def check_columns(columns: dict[str, Any], incoming: Ref, old_state: str, told: str) -> None:
    """What holds for every pair of old and new."""
    counters = (columns["attempts"], columns["refetches"], columns["rejections"])
    if told == "-":
        assert (columns["zkb"], counters, columns["error"]) == (ZKB, (4, 2, 1), "why")
        return
    assert columns["killmail_hash"] == incoming.killmail_hash
    assert columns["zkb"] == (NEW_ZKB if incoming.zkb and b"2" in incoming.zkb else ZKB)
    is_fresh = incoming.killmail_hash == "ab" * 20
    assert counters == ((0, 0, 0) if is_fresh else (4, 2, 1))
    assert (columns["batch_id"] is not None) == told.startswith("blocked")
    assert (columns["error"] is None) == told.startswith("fetched")


def test_a_body_published_again_under_the_same_hash_replaces_what_core_has(runtime: Runtime) -> None:
    stage(runtime, [ref(BODY, ZKB)])
    load_past_gate(runtime)
    stage(runtime, [INCOMING["another body"]])
    stage(runtime, [INCOMING["another zkb"]])  # another change before the batch does not hide the first
    [built] = load_past_gate(runtime)
    assert (built.candidates, built.known) == (1, 0)
    assert rows(runtime, "SELECT system_id, points FROM core.kills_fact") == [(30_000_143, 2)]
    stage(runtime, [ref(OTHER, NEW_ZKB)])
    assert load_past_gate(runtime) == []


@pytest.mark.parametrize("state", ["pending", "gone", "promoted", "quarantined"])
def test_a_killmail_that_core_has_needs_no_body(runtime: Runtime, state: str) -> None:
    stage(runtime, [ref(BODY, ZKB)])
    load_past_gate(runtime)
    run(runtime, "UPDATE staging.killmails SET state = :state, body = NULL", state=state)
    stage(runtime, [INCOMING["another zkb"]])
    assert found(runtime)[0] == "fetched"
    [built] = load_past_gate(runtime)
    assert built.known == 1
    assert rows(runtime, "SELECT points FROM core.kills_fact") == [(2,)]


def test_new_rows_are_counted_and_the_order_of_refs_does_not_matter(runtime: Runtime) -> None:
    assert stage(runtime, []) == 0
    assert stage(runtime, [ref(kill(number)) for number in (3, 1, 2, 1)]) == 3
    assert stage(runtime, [ref(kill(number)) for number in (4, 3)]) == 1


def test_what_jsonb_refuses_is_replaced_and_the_rest_is_kept(runtime: Runtime) -> None:
    zkb = b'{"labels":["a\\u0000b","\\ud800","\\ud83d\\ude00"],"\\udfff":1e999,"totalValue":3375084389.45,"n":null}'
    stage(runtime, [Ref(1, "a\0b", zkb, b"\0\xff")])
    kept = {"labels": ["a\ufffdb", "\ufffd", "😀"], "\ufffd": None, "totalValue": 3375084389.45, "n": None}
    [(killmail_hash, block, body)] = rows(runtime, "SELECT killmail_hash, zkb, body FROM staging.killmails")
    assert (killmail_hash, block, bytes(body)) == ("a\ufffdb", kept, b"\0\xff")


def execute(statement: str) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(text(statement))


@pytest.mark.parametrize(
    ("state", "meanwhile", "expected"),
    [
        # a batch is promoted: what comes for its killmail then is for the next batch, not for the one that is done
        (
            "blocked",
            execute("UPDATE staging.killmails SET state = 'promoted', batch_id = NULL"),
            ("fetched, own", NEW_ZKB),
        ),
        # ESI gives the body
        (
            "pending",
            execute(
                f"UPDATE staging.killmails SET state = 'fetched', body = '\\x{INCOMING['the same body'].body.hex()}'"
            ),
            ("fetched, own", NEW_ZKB),
        ),
        # another process stages it first, with its body
        (None, lambda connection: staging.stage(connection, FEED, [ref(BODY, ZKB)]), ("fetched, own", NEW_ZKB)),
    ],
    ids=["promoted meanwhile", "fetched meanwhile", "staged meanwhile"],
)
def test_a_ref_meets_what_others_have_written_by_the_time_it_is_written(
    runtime: Runtime, state: str | None, meanwhile: Callable[[Connection], object], expected: tuple[str, dict[str, int]]
) -> None:
    run(runtime, "INSERT INTO staging.batches (owner, source, state) VALUES ('test', 'r2z2', 'blocked')")
    if state is not None:
        stage(runtime, [ref(BODY, ZKB) if state == "blocked" else ref(BODY, ZKB, body=None)])
        batch = "(SELECT max(batch_id) FROM staging.batches)" if state == "blocked" else "NULL"
        run(runtime, f"UPDATE staging.killmails SET state = :state, batch_id = {batch}", state=state)
    worker = threading.Thread(target=stage, args=(runtime, [INCOMING["another zkb"]]))
    with runtime.engine.begin() as connection:
        meanwhile(connection)
        worker.start()
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%killmail%'"
        while rows(runtime, waiting) == [(0,)]:
            assert worker.is_alive()
    worker.join()
    told, columns = found(runtime)
    assert (told, columns["zkb"], columns["batch_id"]) == (*expected, None)


def test_what_was_published_again_and_lost_its_body_is_known_as_it_is_in_core(runtime: Runtime) -> None:
    stage(runtime, [ref(BODY, ZKB)])
    load_past_gate(runtime)
    stage(runtime, [INCOMING["another body"]])
    run(runtime, "UPDATE staging.killmails SET body = NULL, zkb = '{\"points\": 2}'")
    [built] = load_past_gate(runtime)
    assert (built.known, built.quarantined) == (1, 0)
    assert rows(runtime, "SELECT system_id, points FROM core.kills_fact") == [(30_000_142, 2)]


def test_bodies_are_read_a_bounded_number_and_size_at_a_time(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(one), ZKB) for one in range(1, 10)])
    sizes = {3: 100_000, 4: 100_000, 5: 100_000, 6: 900_000}  # PostgreSQL packs them to little
    for one, size in sizes.items():
        run(runtime, "UPDATE staging.killmails SET body = :body WHERE killmail_id = :id", body=b"x" * size, id=one)
    with runtime.engine.connect() as connection:
        chunks = list(staging.arrivals(connection, [*range(1, 10), 99], 2, 150_000))
        assert [[one.killmail_id for one in chunk] for chunk in chunks] == [[1, 2], [3], [4], [5], [6], [7, 8], [9]]
        assert [len(one.body or b"") for chunk in chunks[1:5] for one in chunk] == list(sizes.values())
        assert list(staging.portions(connection, [9, 99, 6, 1], 2, 150_000)) == [[9, 99], [6], [1]]
        assert list(staging.portions(connection, [], 2, 150_000)) == []


def test_every_stage_that_reads_staging_keeps_to_the_bytes_of_a_chunk(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[int] = []
    add = BatchBuilder.add

    def watched(self: BatchBuilder, chunk: list[Arrival]) -> None:
        added.append(len(chunk))
        add(self, chunk)

    monkeypatch.setattr(BatchBuilder, "add", watched)
    for stage_of in ("build", "repair", "day_bodies"):
        monkeypatch.setattr(f"killmart.load.{stage_of}.CHUNK_BYTES", 1)
    past_gate(monkeypatch)
    stage(runtime, [ref(kill(one), ZKB) for one in (1, 2, 3)])
    load_past_gate(runtime)
    repair_kills(runtime, [1, 2, 3])
    assert added == [1] * 6
    plan = DayPlan(date(2026, 11, 17), wanted={1, 2, 3})
    assert [len(chunk) for chunk in arrivals_of_staging(runtime, plan)] == [1] * 3
