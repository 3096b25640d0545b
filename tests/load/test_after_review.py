"""After a decision: what comes then brings back nothing that was turned down, and overwrites nothing newer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from killmart.db import metrics
from killmart.db.alerts import read_metric
from killmart.db.quarantine import Quarantined
from killmart.db.quarantine import quarantine as put
from killmart.load import quarantine
from killmart.load.live import build_from_staging
from killmart.load.review import reject_batch, release_batch, retry_batch
from killmart.runtime import Runtime
from support.blocking import blocked_batch, blocked_day_batch
from support.pipeline import kill, load_past_gate, quarantined, ref, rows, run, stage, states


def war_ids(runtime: Runtime) -> list[tuple[object, ...]]:
    return rows(runtime, "SELECT war_id, points FROM core.kills_fact ORDER BY killmail_id")


@pytest.mark.parametrize("is_discarded", [False, True])
def test_another_zkb_block_does_not_bring_what_a_person_has_rejected(runtime: Runtime, is_discarded: bool) -> None:
    batch_id = blocked_batch(runtime, [ref(kill(1), {"points": 1})])
    reject_batch(runtime, batch_id, "Ann", "nonsense", quarantine=True)
    [ids] = quarantine.open_ids(runtime, batch_id=batch_id)
    if is_discarded:
        quarantine.discard(runtime, ids, "Ann", "nonsense")
    stage(runtime, [ref(kill(1), {"points": 9}, body=None)])
    assert states(runtime) == {1: "quarantined"}
    assert build_from_staging(runtime) is None
    quarantine.retry(runtime, ids, "Ann", "it was good")  # then it comes with the newest values
    load_past_gate(runtime)
    assert war_ids(runtime) == [(None, 9)]


def test_of_what_core_knows_another_zkb_block_comes_and_the_rejected_body_does_not(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1), {"points": 1})])
    load_past_gate(runtime)
    batch_id = blocked_batch(runtime, [ref(kill(1, war_id=66), {"points": 1})])  # another body under the same hash
    assert reject_batch(runtime, batch_id, "Ann", "not that war", quarantine=True) == 1
    stage(runtime, [ref(kill(1), {"points": 9}, body=None)])
    load_past_gate(runtime)
    assert (war_ids(runtime), states(runtime)) == ([(None, 9)], {1: "promoted"})
    assert quarantined(runtime) == {1: "rejected_batch"}  # its body waits for a person still
    [ids] = quarantine.open_ids(runtime, batch_id=batch_id)
    quarantine.retry(runtime, ids, "Ann", "that war after all")
    load_past_gate(runtime)
    assert (war_ids(runtime), quarantined(runtime)) == ([(66, 9)], {})


def test_what_core_got_after_a_batch_was_blocked_outlives_its_release(runtime: Runtime) -> None:
    batch_id = blocked_batch(runtime, [ref(kill(number)) for number in (1, 2, 3)])
    release_batch(runtime, blocked_day_batch(runtime, [ref(kill(1, war_id=77))]), "Ann", "the day's file is right")
    other = blocked_day_batch(runtime, [ref(kill(2, war_id=66))])
    assert (released := release_batch(runtime, batch_id, "Ann", "good")).unchanged == 1
    assert released.inserted == 2
    assert war_ids(runtime) == [(77, None), (None, None), (None, None)]
    release_batch(runtime, other, "Ann", "built before, but judged before, too")
    assert war_ids(runtime) == [(77, None), (None, None), (None, None)]


def test_a_rejected_body_is_not_derived_once_another_batch_has_brought_the_killmail(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    batch_id = blocked_batch(runtime, [ref(kill(1, war_id=66))])
    assert reject_batch(runtime, batch_id, "Ann", "not that war") == 1
    release_batch(runtime, blocked_day_batch(runtime, [ref(kill(1, war_id=77))]), "Ann", "good")
    [built] = load_past_gate(runtime)
    assert (built.known, built.candidates) == (1, 0)
    assert (war_ids(runtime), states(runtime)) == ([(77, None)], {1: "promoted"})


def test_a_batch_without_bodies_leaves_those_alone_that_quarantine_has(runtime: Runtime) -> None:
    """The batch of a release, for one: its killmail is in quarantine still, with its own reason."""
    one = ref(kill(1))
    entry = Quarantined(1, one.killmail_hash, "future_time", "tomorrow", one.body, "everef")
    with runtime.engine.begin() as connection:
        put(connection, [entry])
    for killmail, expected in ((one, entry.body), (ref(kill(1), killmail_hash="a" * 40), None)):
        batch_id = blocked_day_batch(runtime, [one])
        run(runtime, f"UPDATE candidate.kills_fact_{batch_id} SET killmail_hash = :hash", hash=killmail.killmail_hash)
        reject_batch(runtime, batch_id, "Ann", "no", quarantine=True)
        [kept] = quarantine.entries(runtime)
        assert quarantine.entry_of(runtime, kept.quarantine_id).body == expected
        assert kept.reason == ("rejected_batch" if expected is None else "future_time")


def delays(runtime: Runtime) -> list[float]:
    """Seconds from staging to core: what the rule says, and the page."""
    at = datetime.now(UTC)
    with runtime.engine.connect() as connection:
        readings = read_metric(connection, "processing_delay", "", at - timedelta(hours=1), at)
        median = metrics.state_at(connection, at)["median_seconds_to_core"]
    return [float(value) for value in (*(one.value for one in readings), median) if value is not None]


@pytest.mark.parametrize("how", ["released", "revalued", "retried", "to quarantine and retried", "brought by a day"])
def test_the_days_that_a_person_took_to_decide_are_no_delay_of_the_pipeline(runtime: Runtime, how: str) -> None:
    batch_id = blocked_batch(runtime, [ref(kill(1), {"points": 1} if how == "revalued" else None)])
    run(runtime, "UPDATE staging.killmails SET staged_at = now() - interval '3 days'")
    if how in ("released", "revalued"):
        release_batch(runtime, batch_id, "Ann", "good")
        assert delays(runtime) == []
    else:
        reject_batch(runtime, batch_id, "Ann", "no", quarantine=how.startswith("to quarantine"))
    if how == "retried":
        retry_batch(runtime, batch_id, "Ann", "fixed")
    elif how == "brought by a day":
        release_batch(runtime, blocked_day_batch(runtime, [ref(kill(1))]), "Ann", "good")
    elif how.startswith("to quarantine"):
        [ids] = quarantine.open_ids(runtime, batch_id=batch_id)
        quarantine.retry(runtime, ids, "Ann", "fixed")
    load_past_gate(runtime)
    assert len(found := delays(runtime)) == (0 if how == "released" else 2)
    assert all(seconds < 24 * 3600 for seconds in found)
