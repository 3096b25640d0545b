"""The marts of two real days are what pandas makes of the same bodies, edges and battles too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest

from killmart.db import batches
from killmart.load.build import CHUNK
from killmart.load.marts import refresh_marts
from killmart.load.promote import promote
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support import mart_oracle, own_figures, realdata
from support.databases import shared_warehouse
from support.deriving import derive_anew
from support.pipeline import build_batch, give_verdict, rows, run
from support.valued import load_types

pytestmark = realdata.needs_realdata

FIRST, SECOND = (date.fromisoformat(day) for day in realdata.DAYS)

_WORTH = """UPDATE core.kills_fact SET
    zkb_total_value = CASE WHEN killmail_id % 50 <> 0 THEN killmail_id * 7919 % (10 ^ (killmail_id % 12))::bigint END,
    zkb_points = killmail_id % 100,
    zkb_solo = killmail_id % 7 = 0"""
_COUNTS = ["kills_with"]
"""What is null in rows that do not count it."""
_PRICES = "UPDATE core.kill_items SET unit_price = CASE WHEN type_id % 9 <> 0 THEN (type_id % 1000) / 4.0 END"


@pytest.fixture(scope="module")
def bodies() -> dict[date, list[dict[str, Any]]]:
    """The killmails of both days."""
    return {day: [one.body for one in realdata.day_archive(day.isoformat())] for day in (FIRST, SECOND)}


@pytest.fixture(scope="module")
def runtime(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """Both days in core, with our flags, with values and prices of the tests' own, and in the mart."""
    home = str(tmp_path_factory.mktemp("home"))
    with shared_warehouse(postgres, "real_marts", KILLMART_HOME=home) as made:
        load_types(made.engine, own_figures.types_in(realdata.DATA / "sde"))
        for day in realdata.DAYS:
            _load(made, day)
        run(made, _WORTH)
        run(made, _PRICES)
        derive_anew(made)
        refresh_marts(made)
        yield made


def _load(runtime: Runtime, day: str) -> None:
    kills = realdata.day_archive(day)
    arrivals = [
        Arrival(one.body["killmail_id"], one.body["killmail_hash"], one.text, None, "everef", False) for one in kills
    ]
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, runtime.owner, "everef", None, None)
        build_batch(connection, batch_id, (arrivals[at : at + CHUNK] for at in range(0, len(arrivals), CHUNK)))
    give_verdict(runtime, batch_id)
    promote(runtime, batch_id)


def assert_same(runtime: Runtime, table: str, day: date, expected: pd.DataFrame) -> None:
    """The day's rows of a mart table are the expected ones, in any order."""
    columns = list(expected.columns)
    found = rows(runtime, f"SELECT {', '.join(columns)} FROM mart.{table} WHERE day = :day", day=day)
    words = ["entity_kind", "counted_by"]
    numbers = [name for name in columns if name not in words]
    is_money = expected[numbers].dtypes.eq("float64")
    kinds = {name: "float64" if is_money[name] else "int64" for name in numbers}
    got, wanted = (
        frame.astype(kinds).sort_values(columns).reset_index(drop=True)
        for frame in (pd.DataFrame(found, columns=columns).fillna(dict.fromkeys(_COUNTS, 0)), expected)
    )
    pd.testing.assert_frame_equal(got, wanted, check_dtype=False, rtol=1e-12)


@pytest.mark.parametrize("day", [FIRST, SECOND], ids=str)
def test_the_sums_of_a_day_are_those_of_pandas(
    runtime: Runtime, bodies: dict[date, list[dict[str, Any]]], day: date
) -> None:
    given = mart_oracle.frames(bodies[day])
    seen = mart_oracle.appearances(given)
    assert_same(runtime, "activity_daily", day, mart_oracle.activity(seen, given))
    assert_same(runtime, "activity_hourly", day, mart_oracle.summed(seen, "hour"))
    assert_same(runtime, "value_distribution", day, mart_oracle.summed(seen, "magnitude"))
    assert_same(runtime, "fleet_sizes", day, mart_oracle.summed(seen, "at_least"))
    assert_same(runtime, "systems_daily", day, mart_oracle.summed(seen[seen.entity_kind != "system"], "system_id"))
    assert_same(runtime, "ships_daily", day, mart_oracle.ships(seen, given))
    assert_same(runtime, "corporations_daily", day, mart_oracle.corporations(given))
    assert_same(runtime, "items_daily", day, mart_oracle.items(given))
    assert_same(runtime, "relations_daily", day, mart_oracle.relations(seen))
    assert_same(runtime, "sums_daily", day, mart_oracle.sums(seen, given))


