"""Whole days, loaded and proven: genuine archives cell for cell, what is missing by id, kills that came again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, text

from killmart.db.locks import undeadlocked
from killmart.db.staging import stage
from killmart.load.days import load_days
from killmart.load.live import build_from_staging
from killmart.load.promote import promote
from killmart.model.ref import Ref
from killmart.runtime import Runtime
from killmart_demo.app import Running, running
from killmart_demo.config import SimulatorConfig
from killmart_demo.watch import Limits
from support import oracle, realdata
from support.day_loading import (
    DAY,
    DAY_BEFORE,
    complete,
    coverage,
    ids_of,
    in_core,
    on,
    past_gate,
    rows_of,
    serving,
    small,
    struck,
)
from support.making import MakeRuntime
from support.pipeline import (
    delete_kills,
    differences,
    encoded,
    give_verdict,
    kill,
    quarantined,
    row_versions,
    rows,
    run,
    states,
)
from support.plans import noting

ADDED_BY_EVEREF = ("killmail_hash", "http_last_modified")
GENUINE = tuple(date.fromisoformat(day) for day in realdata.DAYS)


def genuine(days: tuple[date, ...]) -> oracle.Tables:
    """The oracle's rows for the genuine days."""
    return oracle.expected(
        (
            {name: value for name, value in kill.body.items() if name not in ADDED_BY_EVEREF},
            kill.body["killmail_hash"],
            None,
            "everef",
        )
        for day in days
        for kill in realdata.day_archive(day.isoformat())
    )


