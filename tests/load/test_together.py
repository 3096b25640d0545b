"""Batches that the gate let pass are promoted together: whoever may not be promoted is left out, the others go on."""

from __future__ import annotations

import logging

import pytest

from killmart.load.promote import promote_together
from support import oracle
from support.making import MakeRuntime
from support.pipeline import FEED, build, differences, give_verdict, kill, ref, rows, stage


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
        connection.exec_driver_sql(f"TRUNCATE candidate.intact_{emptied}")
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
