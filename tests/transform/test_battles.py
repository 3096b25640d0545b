"""The rule of battles, on fights made by hand and on any that hypothesis makes up."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from killmart.model.battle import Battle, Fight, Party
from killmart.transform.battle_sides import camp_of, sides_of
from killmart.transform.battles import GAP, LEAST_KILLS, LEAST_PILOTS, find_battles, spans_around
from support.fighting import SYSTEM, alliance, corporation, fight, pilot
from support.strategies import REPEATABLE

A_FLEET = "A1 A2 A3 A4 A5 A6"
B_FLEET = "B1 B2 B3 B4 B5 B6"


def brawl(first_id: int = 1, minutes: tuple[int, ...] = (0, 2, 4, 6, 8, 10), hour: int = 18) -> list[Fight]:
    """A and B lose ships in turn."""
    return [
        fight(first_id + place, f"{hour}:{minute:02}", *(("B1", A_FLEET) if place % 2 else ("A1", B_FLEET)))
        for place, minute in enumerate(minutes)
    ]


def sides(battle: Battle) -> list[set[int]]:
    """The alliances, and corporations without one, of each side."""
    members = {alliance(name) - 99_000_000 for name in "ABCD"}
    return [
        {*side.alliances, *(one for one in side.corporations if one - 98_000_000 not in members)}
        for side in battle.sides
    ]


def test_two_fleets_that_shoot_each_other_are_one_battle_of_two_sides() -> None:
    [battle] = find_battles(brawl())
    assert (battle.battle_id, battle.system_id, battle.pilots, battle.isk) == (1, SYSTEM, 12, 60)
    assert (battle.started_at, battle.ended_at) == (
        datetime(2021, 11, 1, 18, 0, tzinfo=UTC),
        datetime(2021, 11, 1, 18, 10, tzinfo=UTC),
    )
    assert sides(battle) == [{alliance("A")}, {alliance("B")}]
    assert [(one.pilots, one.kills, one.losses, one.isk_killed, one.isk_lost) for one in battle.sides] == [
        (6, 3, 3, 30, 30)
    ] * 2
    assert battle.victim_sides == {1: 1, 2: 2, 3: 1, 4: 2, 5: 1, 6: 2}
    assert battle.valued == 6


def test_a_loss_that_nobody_has_valued_is_counted_and_costs_nothing_known() -> None:
    [battle] = find_battles([replace(brawl()[0], isk=None), *brawl()[1:]])
    assert (battle.valued, battle.isk) == (5, 50)
    assert [(one.kills, one.kills_valued, one.losses, one.losses_valued) for one in battle.sides] == [
        (3, 3, 3, 2),
        (3, 2, 3, 3),
    ]
    assert [(one.isk_killed, one.isk_lost) for one in battle.sides] == [(30, 20), (20, 30)]


def test_who_is_away_for_longer_than_the_gap_begins_another_fight() -> None:
    together = brawl(minutes=(0, 1, 2, 3, 4, 19, 20, 21, 22, 23))
    apart = brawl(minutes=(0, 1, 2, 3, 4, 20, 21, 22, 23, 24))
    assert [len(one.victim_sides) for one in find_battles(together)] == [10]
    assert [len(one.victim_sides) for one in find_battles(apart)] == [5, 5]


def test_neighbours_who_share_nobody_are_two_fights() -> None:
    others = [
        fight(
            10 + one.killmail_id, f"18:0{place}", *(("D1", "C1 C2 C3 C4 C5") if place % 2 else ("C1", "D1 D2 D3 D4 D5"))
        )
        for place, one in enumerate(brawl())
    ]
    assert [one.battle_id for one in find_battles([*brawl(), *others])] == [1, 11]
    go_between = fight(99, "18:05", "A1", "D1")
    assert [one.battle_id for one in find_battles([*brawl(), *others, go_between])] == [1]


def test_the_same_fleets_in_two_systems_are_two_fights() -> None:
    elsewhere = [
        Fight(10 + one.killmail_id, one.kill_time, SYSTEM + 1, one.isk, one.victim, one.attackers) for one in brawl()
    ]
    assert [(one.battle_id, one.system_id) for one in find_battles([*brawl(), *elsewhere])] == [
        (1, SYSTEM),
        (11, SYSTEM + 1),
    ]


@pytest.mark.parametrize(("kills", "found"), [(LEAST_KILLS - 1, 0), (LEAST_KILLS, 1)])
def test_a_few_killmails_are_no_battle(kills: int, found: int) -> None:
    assert len(find_battles(brawl(minutes=tuple(range(kills))))) == found


@pytest.mark.parametrize(("pilots", "found"), [(LEAST_PILOTS - 1, 0), (LEAST_PILOTS, 1)])
def test_a_few_pilots_are_no_battle(pilots: int, found: int) -> None:
    attackers = " ".join(f"A{number}" for number in range(1, pilots))
    assert len(find_battles([fight(number, f"18:0{number}", "B1", attackers) for number in range(6)])) == found


def test_structures_hold_a_fight_together_and_stand_on_a_side() -> None:
    bash = [fight(number, f"18:0{number}", f"B{number}", "A") for number in range(1, 9)]
    [battle] = find_battles([*bash, fight(9, "18:09", "A", "B1 B9 B10")])
    assert sides(battle) == [{alliance("B")}, {alliance("A")}]
    assert [side.pilots for side in battle.sides] == [10, 0]


def test_friends_stand_together_though_they_hit_each_other_once() -> None:
    allied = [fight(number, f"18:0{number}", f"B{number}", "A1 A2 A3 C1 C2 C3") for number in range(1, 8)]
    accident = fight(8, "18:08", "C1", "A1")
    revenge = fight(9, "18:09", "A1", "B1 B2")
    [battle] = find_battles([*allied, accident, revenge])
    assert sides(battle) == [{alliance("B")}, {alliance("A"), alliance("C")}]
    # a loss to one's own side is a loss, and nobody's kill
    assert [(side.kills, side.losses) for side in battle.sides] == [(1, 7), (7, 2)]


def test_victims_who_shot_at_nobody_stand_with_the_enemies_of_their_killers() -> None:
    extra = [fight(20, "18:03", "c1", A_FLEET), fight(21, "18:05", ".7", A_FLEET)]
    [battle] = find_battles([*brawl(), *extra])
    assert sides(battle) == [{alliance("B"), corporation("c")}, {alliance("A")}]
    assert battle.victim_sides[20] == battle.victim_sides[21] == 1
    assert [side.pilots for side in battle.sides] == [8, 6]


def test_who_shoots_at_both_is_a_third_party() -> None:
    third = [fight(20, "18:03", "A2", "C1 C2"), fight(21, "18:05", "B2", "C1 C2")]
    [battle] = find_battles([*brawl(), *third])
    assert sides(battle) == [{alliance("A")}, {alliance("B")}, {alliance("C")}]
    assert [(side.kills, side.losses) for side in battle.sides] == [(3, 4), (3, 4), (2, 0)]


def test_pilots_of_npc_corporations_are_camps_of_their_own() -> None:
    assert camp_of(pilot(".1")) != camp_of(pilot(".2"))
    assert camp_of(pilot("a1")) == camp_of(pilot("a2")) == camp_of(pilot("a"))


def test_npcs_with_characters_hold_no_fight_together_and_are_nobodys_pilots() -> None:
    npcs = [Party(3_019_582 + number, 1_000_298, None) for number in range(10)]
    alone = [
        Fight(number, datetime(2021, 11, 1, 18, number, tzinfo=UTC), SYSTEM, 1, one, (pilot(f"A{number}"),))
        for number, one in enumerate(npcs)
    ]
    assert find_battles(alone) == []
    [battle] = find_battles([*brawl(), replace(brawl()[0], killmail_id=7, victim=npcs[0])])
    assert battle.pilots == sum(side.pilots for side in battle.sides) == 12


def test_the_spans_around_a_day_touch_it_and_each_other() -> None:
    [before, after] = spans_around(date(2021, 11, 29))
    assert before == (datetime(2021, 11, 28, 11, tzinfo=UTC), datetime(2021, 11, 29, 11, tzinfo=UTC))
    assert after == (datetime(2021, 11, 29, 11, tzinfo=UTC), datetime(2021, 11, 30, 11, tzinfo=UTC))
    assert spans_around(date(2021, 11, 30))[0] == after


def test_a_thousand_pilots_without_a_corporation_of_their_own_are_told_apart_in_seconds() -> None:
    """Each is a camp, and every camp has shot beside some of the enemies: half a million ties to look at."""
    chance, fleets = random.Random(1), [range(1, 501), range(501, 1001)]
    fights = []
    for number in range(1_000):
        mine, theirs = fleets if number % 2 else reversed(fleets)
        attackers = [*chance.sample(mine, 100), *chance.sample(theirs, int(chance.random() < 0.6))]
        victim = chance.choice([one for one in theirs if one not in attackers])
        names = " ".join(f".{one}" for one in attackers)
        fights.append(fight(number, f"{12 + number // 60 % 6}:{number % 60:02}", f".{victim}", names))
    pilots = {pilot(f".{one}").character_id: one <= 500 for one in range(1, 1001)}
    found, victim_sides = sides_of(fights)
    assert [one.pilots for one in found] == [500, 500]
    assert {(victim_sides[one.killmail_id], pilots[one.victim.character_id]) for one in fights} == {
        (1, True),
        (2, False),
    }


_names = st.sampled_from([f"{group}{number}" for group in "ABCab." for number in range(1, 6)] + ["A", "a"])
_fights = st.builds(
    lambda number, minute, victim, attackers, isk: fight(
        number, f"{12 + minute // 60}:{minute % 60:02}", victim, " ".join(attackers), isk=isk
    ),
    st.integers(1, 10**6),
    st.integers(0, 90),
    _names,
    st.lists(_names, min_size=1, max_size=12, unique=True),
    st.none() | st.integers(0, 10**12),
)


@REPEATABLE
@given(st.lists(_fights, min_size=5, max_size=40, unique_by=lambda one: one.killmail_id), st.randoms())
def test_battles_add_up_whatever_was_fought(fights: list[Fight], shuffled: random.Random) -> None:
    battles = find_battles(fights)
    by_id = {one.killmail_id: one for one in fights}
    taken = [killmail_id for battle in battles for killmail_id in battle.victim_sides]
    assert len(taken) == len(set(taken))
    for battle in battles:
        kills = [by_id[one] for one in battle.victim_sides]
        assert len(kills) >= LEAST_KILLS
        assert battle.pilots >= LEAST_PILOTS
        assert battle.battle_id == kills[0].killmail_id
        assert [one.kill_time for one in kills] == sorted(one.kill_time for one in kills)
        assert battle.ended_at - battle.started_at <= GAP * len(kills)
        assert sum(side.losses for side in battle.sides) == len(kills)
        assert sum(side.isk_lost for side in battle.sides) == battle.isk == sum(one.isk or 0 for one in kills)
        known = sum(one.isk is not None for one in kills)
        assert sum(side.losses_valued for side in battle.sides) == battle.valued == known
        assert all(side.kills_valued <= side.kills for side in battle.sides)
        assert sum(side.pilots for side in battle.sides) == battle.pilots  # nobody changes camp here
        assert [side.side for side in battle.sides] == list(range(1, len(battle.sides) + 1))
        named = [one for side in battle.sides for one in side.alliances]
        assert len(named) == len(set(named))
    again = list(fights)
    shuffled.shuffle(again)
    assert find_battles(again) == battles


@REPEATABLE
@given(st.lists(_fights, min_size=5, max_size=25, unique_by=lambda one: one.killmail_id))
def test_a_fight_far_away_changes_no_battle(fights: list[Fight]) -> None:
    battles = find_battles(fights)
    later = [
        Fight(10**7 + one.killmail_id, one.kill_time + timedelta(hours=5), one.system_id, 1, one.victim, one.attackers)
        for one in fights
    ]
    assert find_battles([*fights, *later])[: len(battles)] == battles
