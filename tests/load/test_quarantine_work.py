"""People work the quarantine: retry, release, discard; each once, on record, and never past what a killmail is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from killmart.db.coverage import record_coverage
from killmart.db.quarantine import Quarantined
from killmart.db.quarantine import quarantine as put
from killmart.errors import GateBlocked, KillmartError
from killmart.load.quarantine import discard, entries, entry_of, open_ids, reasons, release, retry
from killmart.load.review import batches_in, reject_batch, release_batch
from killmart.runtime import Runtime
from support.blocking import blocked_batch
from support.pipeline import (
    attacker,
    encoded,
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

DAY = date(2021, 11, 29)


def refuse(runtime: Runtime, *bad: object) -> list[int]:
    """Load bad killmails; numbers of the entries they end up as, in the order of their ids."""
    stage(runtime, bad)  # type: ignore[arg-type]
    run(runtime, "UPDATE staging.killmails SET refetches = 3")  # asked for again often enough
    load_past_gate(runtime)
    query = "SELECT quarantine_id FROM quality.quarantine WHERE resolved_at IS NULL ORDER BY killmail_id"
    return [row[0] for row in rows(runtime, query)]


def enter(runtime: Runtime, **changes: object) -> int:
    """Put an entry into quarantine as a day load does, without a row in staging; returns its number."""
    one = ref(kill(7))
    entry = {
        "killmail_id": 7,
        "killmail_hash": one.killmail_hash,
        "reason": "outside_day",
        "detail": "a test",
        "body": one.body,
        "feed": "everef",
    }
    with runtime.engine.begin() as connection:
        put(connection, [Quarantined(**(entry | changes))])  # type: ignore[arg-type]
        return int(connection.execute(text("SELECT max(quarantine_id) FROM quality.quarantine")).scalar_one())


def mixed_up(killmail_id: int) -> object:
    return ref(kill(killmail_id), killmail_hash="a" * 40)


def actions(runtime: Runtime) -> list[tuple[object, ...]]:
    query = "SELECT actor, action, quarantine_id, killmail_id, note FROM quality.actions ORDER BY action_id"
    return rows(runtime, query)


def resolution(runtime: Runtime, quarantine_id: int) -> tuple[object, ...]:
    query = "SELECT resolution, resolved_by, resolved_at IS NOT NULL FROM quality.quarantine WHERE quarantine_id = :id"
    return rows(runtime, query, id=quarantine_id)[0]


def core_ids(runtime: Runtime) -> list[int]:
    return [row[0] for row in rows(runtime, "SELECT killmail_id FROM core.kills_fact ORDER BY 1")]


# --- reading ------------------------------------------------------------------------------------------------------


def test_reasons_and_entries_come_in_pages_with_body_and_history(runtime: Runtime) -> None:
    numbers = refuse(runtime, mixed_up(1), mixed_up(2), mixed_up(3), ref(kill(4), body=b"[]"))
    counts = [(one.reason, one.killmails, one.is_releasable) for one in reasons(runtime)]
    assert counts == [("hash_mismatch", 3, True), ("unreadable", 1, False)]
    page = entries(runtime, "hash_mismatch", limit=2)
    assert [one.killmail_id for one in page] == [3, 2]
    assert [one.killmail_id for one in entries(runtime, "hash_mismatch", before=page[-1].quarantine_id)] == [1]
    assert [one.killmail_id for one in entries(runtime)] == [4, 3, 2, 1]
    assert [one for page in open_ids(runtime, reason="unreadable") for one in page] == numbers[3:]

    retry(runtime, numbers[:1], "Ann", "again")
    assert refuse(runtime) != numbers
    again = entries(runtime, "hash_mismatch")[0]
    found = entry_of(runtime, again.quarantine_id)
    assert (found.body, found.staging_state, found.is_releasable) == (encoded(kill(1)), "quarantined", True)
    assert [one.quarantine_id for one in found.others] == numbers[:1]
    before = entry_of(runtime, numbers[0])
    assert [(one.actor, one.action, one.note) for one in before.actions] == [("Ann", "retry", "again")]
    assert not before.is_releasable
    assert [one.quarantine_id for one in entries(runtime, is_resolved=True)] == numbers[:1]
    with pytest.raises(KillmartError, match="There is no entry 4711"):
        entry_of(runtime, 4711)


# --- retry --------------------------------------------------------------------------------------------------------


def test_a_retry_builds_the_kept_body_again(runtime: Runtime) -> None:
    """The rule may have been wrong: here, what was stored as the source's hash is put right."""
    [number] = refuse(runtime, mixed_up(1))
    good = ref(kill(1)).killmail_hash
    run(runtime, "UPDATE staging.killmails SET killmail_hash = :hash", hash=good)
    run(runtime, "UPDATE quality.quarantine SET killmail_hash = :hash", hash=good)
    assert retry(runtime, [number], "Ann", "fixed").done == [number]
    assert resolution(runtime, number) == ("retried", "Ann", True)
    assert actions(runtime) == [("Ann", "retry", number, 1, "fixed")]
    load_past_gate(runtime)
    assert (core_ids(runtime), quarantined(runtime), states(runtime)) == ([1], {}, {1: "promoted"})


