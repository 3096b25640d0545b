"""A day of four killmails, and a channel to post it to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from support.channel import channel
from support.pipeline import attacker, kill, load_past_gate, ref, run, stage, victim
from support.place import ALLIANCE, DAY, FRIENDS, NAUGHTY, PILOT, ZKB, Place


@pytest.fixture
def place(runtime: Runtime) -> Iterator[Place]:
    """Four killmails of one day, five of the week before, and a channel."""
    day = [kill(number, killmail_time=f"{DAY}T12:0{number}:00Z") for number in (1, 2, 3)]
    day.append(
        kill(
            4,
            killmail_time=f"{DAY}T23:59:59Z",
            victim=victim(character_id=PILOT, corporation_id=FRIENDS, alliance_id=None, ship_type_id=17_738),
            attackers=[attacker(95_000_001, corporation_id=98_000_001, alliance_id=ALLIANCE, final_blow=True)],
        )
    )
    before = [kill(10 + number, killmail_time=f"2021-11-2{number}T12:00:00Z") for number in (3, 4, 5, 6, 7)]
    values = {4: {**ZKB, "totalValue": 5e9}}
    stage(runtime, [ref(body, values.get(body["killmail_id"], ZKB)) for body in day + before])
    load_past_gate(runtime)
    refresh_marts(runtime)
    run(
        runtime,
        "UPDATE core.alliances SET name = :name WHERE eve_id = :id",
        name=NAUGHTY.replace("\x07", ""),
        id=ALLIANCE,
    )
    run(runtime, "UPDATE core.characters SET name = 'Otto_von_X' WHERE eve_id = :id", id=PILOT)
    run(runtime, "INSERT INTO reference.types (type_id, name, group_id) VALUES (17738, 'Machariel', 27)")
    run(runtime, "INSERT INTO reference.solar_systems (system_id, name) VALUES (30000142, 'Jita')")
    with channel() as heard:
        find = runtime.find_connection
        yield Place(
            replace(runtime, find_connection=lambda one: heard.connection if one == "digest" else find(one)), heard
        )
