"""Whatever the order, however often, however interrupted: the mart's increments are what a rebuild makes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from killmart.db import marts
from killmart.load.marts import MartsReport, refresh_marts
from killmart.load.promote import promote
from killmart.runtime import Runtime
from support.deriving import derive_anew
from support.interrupting import interruption
from support.marts import DAY, load, touched
from support.pipeline import (
    Json,
    attacker,
    build,
    empty_warehouse,
    give_verdict,
    kill,
    load_past_gate,
    ref,
    rows,
    stage,
    victim,
)
from support.strategies import REPEATABLE, killmails, zkb_blocks

KEYS = {
    "appearances": "entity_kind, entity_id, killmail_id",
    "activity_daily": "entity_kind, entity_id, day",
    "activity_hourly": "entity_kind, entity_id, day, hour",
    "ships_daily": "entity_kind, entity_id, day, ship_type_id",
    "value_distribution": "entity_kind, entity_id, day, magnitude",
    "fleet_sizes": "entity_kind, entity_id, day, at_least",
    "systems_daily": "entity_kind, entity_id, day, system_id",
    "corporations_daily": "entity_kind, entity_id, day, corporation_id",
    "items_daily": "type_id, day",
    "crews_daily": "entity_kind, entity_id, day",
    "members_daily": "entity_id, day, corporation_id",
    "sums_daily": "day, counted_by, entity_id, bucket",
    "relations_daily": "entity_kind, entity_id, day, other_id",
    "battles": "battle_id",
    "battle_sides": "battle_id, side",
    "battle_kills": "killmail_id",
}
VICTIM, KILLER = 95_000_001, 95_000_002


def mart(runtime: Runtime) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the mart by table."""
    return {table: rows(runtime, f"SELECT * FROM mart.{table} ORDER BY {key}") for table, key in KEYS.items()}


def activity(runtime: Runtime, kind: str, entity: int) -> list[tuple[Any, ...]]:
    query = """SELECT to_char(day, 'MM-DD'), kills, losses, isk_killed, isk_lost FROM mart.activity_daily
        WHERE entity_kind = :kind AND entity_id = :entity ORDER BY day"""
    return rows(runtime, query, kind=kind, entity=entity)


def test_a_promotion_touches_the_days_of_what_is_new_and_of_nothing_else(runtime: Runtime) -> None:
    late = kill(2, killmail_time="2021-11-29T23:59:59Z")
    early = kill(3, killmail_time="2021-11-30T00:00:00Z")
    load(runtime, kill(1), late, early)
    assert touched(runtime) == ["2021-11-29", "2021-11-30"]
    assert refresh_marts(runtime) == MartsReport(days=2, killmails=3)
    assert touched(runtime) == []
    load(runtime, kill(1), late, early)  # the same again
    assert touched(runtime) == []
    assert refresh_marts(runtime) == MartsReport()


def test_a_changed_killmail_touches_the_day_it_leaves_and_the_day_it_comes_to(runtime: Runtime) -> None:
    load(runtime, kill(1), totalValue=5)
    refresh_marts(runtime)
    load(runtime, kill(1, killmail_time="2021-12-03T12:34:56Z"), totalValue=7)
    assert touched(runtime) == ["2021-11-29", "2021-12-03"]
    refresh_marts(runtime)
    assert activity(runtime, "character", VICTIM) == [("12-03", 0, 1, 0, 7)]
    assert activity(runtime, "character", KILLER) == [("12-03", 1, 0, 7, 0)]


def test_a_new_value_touches_the_day(runtime: Runtime) -> None:
    load(runtime, kill(1))
    refresh_marts(runtime)
    assert rows(runtime, "SELECT DISTINCT magnitude FROM mart.value_distribution") == [(-1,)]
    load(runtime, kill(1), totalValue=1_000_000)
    assert touched(runtime) == ["2021-11-29"]
    refresh_marts(runtime)
    assert activity(runtime, "system", 30_000_142) == [("11-29", 1, 1, 1_000_000, 1_000_000)]
    assert rows(runtime, "SELECT DISTINCT magnitude FROM mart.value_distribution") == [(6,)]