def test_a_retry_of_a_bad_body_asks_for_another_and_then_comes_back(runtime: Runtime) -> None:
    [number] = refuse(runtime, mixed_up(1))
    retry(runtime, [number], "Ann")
    load_past_gate(runtime)
    assert rows(runtime, "SELECT state, refetches, body FROM staging.killmails") == [("pending", 1, None)]
    stage(runtime, [mixed_up(1)])  # type: ignore[list-item]
    [again] = refuse(runtime)
    assert again != number


def test_a_retry_without_staging_row_or_body_makes_one(runtime: Runtime) -> None:
    number = enter(runtime)
    retry(runtime, [number], "Ann")
    assert states(runtime) == {7: "fetched"}
    load_past_gate(runtime)
    assert core_ids(runtime) == [7]
    number = enter(runtime, killmail_id=8, killmail_hash="c" * 40, body=None)
    retry(runtime, [number], "Ann")
    assert states(runtime) == {7: "promoted", 8: "pending"}
    package = enter(runtime, killmail_id=9, killmail_hash="c" * 40, reason="unreadable_package")
    retry(runtime, [package], "Ann")
    assert rows(runtime, "SELECT state, body FROM staging.killmails WHERE killmail_id = 9") == [("pending", None)]


def test_a_body_that_core_refused_to_replace_is_derived_again(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(7))])
    load_past_gate(runtime)
    number = enter(runtime, body=encoded(kill(7, war_id=5)), reason="unstorable")
    retry(runtime, [number], "Ann")
    load_past_gate(runtime)
    assert rows(runtime, "SELECT war_id FROM core.kills_fact") == [(5,)]
    assert states(runtime) == {7: "promoted"}


def test_what_is_on_its_way_already_is_left_alone(runtime: Runtime) -> None:
    number = enter(runtime, killmail_hash="d" * 40)
    stage(runtime, [ref(kill(7))])
    before = rows(runtime, "SELECT xmin::text FROM staging.killmails")
    assert retry(runtime, [number], "Ann").done == [number]
    assert rows(runtime, "SELECT xmin::text FROM staging.killmails") == before


def test_what_cannot_be_retried_is_refused_one_by_one(runtime: Runtime) -> None:
    nameless = enter(runtime, killmail_id=None, killmail_hash=None)
    hashless = enter(runtime, killmail_id=8, killmail_hash=None)
    good = enter(runtime)
    worked = retry(runtime, [nameless, hashless, good, 4711, good], "Ann")
    assert worked.done == [good]
    said = [worked.refused[number] for number in (nameless, hashless, 4711)]
    for sentence, part in zip(said, ("names no killmail", "Nobody knows the hash", "There is no entry"), strict=True):
        assert part in sentence
    again = retry(runtime, [good], "Bob")
    assert (again.done, len(actions(runtime))) == ([], 1)
    assert "retried by Ann" in again.refused[good]


def test_a_retry_takes_a_killmail_out_of_a_rejected_batch(runtime: Runtime) -> None:
    """It is in quarantine with one body, and set aside with another one that came later."""
    number = enter(runtime)
    batch_id = blocked_batch(runtime, [ref(kill(7, war_id=5))])
    assert retry(runtime, [enter(runtime)], "Ann").done == [number]  # it waits for a decision, so it is left alone
    assert states(runtime) == {7: "blocked"}
    reject_batch(runtime, batch_id, "Ann", "no")
    number = enter(runtime)
    assert retry(runtime, [number], "Ann").done == [number]
    assert rows(runtime, "SELECT state, batch_id FROM staging.killmails") == [("fetched", None)]
    load_past_gate(runtime)
    assert (core_ids(runtime), quarantined(runtime)) == ([7], {})


