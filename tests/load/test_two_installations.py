"""Two Airflows, or two homes, on one warehouse: none abandons what another works on, and both say so."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

import pytest

from killmart.db import batches
from killmart.errors import KillmartError
from killmart.load.batch import alone, new_batch
from killmart.load.live import build_from_staging
from killmart.load.promote import promote
from killmart.load.review import asked_batches, note_asked, unasked_batches
from killmart.load.validate import validate
from killmart.runtime import Runtime
from killmart.watch.status import status
from support.blocking import blocked_batch
from support.making import MakeRuntime
from support.pipeline import build, give_verdict, kill, load_past_gate, ref, rows, run, stage, states

DAG = "killmails_live"


def airflow(make_runtime: MakeRuntime, name: str) -> Runtime:
    """The runtime of a task of this DAG in the Airflow of that name."""
    return replace(make_runtime(owner=DAG), dag_id=DAG, name_airflow=lambda _: name)


def test_the_same_dag_of_another_airflow_leaves_a_batch_alone(make_runtime: MakeRuntime) -> None:
    ours, theirs = airflow(make_runtime, "airflow-a"), airflow(make_runtime, "airflow-b")
    stage(ours, [ref(kill(1))])
    built = build(ours)
    stage(ours, [ref(kill(2))])
    assert [one.candidates for one in load_past_gate(theirs)] == [1]
    give_verdict(ours, built.batch_id)
    assert promote(ours, built.batch_id).inserted == 1
    assert states(ours) == {1: "promoted", 2: "promoted"}


def test_an_airflow_takes_up_what_its_own_task_left_on_whatever_machine(make_runtime: MakeRuntime) -> None:
    stage(make_runtime(), [ref(kill(1))])
    first = build(airflow(make_runtime, "airflow-a"))
    elsewhere = airflow(lambda **more: make_runtime(home="/other/home", **more), "airflow-a")
    again = build(elsewhere)
    assert again.batch_id != first.batch_id
    assert again.candidates == 1


@pytest.mark.parametrize(("home", "candidates"), [("/first/home", [1]), ("/second/home", [])])
def test_the_command_line_of_a_home_takes_up_its_own(
    make_runtime: MakeRuntime, home: str, candidates: list[int]
) -> None:
    stage(make_runtime(), [ref(kill(1))])
    build(make_runtime(home="/first/home", owner="command line"))
    second = build_from_staging(make_runtime(home=home, owner="command line"))
    assert [second.candidates] == candidates if second else candidates == []


@pytest.mark.parametrize(
    "built_at", ["now() - interval '3 hours'", "now() + interval '1 day'"], ids=["old", "clock set back"]
)
def test_after_two_hours_anybody_s_is_taken_up_unless_somebody_works_on_it(
    make_runtime: MakeRuntime, built_at: str
) -> None:
    ours, theirs = airflow(make_runtime, "airflow-a"), airflow(make_runtime, "airflow-b")
    stage(ours, [ref(kill(1))])
    built = build(ours)
    run(ours, f"UPDATE staging.batches SET built_at = {built_at}")
    with batches.at_work(ours.engine, built.batch_id):
        assert build_from_staging(theirs) is None
    assert build(theirs).candidates == 1
    with pytest.raises(KillmartError, match=rf"Batch {built.batch_id} is abandoned"):
        promote(ours, built.batch_id)


def test_what_waits_for_the_rest_of_its_stretch_of_days_is_left_alone_however_old_it_is(
    make_runtime: MakeRuntime,
) -> None:
    ours, theirs = make_runtime(owner="killmails_backfill"), airflow(make_runtime, "airflow-b")
    stretch = "killmails_backfill 2026-01-01..2026-06-30"
    with alone(ours, stretch):
        with new_batch(ours, stretch, "everef") as builder:
            builder.claim(0)
            builder._make_tables()
            builder.built.candidates = 1
        run(ours, "UPDATE staging.batches SET built_at = now() - interval '3 hours'")
        assert build_from_staging(theirs) is None
        assert rows(ours, "SELECT state FROM staging.batches") == [("built",)]
    assert build_from_staging(theirs) is None
    assert rows(ours, "SELECT state FROM staging.batches") == [("abandoned",)]


def test_the_gate_s_work_on_an_old_batch_is_not_pulled_from_under_it(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    import killmart.load.validate as stage_validate

    ours, theirs = airflow(make_runtime, "airflow-a"), airflow(make_runtime, "airflow-b")
    stage(ours, [ref(kill(1))])
    built = build(ours)
    run(ours, "UPDATE staging.batches SET built_at = now() - interval '3 hours'")
    judging, go_on = threading.Event(), threading.Event()
    judge = stage_validate.validate_batch

    def slowly(url: str, batch_id: int) -> object:
        judging.set()
        assert go_on.wait(60)
        return judge(url, batch_id)

    monkeypatch.setattr(stage_validate, "validate_batch", slowly)
    worker = threading.Thread(target=validate, args=(ours, built.batch_id))
    worker.start()
    assert judging.wait(60)
    assert build_from_staging(theirs) is None
    go_on.set()
    worker.join()
    assert promote(ours, built.batch_id).inserted == 1


def test_both_are_told_and_one_alone_hears_nothing(make_runtime: MakeRuntime, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    ours, theirs = airflow(make_runtime, "airflow-a"), airflow(make_runtime, "airflow-b")
    by_hand = make_runtime(owner="command line")
    for number, runtime in enumerate((ours, by_hand, ours), 1):
        stage(runtime, [ref(kill(number))])
        load_past_gate(runtime)
    assert "Airflows" not in caplog.text
    assert list(status(by_hand)["airflows"]) == ["airflow-a"]
    assert "warning" not in status(by_hand)
    stage(theirs, [ref(kill(9))])
    load_past_gate(theirs)
    assert "2 Airflows have loaded into this warehouse within a day: airflow-a, airflow-b." in caplog.text
    assert "(This one is airflow-b.)" in caplog.text
    assert status(by_hand)["warning"].startswith("2 Airflows have loaded")
    caplog.clear()
    load_past_gate(ours)
    assert "(This one is airflow-a.)" in caplog.text


def test_a_question_is_the_airflow_s_that_asked_it_for_as_long_as_that_one_looks_after_it(
    make_runtime: MakeRuntime,
) -> None:
    ours, theirs = airflow(make_runtime, "airflow-a"), airflow(make_runtime, "airflow-b")
    for number, runtime in ((1, theirs), (2, ours)):  # both are there for some time
        stage(runtime, [ref(kill(number))])
        load_past_gate(runtime)
    batch_id = blocked_batch(ours, [ref(kill(3))])
    assert unasked_batches(theirs) == [batch_id]
    due_at = note_asked(ours, batch_id, "DAG review_batch", "run batch_3")
    assert (asked_batches(ours), asked_batches(theirs)) == ([batch_id], [])
    run(ours, "UPDATE staging.batches SET built_at = built_at - interval '4 hours'")  # so that it is known that long
    for moment, left_to in (("1 hour", []), ("3 hours", [batch_id]), ("-1 day", [batch_id])):  # a clock set back
        run(ours, f"UPDATE staging.batches SET asked_at = now() - interval '{moment}' WHERE batch_id = {batch_id}")
        assert (asked_batches(ours), asked_batches(theirs)) == ([batch_id], left_to), moment
    assert note_asked(theirs, batch_id, "DAG review_batch", "run batch_3") == due_at
    assert (asked_batches(ours), asked_batches(theirs)) == ([], [batch_id])


@pytest.mark.parametrize("has_built", [False, True])
def test_an_airflow_that_lost_its_name_with_its_database_asks_again_at_once(
    make_runtime: MakeRuntime, has_built: bool
) -> None:
    before, after = airflow(make_runtime, "airflow-before"), airflow(make_runtime, "airflow-after")
    batch_id = blocked_batch(before, [ref(kill(1))])
    note_asked(before, batch_id, "DAG review_batch", "run batch_1")
    if has_built:
        stage(after, [ref(kill(2))])
        load_past_gate(after)
    assert asked_batches(after) == [batch_id]


def test_rows_say_where_a_batch_was_built(make_runtime: MakeRuntime) -> None:
    for number, runtime in enumerate((airflow(make_runtime, "airflow-a"), make_runtime(home="/a/home", owner="hand"))):
        stage(runtime, [ref(kill(number + 1))])
        build(runtime)
    found = rows(make_runtime(), "SELECT installation, owner FROM staging.batches ORDER BY batch_id")
    assert found[0] == ("airflow-a", DAG)
    assert found[1][0].endswith(":/a/home")
