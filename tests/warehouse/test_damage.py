"""Shares, ranks and flags of attackers equal what Python works out from the killmails."""

from __future__ import annotations

import csv

import pytest
from sqlalchemy import Engine, text

from killmart.runtime import Runtime
from support import realdata
from support.pipeline import attacker, kill, load_past_gate, ref, rows, stage
from support.plans import nodes
from support.real_day import bodies


def structure_types() -> set[int]:
    def read(name: str) -> list[dict[str, str]]:
        with (realdata.DATA / "sde" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    groups = {row["group_id"] for row in read("groups") if row["category_id"] == "65"}
    return {int(row["type_id"]) for row in read("types") if row["group_id"] in groups}


def is_npc(one: realdata.Json) -> bool:
    return one.get("character_id", 0) <= 3_999_999 and one.get("corporation_id", 0) <= 1_999_999


def test_every_attacker_of_a_real_day_has_its_share_rank_and_flags(day_engine: Engine) -> None:
    structures = structure_types()
    expected = {}
    for body in bodies():
        damages = [max(one["damage_done"], 0) for one in body["attackers"]]
        for index, one in enumerate(body["attackers"]):
            expected[body["killmail_id"], index] = (
                pytest.approx(damages[index] / sum(damages) if sum(damages) else 0),
                1 + sum(other > one["damage_done"] for other in damages),
                one["final_blow"],
                is_npc(one),
                one.get("ship_type_id") in structures,
            )
    with day_engine.connect() as connection:
        query = "SELECT killmail_id, attacker_index, damage_share, damage_rank, final_blow, is_npc, is_structure"
        found = {
            (row[0], row[1]): tuple(row[2:]) for row in connection.execute(text(f"{query} FROM core.attackers_fact"))
        }
    assert found == expected
    assert {flags[3:] for flags in found.values()} >= {(True, False), (False, False), (False, True)}


def test_the_damage_of_every_kill_of_a_real_day_is_spread_as_its_attackers_did_it(day_engine: Engine) -> None:
    expected = {}
    for body in bodies():
        damages = [max(one["damage_done"], 0) for one in body["attackers"]]
        total = sum(damages) or 1
        expected[body["killmail_id"]] = (
            body["victim"]["damage_taken"],
            sum(one["damage_done"] for one in body["attackers"]),
            len(damages),
            sum(one > 0 for one in damages),
            pytest.approx(max(damages) / total),
            pytest.approx(
                sum(d for d, one in zip(damages, body["attackers"], strict=True) if one["final_blow"]) / total
            ),
            pytest.approx(sum(d for d, one in zip(damages, body["attackers"], strict=True) if is_npc(one)) / total),
            sorted((one["damage_done"] for one in body["attackers"]), reverse=True),
        )
    with day_engine.connect() as connection:
        found = connection.execute(
            text(
                "SELECT killmail_id, damage_taken, damage_done, attackers, damaging_attackers, top_share,"
                " final_blow_share, npc_share, distribution FROM core.damage_fact"
            )
        )
        assert {row[0]: tuple(row[1:]) for row in found} == expected


def test_nobody_shares_in_no_damage_and_damage_below_zero_counts_as_none(runtime: Runtime) -> None:
    idle = kill(1, attackers=[attacker(2, damage_done=0), attacker(3, damage_done=0, final_blow=True)])
    odd = kill(2, attackers=[attacker(2, damage_done=-50), attacker(3, damage_done=10, final_blow=True)])
    stage(runtime, [ref(idle), ref(odd)])
    load_past_gate(runtime)
    shares = rows(
        runtime, "SELECT killmail_id, damage_share, damage_rank FROM core.attackers_fact ORDER BY 1, attacker_index"
    )
    assert shares == [(1, 0, 1), (1, 0, 1), (2, 0, 2), (2, 1, 1)]
    assert rows(
        runtime, "SELECT damage_done, top_share, final_blow_share, npc_share FROM core.damage_fact ORDER BY killmail_id"
    ) == [
        (0, 0, 0, 0),
        (-40, 1, 1, 0),
    ]


_HIS = "INNER JOIN core.kill_characters AS his USING (killmail_id, character_id) WHERE his.character_id = 95000001"


@pytest.mark.parametrize("condition", ["WHERE killmail_id = 96900000", _HIS])
def test_a_killmail_and_a_character_are_found_by_index(day_engine: Engine, condition: str) -> None:
    query = f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT attackers.* FROM core.attackers_fact AS attackers {condition}"
    with day_engine.connect() as connection:
        plan = connection.execute(text(query)).scalar_one()
    whole = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
    assert not whole & {"kill_attackers", "kills_fact"}


def test_the_damage_of_a_killmail_is_sorted_once_not_for_each_attacker(runtime: Runtime) -> None:
    crowd = [attacker(95_000_000 + number, damage_done=number, final_blow=number == 7) for number in range(400)]
    stage(runtime, [ref(kill(1, attackers=crowd)), *(ref(kill(number)) for number in range(2, 40))])
    load_past_gate(runtime)
    with runtime.engine.connect() as connection:
        connection.execute(text("ANALYZE core.kill_attackers"))
        explain = "EXPLAIN (ANALYZE, FORMAT JSON) SELECT damage_rank, damage_share FROM core.attackers_fact"
        plan = connection.execute(text(f"{explain} WHERE killmail_id = 1")).scalar_one()
    reads = [one for one in nodes(plan) if one.get("Alias") == "others"]
    assert [one["Actual Loops"] for one in reads] == [1]
    ranks = rows(runtime, "SELECT damage_rank FROM core.attackers_fact WHERE killmail_id = 1 ORDER BY attacker_index")
    assert [row[0] for row in ranks] == list(range(400, 0, -1))