# --- discard ------------------------------------------------------------------------------------------------------


def test_what_is_discarded_stays_out_and_is_accounted_for(runtime: Runtime) -> None:
    [number] = refuse(runtime, mixed_up(1))
    with pytest.raises(KillmartError, match="a note has to say why"):
        discard(runtime, [number], "Ann", "")
    assert discard(runtime, [number], "Ann", "a test server's").done == [number]
    assert resolution(runtime, number) == ("discarded", "Ann", True)
    assert actions(runtime) == [("Ann", "discard", number, 1, "a test server's")]
    assert "discarded by Ann" in discard(runtime, [number], "Bob", "me too").refused[number]

    run(runtime, "UPDATE staging.killmails SET state = 'fetched'")
    load_past_gate(runtime)  # the same body once more is no news
    assert (quarantined(runtime), states(runtime)) == ({}, {1: "quarantined"})
    run(runtime, "DELETE FROM staging.killmails")
    enter(runtime, killmail_id=1, killmail_hash="a" * 40, reason="hash_mismatch", body=encoded(kill(1)))
    assert quarantined(runtime) == {}
    with runtime.engine.begin() as connection:
        coverage = record_coverage(connection, DAY, [1, 2], ["list"])
    assert (coverage.expected, coverage.quarantined, coverage.missing) == (2, 1, [2])

    stage(runtime, [ref(kill(1))])  # a good one
    load_past_gate(runtime)
    assert core_ids(runtime) == [1]


def test_another_bad_body_of_a_discarded_killmail_is_news_and_a_discard_can_be_taken_back(runtime: Runtime) -> None:
    [number] = refuse(runtime, mixed_up(1))
    discard(runtime, [number], "Ann", "nonsense")
    [other] = refuse(runtime, ref(kill(1, war_id=9), killmail_hash="a" * 40))
    discard(runtime, [other], "Ann", "nonsense")
    assert retry(runtime, [number, other], "Ann").done == [number, other]
    assert states(runtime) == {1: "fetched"}


def test_another_zkb_block_does_not_bring_back_what_is_discarded(runtime: Runtime) -> None:
    [number] = refuse(runtime, mixed_up(1), mixed_up(2))[:1]
    discard(runtime, [number], "Ann", "a test server's")
    stage(runtime, [ref(kill(one), {"points": 3}, killmail_hash="a" * 40, body=None) for one in (1, 2)])
    assert states(runtime) == {1: "quarantined", 2: "fetched"}


# --- release ------------------------------------------------------------------------------------------------------


def test_a_released_killmail_passes_the_gate_and_is_in_core(runtime: Runtime) -> None:
    [number] = refuse(runtime, mixed_up(1))
    assert release(runtime, number, "Ann", "CCP said so").inserted == 1
    assert resolution(runtime, number) == ("released", "Ann", True)
    assert actions(runtime) == [("Ann", "release", number, 1, "CCP said so")]
    assert rows(runtime, "SELECT killmail_id, killmail_hash FROM core.kills_fact") == [(1, "a" * 40)]
    outcomes = rows(runtime, "SELECT outcome IN ('passed', 'warned') FROM quality.validation_runs")
    assert outcomes[-1] == (True,)
    load_past_gate(runtime)
    assert states(runtime) == {1: "promoted"}
    before = row_versions(runtime)
    with pytest.raises(KillmartError, match="released by Ann"):
        release(runtime, number, "Bob", "me too")
    assert (row_versions(runtime), len(actions(runtime))) == (before, 1)
    stages = "SELECT DISTINCT stage FROM ops.run_metrics WHERE batch_id = (SELECT max(batch_id) FROM staging.batches)"
    assert {row[0] for row in rows(runtime, stages)} >= {"transform", "promote"}