def test_the_gate_is_imported_while_there_is_something_to_judge_and_only_then(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr("killmart.load.days.import_ahead", lambda: done.append("import"))

    def judge(runtime: Runtime, batch_id: int) -> None:
        done.append("judge")
        give_verdict(runtime, batch_id)

    monkeypatch.setattr("killmart.load.batch.validate", judge)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        assert load_days(runtime, [DAY]).inserted
        assert done == ["import", "judge"]
        assert not load_days(runtime, [DAY]).inserted
    assert done == ["import", "judge"]


@realdata.needs_days
def test_genuine_days_come_cell_for_cell_and_a_second_run_writes_nothing(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tuple(realdata.day_archive_path(day) for day in realdata.DAYS)
    with running(SimulatorConfig(bodies=files, limits=Limits(r2z2_per_second=10_000))) as simulator:
        runtime = on(simulator, make_runtime)
        report = load_days(runtime, GENUINE)
        everything = ids_of(simulator, *GENUINE)
        assert (report.is_complete, report.inserted, report.quarantined) == (True, len(everything), 0)
        for day in GENUINE:
            assert coverage(runtime, day) == (*complete(len(ids_of(simulator, day))), ["everef", "list"])
        assert differences(runtime, genuine(GENUINE)) == []

        past_gate(monkeypatch)
        before = row_versions(runtime)
        again = load_days(runtime, GENUINE)
        assert (again.is_complete, again.inserted, again.changed, again.unchanged) == (True, 0, 0, 0)
        assert [day.source for day in again.days] == ["none", "none"]
        anew = load_days(runtime, GENUINE[:1], source="history", mode="reload")
        assert (anew.inserted, anew.changed, anew.unchanged) == (0, 0, len(ids_of(simulator, GENUINE[0])))
        assert row_versions(runtime) == before

        few = sorted(everything)[::2000]
        delete_kills(runtime, few)
        repaired = load_days(runtime, GENUINE)
        assert (repaired.days[0].source, repaired.inserted, repaired.is_complete) == ("esi", len(few), True)
        assert rows(runtime, "SELECT count(*) FROM core.kills_fact WHERE source = 'esi'") == [(len(few),)]
        assert simulator.state.breaches() == []


def test_coverage_names_exactly_what_was_withheld_and_the_next_run_repairs_it(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    with serving(day_kills=900, archive_withheld=0.03, list_withheld=0.01) as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        report = load_days(runtime, [DAY], source="everef")
        withheld = simulator.state.days.status()
        absent = set(withheld["archive"][str(DAY)])
        unlisted = set(withheld["list"][str(DAY)])
        assert absent - unlisted
        assert unlisted - absent
        missing = absent - unlisted
        known_of = everything - (absent & unlisted)
        assert coverage(runtime) == (len(known_of), len(everything - absent), 0, missing, ["everef", "list"])
        assert set(report.days[0].missing) == missing
        assert not report.is_complete

        simulator.state.days.change(small(day_kills=900))
        repaired = load_days(runtime, [DAY])
        assert repaired.is_complete
        assert (coverage(runtime) or ())[:4] == complete(len(everything))
        assert in_core(runtime) == everything


def test_core_is_asked_once_about_each_killmail_of_a_day(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    with serving(list_withheld=0.05) as simulator:
        runtime = on(simulator, make_runtime)
        with noting(runtime.engine) as statements:
            assert load_days(runtime, [DAY], source="everef").inserted
        questions = [found["kill_ids"] for text, found in statements if "Which of the given killmails core has" in text]
        listed = simulator.state.days.status()["list"][str(DAY)]
        assert listed
        assert sorted(one for ids in questions for one in ids) == sorted(ids_of(simulator))
        assert set(listed) <= set(questions[-1])


def test_what_esi_does_not_have_comes_from_the_archive_and_else_is_staged(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        gone = frozenset(sorted(everything)[:3])
        config = replace(simulator.state.config, esi_gone=gone)
        simulator.state.config = config
        assert load_days(runtime, [DAY]).is_complete
        delete_kills(runtime, sorted(everything)[:5])
        repaired = load_days(runtime, [DAY])
        assert (repaired.is_complete, repaired.inserted) == (True, 5)
        assert states(runtime) == {}

        few = sorted(everything)[1:5]
        delete_kills(runtime, few)
        simulator.state.days.change(small("archive_missing", "raw_missing"))
        report = load_days(runtime, [DAY])
        assert set(report.days[0].missing) == gone & set(few)
        assert states(runtime) == dict.fromkeys(gone & set(few), "pending")
        assert "ESI answered 404" in "".join(report.days[0].notes)


@pytest.mark.parametrize("source", ["everef", "history"])
def test_a_kill_that_is_published_again_is_replaced_whole_and_counted_as_changed(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    past_gate(monkeypatch)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        load_days(runtime, [DAY], source=source)
        untouched = differences(runtime, rows_of(simulator, everything, source))
        assert untouched == []

        simulator.state.days.change(small("member_republished"))
        report = load_days(runtime, [DAY], source=source, mode="reload")
        assert (report.inserted, report.changed, report.unchanged) == (0, 1, len(everything) - 1)
        entries = simulator.state.days._entries(DAY, "archive", frozenset({"member_republished"}))
        bodies = {entry.killmail_id: entry.body for entry in entries}
        one = struck(simulator)["member_republished"]
        assert bodies[one] != simulator.state.catalogue.get(one).body  # type: ignore[union-attr]
        assert differences(runtime, rows_of(simulator, everything, source, bodies)) == []
        again = load_days(runtime, [DAY], source=source, mode="reload")
        assert (again.changed, again.unchanged) == (0, len(everything))


def test_staged_kills_that_a_day_brings_are_asked_of_nobody_any_more(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        waiting = refs(simulator, with_body=False)
        with runtime.engine.begin() as connection:
            stage(connection, "redisq", [replace(one, zkb=b'{"totalValue": 5}') for one in waiting])
        load_days(runtime, [DAY])
        assert set(states(runtime).values()) == {"fetched"}
        assert live(runtime) is None
        assert set(states(runtime).values()) == {"promoted"}
        assert rows(runtime, "SELECT DISTINCT total_value FROM core.kills_fact") == [(5,)]


def test_a_day_and_the_feed_load_the_same_kills_at_once(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    past_gate(monkeypatch)
    bad = ("member_two_final_blows", "member_text_value", "member_overflow", "member_without_time")
    with serving(*bad, day_kills=400) as simulator:
        everything = ids_of(simulator)
        daily, feed, other = (on(simulator, make_runtime, owner=name) for name in ("daily", "live", "backfill"))
        staged = {ref.killmail_id: ref for ref in refs(simulator, with_body=True)}
        simulator.state.days.archive(DAY)
        victims = set(struck(simulator).values())
        for one in victims:  # both refuse the same killmails
            staged[one] = replace(staged[one], body=encoded(kill(one, attackers=[])))
        with feed.engine.begin() as connection:
            stage(connection, "r2z2", list(staged.values()))
        run(feed, "UPDATE staging.killmails SET refetches = 3")
        days = [DAY_BEFORE, DAY]
        at_once(
            lambda: load_days(daily, [DAY], source="everef"),
            lambda: live(feed),
            lambda: load_days(other, days, source="everef", mode="reload"),
            lambda: load_days(other, days, source="everef"),
        )
        assert in_core(daily) == everything - victims | ids_of(simulator, DAY_BEFORE)
        assert set(quarantined(daily)) == victims
        assert (coverage(daily) or ())[:4] == complete(len(everything), quarantined=len(victims))
        assert rows(daily, "SELECT count(*) FROM staging.batches WHERE state NOT IN ('promoted', 'abandoned')") == [
            (0,)
        ]
        expected = rows_of(simulator, in_core(daily), "")
        for killmail_id, source in rows(daily, "SELECT killmail_id, source FROM core.kills_fact"):
            expected["kills_fact"][killmail_id,]["source"] = source  # whoever was first
        assert differences(daily, expected) == []


def test_a_load_that_dies_between_build_and_promotion_is_done_by_the_next_one(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise SystemError("killed")

    with serving() as simulator:
        runtime = on(simulator, make_runtime)
        everything = ids_of(simulator)
        for died_in in ("batch.validate", "days.promote_together"):
            with monkeypatch.context() as patch:
                past_gate(patch)
                patch.setattr(f"killmart.load.{died_in}", die)
                with pytest.raises(SystemError):
                    load_days(runtime, [DAY])
            assert in_core(runtime) == set()
        past_gate(monkeypatch)
        report = load_days(runtime, [DAY])
        assert (report.is_complete, report.inserted) == (True, len(everything))
        assert differences(runtime, rows_of(simulator, everything, "everef")) == []
        assert rows(runtime, "SELECT tablename FROM pg_tables WHERE schemaname = 'candidate'") == []
        assert rows(runtime, "SELECT state, count(*) FROM staging.batches GROUP BY 1 ORDER BY 1") == [
            ("abandoned", 2),
            ("promoted", 1),
        ]


def test_a_transaction_that_postgresql_calls_off_is_done_again(engine: Engine) -> None:
    with engine.begin() as connection:
        pair = "CREATE TABLE candidate.pair AS SELECT n, 0 AS touched FROM generate_series(1, 2) AS n"
        connection.execute(text(pair))
    both_hold_one = threading.Barrier(2)
    attempts: list[int] = []

    def touch(first: int, second: int) -> None:
        is_first_attempt = first not in attempts
        attempts.append(first)
        with engine.begin() as connection:
            for n in (first, second):
                connection.execute(text("UPDATE candidate.pair SET touched = touched + 1 WHERE n = :n"), {"n": n})
                if n == first and is_first_attempt:
                    both_hold_one.wait()

    at_once(lambda: undeadlocked(lambda: touch(1, 2)), lambda: undeadlocked(lambda: touch(2, 1)))
    assert len(attempts) >= 3  # another deadlock may follow the first
    with engine.connect() as connection:
        assert connection.execute(text("SELECT sum(touched) FROM candidate.pair")).scalar_one() == 4


def refs(simulator: Running, *, with_body: bool) -> list[Ref]:
    """The day's kills as a feed names them."""
    kills = [simulator.state.catalogue.get(one) for one in sorted(ids_of(simulator))]
    return [Ref(one.killmail_id, one.killmail_hash, None, one.body if with_body else None) for one in kills if one]


def live(runtime: Runtime) -> None:
    """What the live DAG does with what is staged, in small batches."""
    small_batches = replace(runtime, settings=_with_batches_of(runtime, 40))
    while (built := build_from_staging(small_batches)) is not None:
        give_verdict(runtime, built.batch_id)
        promote(runtime, built.batch_id)


def _with_batches_of(runtime: Runtime, kills: int) -> Any:
    return msgspec.structs.replace(runtime.settings, batch_kills=kills)


def at_once(*works: Callable[[], object]) -> None:
    """Do all of it in threads that start together; raises the first error."""
    errors: list[BaseException] = []
    gate = threading.Barrier(len(works))

    def do(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
