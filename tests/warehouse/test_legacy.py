"""The views in the older model's shape hold what core holds."""

from __future__ import annotations

from killmart.runtime import Runtime
from support.pipeline import attacker, delete_kills, kill, load_past_gate, ref, rows, run, stage


def loaded(runtime: Runtime) -> None:
    position = {"x": 1.5, "y": -2e11, "z": 3.0}
    with_position = kill(1)
    with_position["victim"]["position"] = position
    stage(runtime, [ref(with_position, {"totalValue": 5.5, "points": 3, "labels": ["pvp"]}), ref(kill(2))])
    load_past_gate(runtime)


def test_kills_and_victims_have_position_and_items_as_json(runtime: Runtime) -> None:
    loaded(runtime)
    for view in ("kills_fact", "kill_victims"):
        found = rows(runtime, f'SELECT "killmailId", position, items FROM legacy.{view} ORDER BY "killmailId"')
        assert [row[:2] for row in found] == [(1, {"x": 1.5, "y": -2e11, "z": 3.0}), (2, None)]
        assert all(row[2] == kill(1)["victim"]["items"] for row in found)
    columns = '"totalValue", points, labels, "shipTypeId", "attackerCount"'
    assert rows(runtime, f'SELECT {columns} FROM legacy.kills_fact WHERE "killmailId" = 1') == [(6, 3, ["pvp"], 587, 2)]
    assert rows(runtime, 'SELECT "characterId", "totalValue" FROM legacy.losses_fact WHERE "killmailId" = 1') == [
        (95_000_001, 6)
    ]


def test_ids_of_victims_and_attackers_are_unique_and_the_same_at_every_load(runtime: Runtime) -> None:
    loaded(runtime)
    query = 'SELECT id, "killmailId", "characterId", "finalBlow" FROM legacy.kill_attackers ORDER BY id'
    before = rows(runtime, query)
    assert before == [
        (10_000, 1, 95_000_002, True),
        (10_001, 1, 95_000_003, False),
        (20_000, 2, 95_000_002, True),
        (20_001, 2, 95_000_003, False),
    ]
    assert rows(runtime, 'SELECT id, "killmailId", "characterId" FROM legacy.kill_victims ORDER BY id') == [
        (1, 1, 95_000_001),
        (2, 2, 95_000_001),
    ]
    delete_kills(runtime)
    run(runtime, "DELETE FROM staging.killmails")
    loaded(runtime)
    assert rows(runtime, query) == before


def test_pilots_and_groups_are_there_with_roles(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1, attackers=[attacker(95_000_002, final_blow=True)]))])
    load_past_gate(runtime)
    assert rows(runtime, 'SELECT "characterId", role FROM legacy.kill_characters ORDER BY 1') == [
        (95_000_001, "victim"),
        (95_000_002, "attacker"),
    ]
    assert rows(runtime, 'SELECT "eveId", "corporationId", "allianceId" FROM legacy.characters ORDER BY 1') == [
        (95_000_001, 98_000_001, 99_000_001),
        (95_000_002, 98_000_002, None),
    ]
    assert rows(runtime, 'SELECT "eveId", "allianceId" FROM legacy.corporations ORDER BY 1') == [
        (98_000_001, 99_000_001),
        (98_000_002, None),
    ]
    assert rows(runtime, 'SELECT "eveId" FROM legacy.alliances') == [(99_000_001,)]