def test_what_the_gate_blocks_waits_with_its_entry_open(runtime: Runtime) -> None:
    """A kill that is yet to come: the row rule is waived, the gate's own claim is not."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    [number] = refuse(runtime, ref(kill(1, killmail_time=f"{tomorrow:%Y-%m-%dT%H:%M:%SZ}")))
    assert quarantined(runtime) == {1: "future_time"}
    with pytest.raises(GateBlocked, match="future"):
        release(runtime, number, "Ann", "our clock is wrong")
    assert (quarantined(runtime), core_ids(runtime)) == ({1: "future_time"}, [])
    [batch] = batches_in(runtime)
    assert release_batch(runtime, batch.batch_id, "Ann", "our clock is wrong").inserted == 1
    assert (quarantined(runtime), core_ids(runtime)) == ({}, [1])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": "no_attackers"}, "no_attackers is about what the killmail is made of"),
        ({"reason": "unreadable"}, "unreadable is about"),
        ({"reason": "several_final_blows"}, "several_final_blows is about"),
        ({"reason": "id_mismatch"}, "id_mismatch is about"),
        ({"reason": "unreadable_package", "killmail_id": None}, "unreadable_package is about"),
        ({"body": None}, "its body was not kept here"),
        ({"body": b"<html>"}, "besides outside_day it breaks another rule: unreadable"),
        ({"body": encoded(kill(8))}, "id_mismatch"),
        ({"killmail_hash": "e" * 40}, "hash_mismatch"),
        ({"body": encoded(kill(7, attackers=[])), "reason": "hash_mismatch"}, "no_attackers"),
        (
            {
                "body": encoded(kill(7, attackers=[attacker(n, final_blow=True) for n in (1, 2)])),
                "reason": "hash_mismatch",
            },
            "several_final_blows",
        ),
    ],
)
def test_nobody_can_vouch_for_the_structure_of_a_killmail(
    runtime: Runtime, changes: dict[str, object], said: str
) -> None:
    number = enter(runtime, **changes)
    with pytest.raises(KillmartError, match=said):
        release(runtime, number, "Ann", "I know it")
    assert resolution(runtime, number) == (None, None, False)
    assert (core_ids(runtime), actions(runtime), rows(runtime, "SELECT * FROM staging.batches")) == ([], [], [])


def test_a_release_needs_a_person_a_note_and_an_entry(runtime: Runtime) -> None:
    number = enter(runtime)
    with pytest.raises(KillmartError, match="a note has to say why"):
        release(runtime, number, "Ann", " ")
    with pytest.raises(KillmartError, match="Nobody is named"):
        release(runtime, number, "", "why")
    with pytest.raises(KillmartError, match="There is no entry 4711"):
        release(runtime, 4711, "Ann", "why")


def test_of_several_people_at_once_one_acts_and_the_others_are_told(runtime: Runtime) -> None:
    number = enter(runtime)

    def act(person: str) -> str:
        try:
            if person.startswith("r"):
                return f"done {release(runtime, number, person, 'why not').inserted}"
            worked = discard(runtime, [number], person, "no")
            return worked.refused.get(number, "done")
        except KillmartError as error:
            return str(error)

    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(act, ["r1", "r2", "d1", "d2"]))
    [(actor, action, *_)] = actions(runtime)
    assert [answer.startswith("done") for answer in answers].count(True) == 1
    assert all(f"by {actor}" in answer for answer in answers if not answer.startswith("done"))
    assert core_ids(runtime) == ([7] if action == "release" else [])
    assert resolution(runtime, number)[1] == actor


def test_a_release_that_broke_off_can_be_repeated(runtime: Runtime) -> None:
    number = enter(runtime)
    run(
        runtime,
        "CREATE FUNCTION public.break_off() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the power is gone'; END $$;"
        " CREATE TRIGGER break_off BEFORE INSERT ON quality.actions EXECUTE FUNCTION public.break_off()",
    )
    with pytest.raises(Exception, match="the power is gone"):
        release(runtime, number, "Ann", "good")
    run(runtime, "DROP TRIGGER break_off ON quality.actions")
    assert (resolution(runtime, number)[2], core_ids(runtime)) == (False, [])
    assert release(runtime, number, "Ann", "good").inserted == 1
    assert rows(runtime, "SELECT state FROM staging.batches ORDER BY batch_id") == [("abandoned",), ("promoted",)]