def sums(runtime: Runtime) -> dict[str, list[tuple[Any, ...]]]:
    """The mart without battles: what is right as soon as a batch is promoted."""
    return {name: found for name, found in mart(runtime).items() if not name.startswith("battle")}


def test_a_promotion_is_in_the_sums_at_once(runtime: Runtime) -> None:
    fleet = [attacker(KILLER, final_blow=True, alliance_id=99_000_002), attacker(95_000_003)]
    load(runtime, kill(1, attackers=fleet), totalValue=5)
    assert activity(runtime, "character", KILLER) == [("11-29", 1, 0, 5, 0)]
    assert activity(runtime, "alliance", 99_000_001) == [("11-29", 0, 1, 0, 5)]
    load(runtime, kill(1, attackers=fleet), kill(2, attackers=fleet), totalValue=7)  # a new value, and a new killmail
    assert activity(runtime, "corporation", 98_000_002) == [("11-29", 2, 0, 14, 0)]
    load(runtime, kill(1, killmail_time="2021-11-30T12:34:56Z", attackers=fleet), totalValue=7)  # another body
    assert activity(runtime, "system", 30_000_142) == [("11-29", 1, 1, 7, 7), ("11-30", 1, 1, 7, 7)]
    before = sums(runtime)
    assert all(before.values())
    refresh_marts(runtime)
    assert sums(runtime) == before


def test_days_are_summed_up_when_they_are_over_and_two_that_changed_are_read_from_core(runtime: Runtime) -> None:
    def settled() -> list[tuple[Any, ...]]:
        return rows(runtime, "SELECT to_char(day, 'MM-DD'), killmails FROM mart.settled_items ORDER BY day")

    def shown() -> list[tuple[Any, ...]]:
        return rows(runtime, "SELECT to_char(day, 'MM-DD'), killmails FROM mart.items_daily ORDER BY day")

    items = {"items": [{"item_type_id": 34, "flag": 5, "singleton": 0, "quantity_dropped": 1}]}

    def at(number: int, day: str) -> Json:
        return kill(number, killmail_time=f"2021-{day}T12:00:00Z", victim=victim(**items))

    load(runtime, at(1, "11-27"), at(2, "11-28"), at(3, "11-29"))
    assert shown() == [("11-28", 1), ("11-29", 1)]
    assert touched(runtime) == ["2021-11-27", "2021-11-28", "2021-11-29"]  # and two of them for their battles alone
    assert refresh_marts(runtime).days == 3
    assert settled() == [("11-27", 1), ("11-28", 1)]
    assert shown() == [("11-27", 1), ("11-28", 1), ("11-29", 1)]
    load(runtime, at(4, "11-29"))
    assert shown()[-1] == ("11-29", 2)
    assert refresh_marts(runtime).days == 1  # its battles
    assert settled() == [("11-27", 1), ("11-28", 1)]
    assert refresh_marts(runtime) == MartsReport()
    load(runtime, at(5, "11-27"), at(6, "11-30"))
    assert shown() == [("11-27", 1), ("11-28", 1), ("11-29", 2), ("11-30", 1)]  # a third one as it was
    assert touched(runtime) == ["2021-11-27", "2021-11-30"]
    refresh_marts(runtime)
    assert settled() == [("11-27", 2), ("11-28", 1), ("11-29", 2)]
    assert shown() == [*settled(), ("11-30", 1)]
    assert touched(runtime) == []


def test_what_is_rolled_back_touches_nothing(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1))])
    batch_id = build(runtime).batch_id
    give_verdict(runtime, batch_id)
    with interruption(runtime.engine, 12, "raised"):
        promote(runtime, batch_id)
    assert rows(runtime, "SELECT count(*) FROM core.kills_fact") == [(0,)]
    assert touched(runtime) == []


def test_others_touch_days_in_their_own_transaction(runtime: Runtime) -> None:
    with runtime.engine.begin() as connection:
        marts.touch_days(connection, [DAY, date(2020, 2, 29), DAY])
    assert touched(runtime) == ["2020-02-29", "2021-11-29"]
    with runtime.engine.connect() as connection:
        assert [day for day, _ in marts.touched_days(connection)] == [DAY, date(2020, 2, 29)]
    assert refresh_marts(runtime).days == 2


