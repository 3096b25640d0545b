"""A person decides on a blocked batch: whole or not at all, once, on record, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import DBAPIError

from killmart.db.batches import lock_batch
from killmart.errors import KillmartError
from killmart.load import quarantine
from killmart.load.live import build_from_staging
from killmart.load.review import (
    asked_batches,
    batches_in,
    decided_batches,
    keep_asking,
    note_asked,
    reject_batch,
    release_batch,
    retry_batch,
    review_of,
    unasked_batches,
)
from killmart.load.validate import validate
from killmart.runtime import Runtime
from support.blocking import block, blocked_batch, blocked_day_batch
from support.making import MakeRuntime
from support.pipeline import (
    build,
    give_verdict,
    kill,
    load_past_gate,
    quarantined,
    ref,
    row_versions,
    rows,
    run,
    stage,
    states,
)


def refs(*ids: int) -> list:
    return [ref(kill(number)) for number in ids]


def batch_state(runtime: Runtime, batch_id: int) -> tuple[object, ...]:
    """State of the batch, outcome of its run, and how many candidate tables it has."""
    [row] = rows(
        runtime,
        "SELECT batches.state, runs.outcome, (SELECT count(*) FROM pg_tables"
        f" WHERE schemaname = 'candidate' AND tablename LIKE '%\\_{batch_id}') FROM staging.batches"
        f" LEFT JOIN quality.validation_runs AS runs USING (batch_id) WHERE batch_id = {batch_id}",
    )
    return row


def actions(runtime: Runtime) -> list[tuple[object, ...]]:
    return rows(runtime, "SELECT actor, action, batch_id, note FROM quality.actions ORDER BY action_id")


def core_ids(runtime: Runtime) -> list[int]:
    return [row[0] for row in rows(runtime, "SELECT killmail_id FROM core.kills_fact ORDER BY 1")]


def test_a_released_batch_is_promoted_once_and_on_record(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1, 2))
    assert release_batch(runtime, batch_id, "Ann", "counted by hand").inserted == 2
    assert batch_state(runtime, batch_id) == ("promoted", "released", 0)
    assert states(runtime) == {1: "promoted", 2: "promoted"}
    assert actions(runtime) == [("Ann", "release_batch", batch_id, "counted by hand")]
    before = row_versions(runtime)
    assert release_batch(runtime, batch_id, "Bob", "me too").inserted == 0
    assert row_versions(runtime) == before
    assert len(actions(runtime)) == 1
    with pytest.raises(KillmartError, match=rf"Batch {batch_id} was released by Ann at .*\(counted by hand\)"):
        reject_batch(runtime, batch_id, "Bob", "no")


def test_decisions_are_told_to_airflow_as_long_as_its_question_may_be_open(runtime: Runtime) -> None:
    released, rejected, retried, open_still, unasked, gone, old = (blocked_batch(runtime, refs(n)) for n in range(1, 8))
    for batch_id in (released, rejected, retried, open_still, gone, old):
        note_asked(runtime, batch_id, "DAG review_batch", f"run batch_{batch_id}")
    release_batch(runtime, released, "Ann", "counted by hand")
    release_batch(runtime, old, "Ann", "long ago")
    release_batch(runtime, unasked, "Ann", "before anybody was asked")
    reject_batch(runtime, rejected, "Bob", "no such ship")
    reject_batch(runtime, retried, "Bob", "a bug in us")
    retry_batch(runtime, retried, "Bob")
    run(runtime, f"UPDATE staging.batches SET state = 'abandoned' WHERE batch_id = {gone}")
    late = f"interval '{runtime.settings.review_hours + 25} hours'"
    run(runtime, f"UPDATE quality.actions SET at = at - {late} WHERE batch_id IN ({old}, {rejected})")
    run(runtime, f"UPDATE staging.batches SET answer_due_at = answer_due_at - {late} WHERE batch_id = {old}")

    told = {one["batch_id"]: (one["is_released"], one["actor"], one["note"]) for one in decided_batches(runtime)}
    assert told == {
        released: (True, "Ann", "counted by hand"),
        rejected: (False, "Bob", "no such ship"),
        retried: (False, "Bob", "a bug in us"),
        gone: (False, "Killmart", "the batch is abandoned, so nothing is left to decide"),
    }


def test_a_rejected_batch_stays_aside_until_somebody_asks_for_it(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1, 2))
    assert reject_batch(runtime, batch_id, "Ann", "a bug in us") == 2
    assert batch_state(runtime, batch_id) == ("rejected", "rejected", 0)
    assert states(runtime) == {1: "blocked", 2: "blocked"}
    assert build_from_staging(runtime) is None  # not built and blocked again
    stage(runtime, refs(1, 2))
    assert build_from_staging(runtime) is None  # a source that says the same again changes nothing
    assert review_of(runtime, batch_id).set_aside == 2
    assert [one.batch_id for one in batches_in(runtime, "rejected")] == [batch_id]
    assert reject_batch(runtime, batch_id, "Bob", "me too") == 0
    with pytest.raises(KillmartError, match="was rejected by Ann"):
        release_batch(runtime, batch_id, "Bob", "but it is good")

    assert retry_batch(runtime, batch_id, "Ann", "fixed") == 2
    assert retry_batch(runtime, batch_id, "Ann", "fixed") == 0
    load_past_gate(runtime)
    assert core_ids(runtime) == [1, 2]
    assert [row[1] for row in actions(runtime)] == ["reject_batch", "retry_batch"]


@pytest.mark.parametrize(
    "change", [lambda: [ref(kill(1, solar_system_id=30_000_143))], lambda: [ref(kill(1), killmail_hash="a" * 40)]]
)
def test_another_body_or_hash_takes_a_killmail_out_of_a_rejected_batch(
    runtime: Runtime, change: Callable[[], list]
) -> None:
    batch_id = blocked_batch(runtime, refs(1, 2))
    reject_batch(runtime, batch_id, "Ann", "no")
    stage(runtime, change())
    assert states(runtime) == {1: "fetched", 2: "blocked"}


def test_a_rejected_batch_may_go_to_quarantine_with_its_bodies(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1, 2))
    assert reject_batch(runtime, batch_id, "Ann", "nonsense", quarantine=True) == 2
    assert quarantined(runtime) == {1: "rejected_batch", 2: "rejected_batch"}
    assert states(runtime) == {1: "quarantined", 2: "quarantined"}
    [entry, _] = quarantine.entries(runtime, "rejected_batch")
    assert (entry.batch_id, entry.detail) == (batch_id, f"batch {batch_id} was rejected by Ann: nonsense")
    assert quarantine.entry_of(runtime, entry.quarantine_id).body == ref(kill(2)).body
    [ids] = quarantine.open_ids(runtime, batch_id=batch_id)
    assert quarantine.retry(runtime, ids, "Ann", "fixed").done == ids
    load_past_gate(runtime)
    assert core_ids(runtime) == [1, 2]
    assert quarantined(runtime) == {}


def test_a_day_s_batch_has_nothing_in_staging(runtime: Runtime) -> None:
    stage(runtime, refs(1))
    load_past_gate(runtime)
    stage(runtime, [ref(kill(2), None, body=None)])  # named by a feed, on its own way
    batch_id = blocked_day_batch(runtime, refs(1, 2, 3))
    assert reject_batch(runtime, batch_id, "Ann", "no", quarantine=True) == 1
    assert quarantined(runtime) == {3: "rejected_batch"}
    assert states(runtime) == {1: "promoted", 2: "pending"}
    [entry] = quarantine.entries(runtime)
    assert (entry.feed, entry.body_bytes) == ("everef", None)
    quarantine.retry(runtime, [entry.quarantine_id], "Ann")
    assert states(runtime) == {1: "promoted", 2: "pending", 3: "pending"}  # to be fetched
    other = blocked_day_batch(runtime, refs(4))
    assert reject_batch(runtime, other, "Ann", "its day brings it again") == 0


def test_what_core_has_is_let_go_and_what_another_batch_brings_is_too(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1, 2))
    other = blocked_day_batch(runtime, refs(1))
    release_batch(runtime, other, "Ann", "good")
    assert reject_batch(runtime, batch_id, "Ann", "no") == 1
    assert states(runtime) == {1: "promoted", 2: "blocked"}
    release_batch(runtime, blocked_day_batch(runtime, refs(2)), "Ann", "good")
    assert states(runtime) == {1: "promoted", 2: "fetched"}
    load_past_gate(runtime)
    assert states(runtime) == {1: "promoted", 2: "promoted"}


def test_what_changed_while_a_batch_was_blocked_is_not_lost(runtime: Runtime) -> None:
    """Its values, its body or its hash may come again; whatever is promoted first, core ends up with the newest."""
    stage(runtime, [ref(kill(5), {"points": 1})])
    load_past_gate(runtime)
    stage(runtime, [ref(kill(number), {"points": 1}) for number in (1, 2, 3)] + [ref(kill(5), {"points": 2})])
    batch_id = block(runtime, build(runtime).batch_id)
    republished = kill(2, war_id=77)
    renamed = kill(3, solar_system_id=30_000_143, killmail_time="2021-11-29T12:34:57Z")
    changed = [ref(kill(1), {"points": 9}), ref(republished, {"points": 1}), ref(renamed, {"points": 1})]
    stage(runtime, [*changed, ref(kill(5), {"points": 9})])
    assert states(runtime) == {1: "blocked", 2: "fetched", 3: "fetched", 5: "blocked"}
    release_batch(runtime, batch_id, "Ann", "good")
    load_past_gate(runtime)
    assert set(states(runtime).values()) == {"promoted"}
    found = rows(runtime, "SELECT killmail_id, points, war_id, system_id FROM core.kills_fact ORDER BY 1")
    assert found == [
        (1, 9, None, 30_000_142),
        (2, 1, 77, 30_000_142),
        (3, 1, None, 30_000_143),
        (5, 9, None, 30_000_142),
    ]


def test_rows_that_left_a_batch_are_not_rejected_with_it(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1, 2))
    stage(runtime, [ref(kill(2, war_id=77))])
    assert reject_batch(runtime, batch_id, "Ann", "no", quarantine=True) == 1
    assert (quarantined(runtime), states(runtime)) == ({1: "rejected_batch"}, {1: "quarantined", 2: "fetched"})


@pytest.mark.parametrize("decide", [release_batch, reject_batch])
def test_what_cannot_be_decided_is_refused_in_a_sentence(runtime: Runtime, decide: Callable) -> None:
    with pytest.raises(KillmartError, match="There is no batch 4711"):
        decide(runtime, 4711, "Ann", "why not")
    stage(runtime, refs(1))
    batch_id = build(runtime).batch_id
    with pytest.raises(KillmartError, match=f"Batch {batch_id} is being loaded"):
        decide(runtime, batch_id, "Ann", "why not")
    block(runtime, batch_id)
    for note in ("", " \n"):
        with pytest.raises(KillmartError, match="a note has to say why"):
            decide(runtime, batch_id, "Ann", note)
    with pytest.raises(KillmartError, match="Nobody is named"):
        decide(runtime, batch_id, "  ", "why not")
    assert (batch_state(runtime, batch_id)[0], actions(runtime)) == ("blocked", [])
    with pytest.raises(KillmartError, match="waits for a decision"):
        retry_batch(runtime, batch_id, "Ann")
    stage(runtime, refs(2))
    [passed] = load_past_gate(runtime)
    with pytest.raises(KillmartError, match="passed the gate and is in core"):
        decide(runtime, passed.batch_id, "Ann", "why not")


def test_a_note_of_any_signs_and_length_is_kept(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1))
    release_batch(runtime, batch_id, "A\x00nn", "\x00<b>\ud800" + "x" * 5000)
    [(actor, _, _, note)] = actions(runtime)
    assert actor == "A\ufffdnn"
    assert (str(note)[:5], str(note)[-7:], len(str(note))) == ("\ufffd<b>?", "… (cut)", 2000)


def test_core_s_keys_refuse_a_batch_whoever_vouches_for_it(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1, 2))
    table, columns = f"candidate.kills_fact_{batch_id}", "killmail_id, killmail_hash, kill_time, system_id, items"
    run(runtime, f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table}")
    with pytest.raises(KillmartError, match="core's own keys refuse its rows"):
        release_batch(runtime, batch_id, "Ann", "looks good")
    assert (batch_state(runtime, batch_id)[:2], actions(runtime)) == (("blocked", "blocked"), [])
    assert core_ids(runtime) == []
    assert reject_batch(runtime, batch_id, "Ann", "then not", quarantine=True) == 2


def test_tables_that_a_crash_emptied_are_not_released(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1))
    tables = rows(runtime, f"SELECT tablename FROM pg_tables WHERE tablename LIKE '%\\_{batch_id}'")
    run(runtime, "TRUNCATE " + ", ".join(f"candidate.{table}" for (table,) in tables))
    with pytest.raises(KillmartError, match="PostgreSQL restarted after a crash"):
        release_batch(runtime, batch_id, "Ann", "good")
    assert (batch_state(runtime, batch_id)[0], states(runtime)) == ("abandoned", {1: "fetched"})
    with pytest.raises(KillmartError, match="was abandoned"):
        reject_batch(runtime, batch_id, "Ann", "no")


@pytest.mark.parametrize("decide", [release_batch, reject_batch])
@pytest.mark.parametrize("table", ["quality.actions", "staging.batches", "quality.validation_runs"])
def test_a_decision_that_breaks_off_changes_nothing_and_can_be_repeated(
    runtime: Runtime, decide: Callable, table: str
) -> None:
    batch_id = blocked_batch(runtime, refs(1, 2))
    run(
        runtime,
        "CREATE FUNCTION public.break_off() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;"
        f" CREATE TRIGGER break_off BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION public.break_off()",
    )
    with pytest.raises(DBAPIError, match="connection"):
        decide(runtime, batch_id, "Ann", "why not")
    run(runtime, f"DROP TRIGGER break_off ON {table}")
    assert (batch_state(runtime, batch_id)[:2], actions(runtime)) == (("blocked", "blocked"), [])
    assert (states(runtime), core_ids(runtime)) == ({1: "blocked", 2: "blocked"}, [])
    decide(runtime, batch_id, "Ann", "why not")
    assert len(actions(runtime)) == 1


@pytest.mark.parametrize("turn", range(3))
def test_of_two_people_at_once_one_decides_and_the_other_is_told(runtime: Runtime, turn: int) -> None:
    batch_id = blocked_batch(runtime, refs(*range(1, 50)))

    def told(decide: Callable, person: str) -> str:
        try:
            return f"done: {decide(runtime, batch_id, person, 'why not')}"
        except KillmartError as error:
            return str(error)

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(told, [release_batch, reject_batch], ["Ann", "Bob"]))
    [(actor, action, _, _)] = actions(runtime)
    [loser] = [answer for answer in answers if not answer.startswith("done")]
    assert f"by {actor}" in loser
    expected = ("promoted", "released") if action == "release_batch" else ("rejected", "rejected")
    assert batch_state(runtime, batch_id) == (*expected, 0)
    assert len(core_ids(runtime)) == (49 if action == "release_batch" else 0)


def test_nobody_is_asked_twice(runtime: Runtime) -> None:
    first, second = blocked_batch(runtime, refs(1)), blocked_batch(runtime, refs(2))
    assert unasked_batches(runtime) == [first, second]
    note_asked(runtime, first, "DAG review_batch", "run batch_1")
    note_asked(runtime, first, "DAG review_batch", "run batch_1")
    assert unasked_batches(runtime) == [second]
    release_batch(runtime, second, "Ann", "good")
    assert unasked_batches(runtime) == []
    assert actions(runtime)[0] == ("DAG review_batch", "ask_review", first, "run batch_1")
    assert len(actions(runtime)) == 2


def test_the_deadline_is_that_of_the_first_time_however_often_it_is_asked(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime(review_hours=10)
    batch_id = blocked_batch(runtime, refs(1))
    assert review_of(runtime, batch_id).batch.answer_due_at is None  # whoever is not asked has all the time
    due_at = note_asked(runtime, batch_id, "DAG review_batch", "run batch_1")
    assert rows(runtime, "SELECT answer_due_at = asked_at + interval '10 hours' FROM staging.batches") == [(True,)]
    run(runtime, "UPDATE staging.batches SET asked_at = asked_at - interval '9 hours'")
    assert note_asked(make_runtime(review_hours=99), batch_id, "DAG review_batch", "run batch_1") == due_at
    keep_asking(runtime, [batch_id])
    assert review_of(runtime, batch_id).batch.answer_due_at == due_at
    [after] = rows(runtime, "SELECT asked_at > now() - interval '1 hour', asked_by FROM staging.batches")
    assert after == (True, runtime.installation)
    assert [name for _, name, *_ in actions(runtime)] == ["ask_review"]
    release_batch(runtime, batch_id, "Ann", "good")
    with pytest.raises(KillmartError, match=f"Batch {batch_id} was released by Ann"):
        note_asked(runtime, batch_id, "DAG review_batch", "run batch_1")
    keep_asking(runtime, [batch_id])  # what is decided is nobody's any more
    assert asked_batches(runtime) == []


def test_a_batch_on_which_somebody_decides_is_not_waited_for(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1))
    note_asked(runtime, batch_id, "DAG review_batch", "run batch_1")
    run(runtime, "UPDATE staging.batches SET asked_at = asked_at - interval '1 hour'")
    with runtime.engine.begin() as somebody:
        lock_batch(somebody, batch_id)
        keep_asking(runtime, [batch_id])
    assert rows(runtime, "SELECT asked_at < now() - interval '30 minutes' FROM staging.batches") == [(True,)]


def test_blocked_batches_come_in_pages_with_what_failed(runtime: Runtime) -> None:
    numbers = [blocked_batch(runtime, refs(number)) for number in (1, 2, 3)]
    page = batches_in(runtime, limit=2)
    assert [one.batch_id for one in page] == numbers[:0:-1]
    assert [one.batch_id for one in batches_in(runtime, before=page[-1].batch_id)] == numbers[:1]
    assert (page[0].outcome, page[0].critical_failures, page[0].candidates) == ("blocked", 1, 1)
    found = review_of(runtime, numbers[0])
    assert (found.set_aside, found.actions) == (1, [])
    [failure] = found.failures
    assert (failure.expectation, failure.examples[0]["killmail_id"]) == ("items_add_up", 3)
    with pytest.raises(KillmartError, match="There is no batch 4711"):
        review_of(runtime, 4711)


def test_a_batch_that_passed_is_in_no_list(runtime: Runtime) -> None:
    stage(runtime, refs(1))
    give_verdict(runtime, build(runtime).batch_id, "warned")
    assert (batches_in(runtime), batches_in(runtime, "rejected"), unasked_batches(runtime)) == ([], [], [])


def test_the_gate_says_so_when_a_person_was_faster(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, refs(1))
    reject_batch(runtime, batch_id, "Ann", "no")
    with pytest.raises(KillmartError, match=f"Batch {batch_id} was rejected by a person.* in quarantine, or set aside"):
        validate(runtime, batch_id)