@pytest.mark.parametrize("by", ["day", "system"])
def test_what_everybody_did_is_what_was_done_in_all_systems(runtime: Runtime, by: str) -> None:
    columns = ["kills", "losses", "kills_valued", "losses_valued", "isk_killed", "isk_lost"]
    if by == "day":
        columns += ["solo_kills", "solo_losses", "npc_losses", "final_blows", "points", "points_lost"]
    of_systems = f"""SELECT day, {"entity_id" if by == "system" else "0"}, {", ".join(f"sum({one})" for one in columns)}
        FROM mart.activity_daily WHERE entity_kind = 'system' GROUP BY 1, 2 ORDER BY 1, 2"""
    of_everybody = f"""SELECT day, bucket, {", ".join(columns)} FROM mart.sums_daily
        WHERE entity_id = 0 AND counted_by = '{by}' ORDER BY 1, 2"""
    found = rows(runtime, of_everybody)
    assert len(found) >= 2
    assert found == rows(runtime, of_systems)


def test_losses_to_npcs_are_the_kills_flagged_npc_but_for_npc_structures_that_players_killed(
    runtime: Runtime, bodies: dict[date, list[dict[str, Any]]]
) -> None:
    flagged: Counter[int] = Counter()
    npc_structures: Counter[int] = Counter()
    for body in (one for day in bodies.values() for one in day):
        victim = body["victim"]
        by_players = any(
            one.get("character_id", 0) > 3_999_999 or one.get("corporation_id", 0) > 1_999_999
            for one in body["attackers"]
        )
        is_npc = "character_id" not in victim and 0 < victim.get("corporation_id", 0) <= 1_999_999
        flagged[body["solar_system_id"]] += is_npc or not by_players
        npc_structures[body["solar_system_id"]] += is_npc and by_players
    by_system = "SELECT system_id, count(*) FILTER (WHERE npc) FROM core.kills_fact GROUP BY 1"
    assert dict(rows(runtime, by_system)) == flagged
    assert npc_structures.total() == 49
    by_system = "SELECT entity_id, sum(npc_losses) FROM mart.activity_daily WHERE entity_kind = 'system' GROUP BY 1"
    assert dict(rows(runtime, by_system)) == {one: flagged[one] - npc_structures[one] for one in flagged}


def test_npcs_kill_for_nobody_though_they_have_characters(runtime: Runtime) -> None:
    pilots = "SELECT count(DISTINCT character_id) FROM core.kill_attackers WHERE character_id <= 3999999"
    assert rows(runtime, pilots) != [(0,)]
    killers = "SELECT entity_id FROM mart.activity_daily WHERE entity_kind = 'character' AND entity_id <= 3999999"
    assert rows(runtime, killers) == []
    # a killmail of theirs alone is no kill in its system, and no part of a battle
    alone = """SELECT kills.killmail_id FROM core.kills_fact AS kills INNER JOIN mart.battle_kills USING (killmail_id)
        WHERE NOT EXISTS (
            SELECT FROM core.kill_attackers AS attackers WHERE attackers.killmail_id = kills.killmail_id
            AND (attackers.character_id > 3999999 OR attackers.corporation_id > 1999999)
        )"""
    assert rows(runtime, alone) == []


_BY_PLAYERS = """EXISTS (
    SELECT FROM core.kill_attackers AS one WHERE one.killmail_id = kills.killmail_id
    AND (one.character_id > 3999999 OR one.corporation_id > 1999999))"""
_WITH_PILOT = """EXISTS (
    SELECT FROM core.kill_attackers AS one WHERE one.killmail_id = kills.killmail_id AND one.character_id > 3999999)"""
CLAIMS = [
    ("kills_fact", "npc", "which players may have killed", f"kills_fact AS kills WHERE npc AND {_BY_PLAYERS}", 49),
    ("kills_fact", "npc", "All attackers are NPCs", f"kills_fact AS kills WHERE npc AND NOT {_BY_PLAYERS}", 3_466),
    ("kills_fact", "rule_solo", "solo", f"kills_fact AS kills WHERE rule_solo AND NOT {_WITH_PILOT}", 10),
    ("kills_fact", "fitted_value", "null where it gave none", "kills_fact WHERE fitted_value IS NULL", 21_769),
    ("kill_attackers", "character_id", "some have characters", "kill_attackers WHERE character_id <= 3999999", 214),
    ("kill_attackers", "weapon_type_id", "own ship", "kill_attackers WHERE weapon_type_id = ship_type_id", 16_769),
    ("kill_attackers", "ship_type_id", "null where", "kill_attackers WHERE ship_type_id IS NULL", 1_167),
    (
        "kill_attackers",
        "weapon_type_id",
        "null without a character",
        "kill_attackers WHERE (character_id IS NULL) <> (weapon_type_id IS NULL)",
        0,
    ),
]
"""Table, column, words of its comment, and of how many rows of two real days these words are true, or broken (0)."""


