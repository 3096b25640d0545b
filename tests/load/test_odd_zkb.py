"""Whatever stands in a zkb block, its killmail comes to core, with what else the block says, and a warning names it."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from killmart.load.live import load
from killmart.runtime import Runtime
from support import realdata
from support.pipeline import Json, kill, load_past_gate, quarantined, ref, row_versions, rows, stage, states

KEYS = (
    *("locationID", "hash", "fittedValue", "droppedValue", "destroyedValue", "totalValue"),
    *("points", "npc", "solo", "awox", "labels"),
)
VALUES: list[Any] = [
    *(None, True, False, 0, -1, 3.5, 2**31, 2**63, -(2**63) - 1, 10**18, 10**30, 1e300, 5e-324),
    *("", " ", "many", "1,000", "54,770,150.32", "NaN", "Infinity", "1e400", "0x10", "\0", "\ud800", "pvp" * 5000),
    *([], {}, [None], [[]], [5, True, "pvp"], {"0": "cat:6", "2": "pvp"}, ["a\0b", "\ud800"], [[[[[["deep"]]]]]]),
]
CASES = realdata.DATA / "cases" / "zkb_blocks.jsonl"


def warned(runtime: Runtime) -> set[str]:
    """What the gate says of fields, by the warning `fields_are_known` of the last batch."""
    query = """
        SELECT results.success, batches.unknown_fields
        FROM staging.batches
        LEFT JOIN quality.validation_runs AS runs USING (batch_id)
        LEFT JOIN quality.validation_results AS results
            ON runs.run_id = results.run_id AND results.expectation = 'fields_are_known'
        ORDER BY batch_id DESC LIMIT 1"""
    [(is_success, fields)] = rows(runtime, query)
    assert is_success is (not fields)
    return set(fields)


def test_any_value_in_any_key_leaves_the_killmail_and_the_other_keys(runtime: Runtime) -> None:
    blocks = [{"destroyedValue": 1.25, "labels": ["pvp"]} | {key: value} for key in KEYS for value in VALUES]
    blocks += [value for value in VALUES if value is not None]
    stage(runtime, [ref(kill(number), block) for number, block in enumerate(blocks, 1)])
    loaded = load(runtime)
    assert (loaded.inserted, loaded.quarantined, loaded.blocked) == (len(blocks), 0, [])
    facts = {
        row[0]: row[1:] for row in rows(runtime, "SELECT killmail_id, destroyed_value, labels FROM core.kills_fact")
    }
    for number, block in enumerate(blocks, 1):
        if isinstance(block, dict) and block.get("destroyedValue") == 1.25:
            assert float(facts[number][0]) == 1.25, block
        if isinstance(block, dict) and block.get("labels") == ["pvp"]:
            assert facts[number][1] == ["pvp"], block
    assert warned(runtime) == {"zkb", *(f"zkb.{key}" for key in KEYS)}


@pytest.mark.skipif(not CASES.is_file(), reason="The odd zkb blocks (../shared/data beside the project) are not here.")
def test_the_odd_blocks_that_were_met(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    blocks = [json.loads(line) for line in CASES.read_text().splitlines()]
    stage(runtime, [ref(kill(number), block) for number, block in enumerate(blocks, 1)])
    with caplog.at_level(logging.WARNING):
        loaded = load(runtime)
    assert (loaded.inserted, loaded.quarantined) == (8, 0)
    found = rows(runtime, "SELECT total_value, points, labels FROM core.kills_fact ORDER BY killmail_id")
    assert found == [
        (6, 3, ["cat:6", "pvp"]),
        (5, None, None),
        (5, None, None),
        (None, 1, None),
        (54770150, 1, None),
        (5, None, ["cat:6"]),
        (5, None, ["pvp"]),
        (5, None, None),
    ]
    assert warned(runtime) == {"zkb.labels", "zkb.points", "zkb.totalValue", "zkb.npc"}
    assert "zkb.points of 2 killmails" in caplog.text
    assert "[2, 3]" in caplog.text


def test_an_odd_value_takes_nothing_from_a_killmail_that_is_known(runtime: Runtime) -> None:
    good: Json = {"totalValue": 10.5, "points": 3, "labels": ["pvp"], "npc": False}
    stage(runtime, [ref(kill(1), good)])
    load_past_gate(runtime)
    before = row_versions(runtime)
    stage(runtime, [ref(kill(1), {"totalValue": "dear", "points": 2**40, "labels": "pvp", "npc": "maybe"})])
    load_past_gate(runtime)
    assert quarantined(runtime) == {}
    assert row_versions(runtime) == before
    stage(runtime, [ref(kill(1), {"totalValue": "dear", "points": 4})])
    [built] = load_past_gate(runtime)
    assert (built.known, states(runtime)) == (1, {1: "promoted"})
    assert rows(runtime, "SELECT total_value, points FROM core.kills_fact") == [(11, 4)]