def test_a_day_that_changes_while_it_is_refreshed_is_refreshed_again(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(runtime, kill(1))
    sum_up = marts.sum_up
    more = iter([kill(2), kill(3)])

    def interfered(connection: Connection, day: date, *, is_over: bool) -> marts.Touches:
        found = sum_up(connection, day, is_over=is_over)
        if (body := next(more, None)) is not None:
            load(runtime, body)
        return found

    monkeypatch.setattr(marts, "sum_up", interfered)
    assert refresh_marts(runtime) == MartsReport(days=3, killmails=6)  # with 1, 2 and 3 killmails
    assert [row[1] for row in activity(runtime, "character", KILLER)] == [3]


def test_only_battles_that_a_change_can_matter_to_are_looked_for_again(runtime: Runtime) -> None:
    def brawl(number: int, clock: str, system: int = 30_000_001) -> Json:
        attackers = [attacker(one) for one in range(11, 21)]
        time = f"2021-11-29T{clock}:00Z"
        return kill(number, killmail_time=time, solar_system_id=system, attackers=attackers)

    def found() -> dict[int, tuple[int, str]]:
        query = "SELECT battle_id, kills, xmin::text FROM mart.battles ORDER BY battle_id"
        return {battle: (kills, version) for battle, kills, version in rows(runtime, query)}

    load(
        runtime,
        *(brawl(number, f"12:0{number}") for number in range(1, 6)),
        *(brawl(10 + number, f"12:3{number}") for number in range(1, 6)),  # 26 minutes later
        *(brawl(20 + number, f"12:0{number}", 30_000_002) for number in range(1, 6)),
    )
    refresh_marts(runtime)
    before = found()
    assert {battle: kills for battle, (kills, _) in before.items()} == {1: 5, 11: 5, 21: 5}
    load(runtime, brawl(6, "11:50"))
    refresh_marts(runtime)
    after = found()
    assert {battle: kills for battle, (kills, _) in after.items()} == {6: 6, 11: 5, 21: 5}
    assert {battle: after[battle] for battle in (11, 21)} == {battle: before[battle] for battle in (11, 21)}
    load(runtime, brawl(7, "12:20"))  # between the two
    refresh_marts(runtime)
    assert {battle: kills for battle, (kills, _) in found().items()} == {6: 12, 21: 5}
    assert found()[21] == before[21]
    load(runtime, brawl(7, "12:20", 30_000_003))  # and away again
    refresh_marts(runtime)
    assert {battle: kills for battle, (kills, _) in found().items()} == {6: 6, 11: 5, 21: 5}
    assert found()[21] == before[21]


def test_what_counts_as_a_kill_and_as_a_loss(runtime: Runtime) -> None:
    npc = {"damage_done": 9, "final_blow": True, "security_status": 0, "ship_type_id": 3, "faction_id": 500_010}
    pirates = npc | {"corporation_id": 1_000_125}
    structure = npc | {"corporation_id": 98_000_009, "final_blow": False, "damage_done": 4}
    in_npc_corporation = attacker(95_000_004, corporation_id=1_000_125)
    with_character = attacker(3_019_582, corporation_id=1_000_298, faction_id=500_024)
    by_npcs = kill(1, attackers=[pirates, npc | {"final_blow": False}, with_character])
    by_both = kill(2, attackers=[pirates, structure, in_npc_corporation])
    # the victim's own corporation attacks; then one pilot is listed twice, and the victim among the attackers
    awox = kill(3, attackers=[attacker(95_000_005, corporation_id=98_000_001, alliance_id=99_000_001)])
    twice = kill(4, attackers=[attacker(KILLER, final_blow=True), attacker(KILLER), attacker(VICTIM)])
    load(runtime, by_npcs, by_both, awox, twice, totalValue=10)
    refresh_marts(runtime)
    day = "11-29"
    assert activity(runtime, "system", 30_000_142) == [(day, 3, 4, 30, 40)]
    assert activity(runtime, "corporation", 1_000_125) == [(day, 1, 0, 10, 0)]  # that of the pilot in it
    assert activity(runtime, "corporation", 98_000_009) == [(day, 1, 0, 10, 0)]  # a structure
    assert activity(runtime, "character", 3_019_582) == activity(runtime, "corporation", 1_000_298) == []  # an NPC
    assert activity(runtime, "corporation", 98_000_001) == [(day, 1, 4, 10, 40)]
    assert activity(runtime, "alliance", 99_000_001) == [(day, 1, 4, 10, 40)]
    assert activity(runtime, "character", KILLER) == [(day, 1, 0, 10, 0)]
    assert activity(runtime, "character", VICTIM) == [(day, 1, 4, 10, 40)]  # it attacked itself
    sizes = rows(
        runtime,
        """SELECT at_least, sizes.losses, npc_losses, pilots FROM mart.fleet_sizes AS sizes
        INNER JOIN mart.activity_daily USING (entity_kind, entity_id, day)
        WHERE entity_kind = 'system' ORDER BY at_least""",
    )
    assert sizes == [(0, 1, 1, 4), (1, 1, 1, 4), (2, 2, 1, 4)]


def test_a_pilot_listed_in_two_ships_flew_the_first_and_its_corporation_both(runtime: Runtime) -> None:
    fleet = [attacker(KILLER, ship_type_id=588, final_blow=True), attacker(KILLER, ship_type_id=587)]
    load(runtime, kill(1, attackers=fleet))
    flown = """SELECT entity_kind::text, ship_type_id, kills_with FROM mart.ships_daily
        WHERE kills_with > 0 ORDER BY entity_kind, ship_type_id"""
    assert rows(runtime, flown) == [
        ("character", 588, 1),
        *((kind, ship, 1) for kind in ("corporation", "system") for ship in (587, 588)),
    ]


def test_edges_are_the_same_from_both_ends_and_leave_npc_corporations_out(runtime: Runtime) -> None:
    fleet = [
        attacker(1, corporation_id=98_000_002, final_blow=True),
        attacker(2, corporation_id=98_000_003),
        attacker(95_000_003, corporation_id=1_000_125),
    ]
    load(runtime, kill(1, attackers=fleet), totalValue=10)
    load(
        runtime,
        kill(
            2,
            victim=victim(corporation_id=98_000_003, alliance_id=0),
            attackers=[attacker(4, corporation_id=98_000_001)],
        ),
        totalValue=3,
    )
    refresh_marts(runtime)
    edges = rows(
        runtime,
        """SELECT entity_id % 100, other_id % 100, flew_with, kills, losses, isk_with, isk_killed, isk_lost
        FROM mart.relations_daily ORDER BY 1, 2""",
    )
    assert edges == [
        (1, 2, 0, 0, 1, 0, 0, 10),
        (1, 3, 0, 1, 1, 0, 3, 10),
        (2, 1, 0, 1, 0, 0, 10, 0),
        (2, 3, 1, 0, 0, 10, 0, 0),
        (3, 1, 0, 1, 1, 0, 10, 3),
        (3, 2, 1, 0, 0, 10, 0, 0),
    ]


def test_ratio_efficiency_and_trend(runtime: Runtime) -> None:
    for number, day in enumerate(("11-20", "11-26", "11-27"), start=1):
        load(runtime, kill(number, killmail_time=f"2021-{day}T12:00:00Z"), totalValue=30)
    turned = kill(9, killmail_time="2021-11-27T12:00:00Z", victim=victim(character_id=KILLER), attackers=[attacker(1)])
    load(runtime, turned, totalValue=10)
    refresh_marts(runtime)
    trend = rows(
        runtime,
        """SELECT to_char(day, 'DD'), ratio, efficiency, kills_7d, losses_7d, isk_killed_7d, efficiency_7d
        FROM mart.activity_trend WHERE entity_kind = 'character' AND entity_id = :killer ORDER BY day""",
        killer=KILLER,
    )
    assert trend == [
        ("20", None, 1.0, 1, 0, 30, 1.0),
        ("26", None, 1.0, 2, 0, 60, 1.0),
        ("27", 1.0, 0.75, 2, 1, 60, pytest.approx(60 / 70)),
    ]


def test_what_has_no_value_is_not_worth_0(runtime: Runtime) -> None:
    load(runtime, kill(1), totalValue=30)
    load(runtime, kill(2), kill(3, killmail_time="2021-12-10T12:00:00Z"))
    refresh_marts(runtime)
    days = """SELECT to_char(day, 'DD'), kills, kills_valued, losses, losses_valued, isk_killed, isk_lost
        FROM mart.activity_daily WHERE entity_kind = 'system' ORDER BY day"""
    assert rows(runtime, days) == [("29", 2, 1, 2, 1, 30, 30), ("10", 1, 0, 1, 0, 0, 0)]
    trend = """SELECT to_char(day, 'DD'), isk_killed, isk_killed_7d, efficiency, efficiency_7d
        FROM mart.activity_trend WHERE entity_kind = 'character' AND entity_id = :killer ORDER BY day"""
    assert rows(runtime, trend, killer=KILLER) == [("29", 30, 30, 1.0, 1.0), ("10", None, None, None, None)]
    assert rows(runtime, "SELECT DISTINCT dropped_value, destroyed_value FROM mart.items_daily") == [(None, None)]
    moments = "'2021-11-29', '2021-11-30'), ('2021-12-10', '2021-12-11'"
    active = """SELECT kills, valued, isk_lost FROM (VALUES ({})) AS asked (since, until)
        CROSS JOIN core.system_activity(since::timestamptz, until::timestamptz)"""
    assert rows(runtime, active.format(moments)) == [(2, 1, 30), (1, 0, None)]


def test_a_battle_over_midnight_is_one_and_grows_from_either_day(runtime: Runtime) -> None:
    def brawl(number: int, time: str) -> Json:
        one, other = (98_000_001, 98_000_002) if number % 2 else (98_000_002, 98_000_001)
        return kill(
            number,
            killmail_time=time,
            victim=victim(character_id=one * 10, corporation_id=one, alliance_id=0),
            attackers=[attacker(other * 10 + place, corporation_id=other) for place in range(6)],
        )

    def battles() -> list[tuple[Any, ...]]:
        return rows(runtime, "SELECT battle_id, kills, sides, to_char(started_at, 'DD HH24:MI') FROM mart.battles")

    load(runtime, *(brawl(number, f"2021-11-29T23:5{number}:00Z") for number in range(5, 9)))
    refresh_marts(runtime)
    assert battles() == []  # four are no battle
    load(runtime, brawl(10, "2021-11-30T00:03:00Z"))
    refresh_marts(runtime)
    assert battles() == [(5, 5, 2, "29 23:55")]
    load(runtime, brawl(4, "2021-11-29T23:54:00Z"))
    refresh_marts(runtime)
    assert battles() == [(4, 6, 2, "29 23:54")]
    load(runtime, brawl(4, "2021-11-29T11:00:00Z"))  # it happened elsewhere in time
    refresh_marts(runtime)
    assert battles() == [(5, 5, 2, "29 23:55")]
    incremental = mart(runtime)
    refresh_marts(runtime, rebuild=True)
    assert mart(runtime) == incremental


def test_a_killmail_that_leaves_a_battle_for_a_later_one_stops_nothing(runtime: Runtime) -> None:
    def brawl(number: int, time: str) -> Json:
        return kill(number, killmail_time=time, attackers=[attacker(one) for one in range(11, 21)])

    load(runtime, *(brawl(number, f"2021-11-29T12:0{number}:00Z") for number in range(1, 7)))
    refresh_marts(runtime)
    moved = [brawl(number, f"2021-12-03T12:0{number}:00Z") for number in (1, 7, 8, 9)]
    load(runtime, *moved, brawl(6, "2021-12-03T12:06:00Z"))  # the new day is refreshed first
    refresh_marts(runtime)
    battles = rows(runtime, "SELECT battle_id, kills, to_char(started_at, 'MM-DD') FROM mart.battles")
    assert battles == [(1, 5, "12-03")]  # four are left of the other one
    incremental = mart(runtime)
    refresh_marts(runtime, rebuild=True)
    assert mart(runtime) == incremental


_TIMES = [
    f"2021-11-{day}T{clock}:00Z"
    for day in (28, 29, 30)
    for clock in ("00:00", "00:10", "00:25", "00:41", "10:55", "11:00", "11:05", "23:50")
]
_SUMS = ("items", "crews", "sums")
_KILLS = 5


@st.composite
def _timed(draw: st.DrawFn) -> Json:
    body = draw(killmails())
    system = draw(st.sampled_from([30_000_001, 30_000_001, 30_000_002]))
    return body | {"killmail_time": draw(st.sampled_from(_TIMES)), "solar_system_id": system}


_versions = st.lists(
    st.tuples(_timed(), _timed(), st.none() | zkb_blocks, st.none() | zkb_blocks),
    min_size=_KILLS,
    max_size=_KILLS,
    unique_by=lambda version: version[0]["killmail_id"],
)
_some = st.lists(st.integers(0, _KILLS - 1), min_size=1, max_size=_KILLS)
_actions = st.one_of(
    st.tuples(st.just("stage"), _some, st.booleans()),
    st.tuples(st.just("load")),
    st.tuples(st.just("interrupted load"), st.integers(0, 40), st.sampled_from(["dropped", "raised"])),
    st.tuples(st.just("refresh")),
    st.tuples(st.just("interrupted refresh"), st.integers(0, 50), st.sampled_from(["dropped", "raised"])),
    st.tuples(st.just("late fill"), st.sampled_from([28, 29, 30])),
)


class Session:
    """Killmails that come in two versions each, and a mart that is refreshed now and then."""

    def __init__(self, runtime: Runtime, versions: list[tuple[Json, Json, Json | None, Json | None]]) -> None:
        self.runtime = runtime
        self.refs = [
            (ref(body, zkb), ref(other | {"killmail_id": body["killmail_id"]}, other_zkb))
            for body, other, zkb, other_zkb in versions
        ]

    def do(self, action: str, *details: Any) -> None:
        getattr(self, "do_" + action.replace(" ", "_"))(*details)

    def do_stage(self, numbers: list[int], which: bool) -> None:
        stage(self.runtime, [self.refs[number][which] for number in numbers])

    def do_load(self) -> None:
        load_past_gate(self.runtime)

    def do_interrupted_load(self, statements: int, how: str) -> None:
        with interruption(self.runtime.engine, statements, how):
            self.do_load()

    def do_refresh(self) -> None:
        refresh_marts(self.runtime)
        for name in _SUMS:
            key = KEYS[f"{name}_daily"]
            shown, derived = (
                rows(self.runtime, f"SELECT * FROM mart.{table} ORDER BY {key}")
                for table in (f"{name}_daily", f"derived_{name}")
            )
            assert shown == derived

    def do_interrupted_refresh(self, statements: int, how: str) -> None:
        with interruption(self.runtime.engine, statements, how):
            self.do_refresh()

    def do_late_fill(self, day: int) -> None:
        with self.runtime.engine.begin() as connection:
            connection.exec_driver_sql(
                f"UPDATE core.kills_fact SET zkb_total_value = {day} WHERE kill_time::date = '2021-11-{day}'"
            )
            marts.touch_days(connection, [date(2021, 11, day)])
        derive_anew(self.runtime)


@pytest.fixture
def small_battles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two killmails and one pilot are a battle, so that five killmails can make several."""
    monkeypatch.setattr("killmart.load.marts.LEAST_KILLS", 2)
    monkeypatch.setattr("killmart.transform.battles.LEAST_KILLS", 2)
    monkeypatch.setattr("killmart.transform.battles.LEAST_PILOTS", 1)


@pytest.mark.usefixtures("small_battles")
@settings(REPEATABLE, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(versions=_versions, actions=st.lists(_actions, max_size=12))
def test_increments_are_what_a_rebuild_makes(
    runtime: Runtime, versions: list[tuple[Json, Json, Json | None, Json | None]], actions: list[tuple[Any, ...]]
) -> None:
    empty_warehouse(runtime)
    refresh_marts(runtime, rebuild=True)
    session = Session(runtime, versions)
    for action in actions:
        session.do(*action)
    session.do_load()
    session.do_refresh()
    incremental = mart(runtime)
    assert touched(runtime) == []
    refresh_marts(runtime, rebuild=True)
    assert mart(runtime) == incremental