@pytest.mark.parametrize(("table", "column", "words", "source", "count"), CLAIMS)
def test_comments_say_what_real_killmails_have(
    runtime: Runtime, table: str, column: str, words: str, source: str, count: int
) -> None:
    comment = """SELECT col_description(attrelid, attnum) FROM pg_attribute
        WHERE attrelid = cast(:table AS regclass) AND attname = :column"""
    [(said,)] = rows(runtime, comment, table=f"core.{table}", column=column)
    assert words in said
    assert rows(runtime, f"SELECT count(*) FROM core.{source}") == [(count,)]


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        ("kill_victims", {"structures": 65, "deployables": 22, "drones": 87, "ships without a pilot": 6}),
        ("kill_attackers", {"NPCs": 11, "structures": 65, "deployables": 22, "drones": 87}),
    ],
)
def test_who_has_no_character_is_named_in_the_comment(runtime: Runtime, table: str, kinds: dict[str, int]) -> None:
    [(said,)] = rows(
        runtime,
        """SELECT col_description(attrelid, attnum) FROM pg_attribute
        WHERE attrelid = cast(:table AS regclass) AND attname = 'character_id'""",
        table=f"core.{table}",
    )
    categories = """SELECT DISTINCT groups.category_id FROM core.{} AS one
        INNER JOIN reference.types ON one.ship_type_id = types.type_id
        INNER JOIN reference.groups ON types.group_id = groups.group_id WHERE one.character_id IS NULL"""
    found = {category for (category,) in rows(runtime, categories.format(table))}
    assert {kind: category for kind, category in kinds.items() if kind in said and category in found} == kinds


@pytest.mark.parametrize("day", [FIRST, SECOND], ids=str)
def test_the_battles_of_a_day_are_those_of_pandas(
    runtime: Runtime, bodies: dict[date, list[dict[str, Any]]], day: date
) -> None:
    given = mart_oracle.frames(bodies[day])
    expected = mart_oracle.fights(given)
    query = """SELECT killmail_id, battle_id FROM mart.battle_kills INNER JOIN mart.battles USING (battle_id)
        WHERE started_at::date = :day"""
    assert dict(rows(runtime, query, day=day)) == expected.battle_id.to_dict()
    assert expected.battle_id.nunique() > 100
    kills = given["kills"].set_index("killmail_id").join(expected, how="inner")
    sums = kills.groupby("battle_id").agg(
        kills=("isk", "size"),
        valued=("value", "count"),
        isk=("isk", "sum"),
        started=("time", "min"),
        ended=("time", "max"),
    )
    query = """SELECT battle_id, kills, valued, isk, started_at, ended_at FROM mart.battles
        WHERE started_at::date = :day ORDER BY 1"""
    assert rows(runtime, query, day=day) == [
        (one.Index, one.kills, one.valued, one.isk, one.started, one.ended) for one in sums.itertuples()
    ]


def test_the_sides_of_every_battle_add_up(runtime: Runtime, bodies: dict[date, list[dict[str, Any]]]) -> None:
    unbalanced = """SELECT battle_id FROM mart.battles AS battles WHERE (kills, valued, isk, sides) <> (
        SELECT sum(losses), sum(losses_valued), sum(isk_lost), max(side) FROM mart.battle_sides AS sides
        WHERE sides.battle_id = battles.battle_id)"""
    assert rows(runtime, unbalanced) == []
    twice = """SELECT battle_id, alliance_id FROM mart.battle_sides CROSS JOIN unnest(alliances) AS named (alliance_id)
        GROUP BY 1, 2 HAVING count(*) > 1"""
    assert rows(runtime, twice) == []
    # what an alliance lost is on the side that has it, and what it killed of others is among that side's kills
    given = mart_oracle.frames(one for day in bodies.values() for one in day)
    sides = pd.DataFrame(
        rows(
            runtime, "SELECT battle_id, side, kills, unnest(alliances) FROM mart.battle_sides WHERE alliances <> '{}'"
        ),
        columns=["battle_id", "side", "side_kills", "alliance_id"],
    )
    victims = pd.DataFrame(
        rows(runtime, "SELECT killmail_id, battle_id, victim_side FROM mart.battle_kills"),
        columns=["killmail_id", "battle_id", "victim_side"],
    )
    lost = victims.merge(given["kills"][["killmail_id", "alliance_id"]]).dropna()
    lost = lost.astype({"alliance_id": "int64"}).merge(sides, how="left", on=["battle_id", "alliance_id"])
    assert (lost.side == lost.victim_side).all()
    killed = victims.merge(given["attackers"][["killmail_id", "alliance_id"]].dropna().drop_duplicates())
    killed = killed.astype({"alliance_id": "int64"}).merge(sides, how="left", on=["battle_id", "alliance_id"])
    assert killed.side.notna().all()
    of_others = killed[killed.side != killed.victim_side].drop_duplicates(["killmail_id", "side"])
    counts = of_others.groupby(["battle_id", "side"]).size()
    most = sides.drop_duplicates(["battle_id", "side"]).set_index(["battle_id", "side"]).side_kills
    assert (counts <= most.reindex(counts.index)).all()
