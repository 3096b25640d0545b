"""The views with names: a row for each row of their table, the names that are known, the indexes of their tables."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from killmart.runtime import Runtime
from support import realdata
from support.databases import maintain
from support.pipeline import rows
from support.plans import explained, nodes
from support.real_day import DAY

pytestmark = realdata.needs_realdata

_KEYS = {"killmails": "killmail_id", "attackers": "killmail_id, attacker_index", "items": "killmail_id, item_index"}
_TABLES = {"killmails": "kills_fact", "attackers": "kill_attackers", "items": "kill_items"}


@pytest.mark.parametrize("view", _TABLES)
def test_there_is_one_row_for_each_of_the_table(day_runtime: Runtime, view: str) -> None:
    of_view, of_table = (
        f"SELECT {_KEYS[view]} FROM core.{name} ORDER BY {_KEYS[view]}" for name in (f"{view}_named", _TABLES[view])
    )
    found = rows(day_runtime, of_view)
    assert found
    assert found == rows(day_runtime, of_table)


def test_a_killmail_is_told_as_it_is(day_runtime: Runtime) -> None:
    """A character and an attacker get names here: those of the day are not in its static data."""
    connection = day_runtime.engine.connect()
    try:
        query = "SELECT * FROM core.kill_victims"
        victim = connection.execute(text(f"{query} WHERE num_nonnulls(character_id, alliance_id) = 2 LIMIT 1")).one()
        for table, eve_id, name in (
            ("characters", victim.character_id, "Ann"),
            ("corporations", victim.corporation_id, "Ann's"),
            ("alliances", victim.alliance_id, "Ann's and Bob's"),
        ):
            connection.execute(
                text(f"UPDATE core.{table} SET name = :name WHERE eve_id = :id"), {"name": name, "id": eve_id}
            )
        told = connection.execute(
            text("SELECT * FROM core.killmails_named WHERE killmail_id = :id"), {"id": victim.killmail_id}
        ).one()
        types = dict(connection.execute(text("SELECT type_id, name FROM reference.types")).all())
        place = connection.execute(
            text("SELECT name, region_id, region_name FROM reference.solar_systems WHERE system_id = :id"),
            {"id": told.system_id},
        ).one()
    finally:
        connection.rollback()
        connection.close()
    assert (told.victim_character_name, told.victim_corporation_name, told.victim_alliance_name) == (
        "Ann",
        "Ann's",
        "Ann's and Bob's",
    )
    assert (told.system_name, told.region_id, told.region_name) == tuple(place)
    assert told.victim_ship_name == types[victim.ship_type_id]
    assert told.victim_damage_taken == victim.damage_taken


_OF_ONE = "WHERE killmail_id = {killmail}"
_LATEST = "ORDER BY killmail_id DESC LIMIT 50"
BY_INDEX = {
    f"SELECT * FROM core.killmails_named {_OF_ONE}": "kills_fact_pkey",
    f"SELECT * FROM core.attackers_named {_OF_ONE}": "kill_attackers_pkey",
    f"SELECT * FROM core.items_named {_OF_ONE}": "kill_items_pkey",
    f"SELECT * FROM core.killmails_named {_LATEST}": "kills_fact_pkey",
    f"SELECT * FROM core.killmails_named WHERE killmail_id < {{killmail}} {_LATEST}": "kills_fact_pkey",
    "SELECT * FROM core.killmails_named ORDER BY kill_time DESC LIMIT 50": "kills_fact_kill_time",
    "SELECT * FROM core.killmails_named WHERE kill_time < '{noon}' ORDER BY kill_time LIMIT 50": "kills_fact_kill_time",
}
"""Questions, and the index that answers them."""


@pytest.mark.parametrize("query", BY_INDEX)
def test_a_condition_reaches_the_index_of_the_table(day_runtime: Runtime, query: str) -> None:
    [[killmail]] = rows(day_runtime, "SELECT killmail_id FROM core.kills_fact ORDER BY killmail_id OFFSET 5000 LIMIT 1")
    plan = explained(day_runtime, query.format(killmail=killmail, noon=f"{DAY} 12:00:00+00"))
    assert BY_INDEX[query] in {node.get("Index Name") for node in nodes(plan)}
    assert not {"kills_fact", "kill_victims", "kill_attackers", "kill_items"} & set(read_whole(plan))


def read_whole(plan: Any) -> list[str]:
    """Tables that a plan reads from one end to the other."""
    return [node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"]


_LOSSES = "INNER JOIN core.kill_characters AS losses USING (killmail_id) WHERE losses.role = 'victim'"
OF_A_PILOT = [
    f"SELECT kills.* FROM core.killmails_named AS kills {_LOSSES} AND losses.character_id = {{character}}",
    "SELECT * FROM core.losses_fact WHERE character_id = {character}",
    'SELECT * FROM legacy.losses_fact WHERE "characterId" = {character}',
    'SELECT * FROM legacy.kill_attackers WHERE "characterId" = {character}',
    """SELECT * FROM legacy.kills_fact
    INNER JOIN legacy.kill_attackers AS attackers USING ("killmailId") WHERE "characterId" = {character}""",
]
"""Questions about a pilot; the junction leads to the rows of the other tables."""


@pytest.mark.parametrize("query", OF_A_PILOT)
def test_what_is_asked_of_a_pilot_goes_by_the_junction(day_runtime: Runtime, query: str) -> None:
    [[character]] = rows(day_runtime, "SELECT max(character_id) FROM core.kill_victims")
    plan = explained(day_runtime, query.format(character=character))
    assert "kill_characters_day" in {node.get("Index Name") for node in nodes(plan)}
    assert not {"kills_fact", "kill_victims", "kill_attackers"} & set(read_whole(plan))


@pytest.mark.parametrize("kind", ["corporation", "alliance", "system"])
@pytest.mark.parametrize("view", ["activity_hourly", "fleet_sizes", "value_distribution"])
def test_sums_of_an_entity_read_the_index_of_its_junction_alone(day_runtime: Runtime, view: str, kind: str) -> None:
    maintain(day_runtime.engine, f"VACUUM core.kill_{kind}s")
    plan = explained(day_runtime, f"SELECT * FROM mart.{view} WHERE entity_kind = '{kind}' AND entity_id = 99000001")
    reads = {(node["Node Type"], node.get("Index Name")) for node in nodes(plan) if "Scan" in node["Node Type"]}
    assert ("Index Only Scan", f"kill_{kind}s_day") in reads
    assert {index for _, index in reads} <= {f"kill_{kind}s_day", None}


def test_the_older_attackers_are_all_of_them(day_runtime: Runtime) -> None:
    query = 'SELECT "killmailId", id % 10000, "characterId", "damageDone" FROM legacy.kill_attackers ORDER BY 1, 2'
    ours = "SELECT killmail_id, attacker_index, character_id, damage_done FROM core.kill_attackers ORDER BY 1, 2"
    found = rows(day_runtime, query)
    assert {row[2] is None for row in found} == {True, False}
    assert found == rows(day_runtime, ours)


def test_names_that_nobody_asks_for_are_not_looked_up(day_runtime: Runtime) -> None:
    query = "SELECT sum(total_value) FROM core.killmails_named"
    assert {node["Relation Name"] for node in nodes(explained(day_runtime, query)) if "Relation Name" in node} == {
        "kills_fact"
    }
    query = "SELECT sum(damage_done) FROM core.attackers_named"
    assert {node["Relation Name"] for node in nodes(explained(day_runtime, query)) if "Relation Name" in node} == {
        "kill_attackers"
    }
