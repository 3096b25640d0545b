"""The synthetic universe: pure, valid, and as varied as the real one."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from killmart.model.killmail import Killmail, hash_of
from killmart_demo.config import SimulatorConfig
from killmart_demo.kill import MAX_DELAY_SECONDS, Kill
from killmart_demo.type_table import price_cents
from killmart_demo.universe import EPOCH, Universe, UniverseCatalogue, second_of

MIDNIGHT = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
Body = dict[str, Any]


@pytest.fixture(scope="module")
def kills() -> list[Kill]:
    """5,000 kills or so: an evening."""
    return list(Universe(7).kills(MIDNIGHT + 16 * 3600, MIDNIGHT + 21 * 3600))


@pytest.fixture(scope="module")
def bodies(kills: list[Kill]) -> list[Body]:
    return [msgspec.json.decode(kill.body) for kill in kills]


def every_item(items: list[Body]) -> Iterator[Body]:
    for item in items:
        yield item
        yield from every_item(item.get("items", []))


def items_of(body: Body) -> list[Body]:
    return list(every_item(body["victim"]["items"]))


def test_windows_agree_where_they_overlap() -> None:
    first, last = MIDNIGHT + 72_000, MIDNIGHT + 72_900
    earlier = [kill for kill in Universe(7).kills(first - 600, last) if second_of(kill.killmail_id) >= first]
    later = [kill for kill in Universe(7).kills(first, last + 600) if second_of(kill.killmail_id) <= last]
    assert earlier == later
    assert len(earlier) > 100
    assert [kill.killmail_id for kill in earlier] == sorted({kill.killmail_id for kill in earlier})


def test_another_process_makes_the_same_kills(kills: list[Kill]) -> None:
    code = (
        "from killmart_demo.universe import Universe; import sys;"
        f"sys.stdout.buffer.write(Universe(7).kill_at({second_of(kills[40].killmail_id)}).body)"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert there.stdout == kills[40].body


def test_another_seed_is_another_universe(kills: list[Kill]) -> None:
    seconds = {second_of(kill.killmail_id) for kill in kills}
    other = {second for second in range(min(seconds), max(seconds)) if Universe(8).happens(second)}
    assert len(seconds & other) < 0.6 * len(seconds)


def test_nobody_dies_before_the_epoch() -> None:
    assert not list(Universe(1).kills(EPOCH - 5_000, EPOCH - 1))


def test_a_day_has_15000_kills_and_an_evening() -> None:
    universe = Universe(3)
    hours = [sum(map(universe.happens, range(at, at + 3600))) for at in range(MIDNIGHT, MIDNIGHT + 86_400, 3600)]
    assert sum(hours) == pytest.approx(15_000, rel=0.03)
    assert hours.index(max(hours)) in (18, 19, 20)
    assert max(hours) > 3 * min(hours)


def test_every_body_decodes_and_has_its_hash(kills: list[Kill]) -> None:
    for kill in kills:
        killmail = msgspec.json.decode(kill.body, type=Killmail)
        assert hash_of(killmail) == kill.killmail_hash
        assert killmail.killmail_id == kill.killmail_id
        assert killmail.killmail_time == kill.killed_at
        assert b"null" not in kill.body
        assert sum(attacker.final_blow for attacker in killmail.attackers) == 1


def test_means_are_those_of_real_kills(bodies: list[Body]) -> None:
    assert sum(len(body["attackers"]) for body in bodies) / len(bodies) == pytest.approx(5.1, abs=1.2)
    assert sum(len(items_of(body)) for body in bodies) / len(bodies) == pytest.approx(16.3, abs=1.5)


REAL_KILLS = 83_228
RATES: dict[str, tuple[int, Callable[[Body], Any]]] = {
    "victim without character": (1_482, lambda body: "character_id" not in body["victim"]),
    "victim without alliance": (26_358, lambda body: "alliance_id" not in body["victim"]),
    "victim in a faction": (5_524, lambda body: "faction_id" in body["victim"]),
    "attacker with neither character nor corporation": (
        12_020,
        lambda body: any(not {"character_id", "corporation_id"} & set(one) for one in body["attackers"]),
    ),
    "damage_done 0": (27_983, lambda body: any(not one["damage_done"] for one in body["attackers"])),
    "damage_taken 0": (798, lambda body: not body["victim"]["damage_taken"]),
    "sum of damage is not the damage taken": (
        593,
        lambda body: sum(one["damage_done"] for one in body["attackers"]) != body["victim"]["damage_taken"],
    ),
    "nested items": (595, lambda body: any("items" in item for item in body["victim"]["items"])),
    "moon_id": (189, lambda body: "moon_id" in body),
    "war_id": (1_148, lambda body: "war_id" in body),
}


@pytest.mark.parametrize("name", RATES)
def test_rates_of_kills_are_those_of_real_ones(bodies: list[Body], name: str) -> None:
    real, holds = RATES[name]
    expected = real / REAL_KILLS * len(bodies)
    found = sum(map(bool, map(holds, bodies)))
    assert found == pytest.approx(expected, abs=4 * expected**0.5)
    assert found


def test_npc_kills_are_as_frequent_as_real_ones(kills: list[Kill]) -> None:
    assert sum(kill.zkb["npc"] for kill in kills) / len(kills) == pytest.approx(12_332 / REAL_KILLS, abs=0.02)


def test_rates_of_attackers_are_those_of_real_ones(bodies: list[Body]) -> None:
    attackers = [attacker for body in bodies for attacker in body["attackers"]]
    without_character = [one for one in attackers if "character_id" not in one]
    assert len(without_character) / len(bodies) == pytest.approx(25_888 / REAL_KILLS, rel=0.15)
    assert sum("ship_type_id" not in one for one in attackers) / len(bodies) == pytest.approx(0.063, rel=0.4)
    assert all(("character_id" in one) == ("weapon_type_id" in one) for one in attackers)
    statuses = [one["security_status"] for one in attackers]
    assert (min(statuses), max(statuses)) == (-10, 6.1)
    assert {type(status) for status in statuses} == {int, float}


RARE: dict[str, Callable[[Body], Any]] = {
    "the victim is an attacker": lambda body: (
        body["victim"].get("character_id", 0) in [one.get("character_id") for one in body["attackers"]]
    ),
    "a character twice": lambda body: (
        len({one.get("character_id") for one in body["attackers"] if "character_id" in one})
        < sum("character_id" in one for one in body["attackers"])
    ),
    "an id beyond 32 bits": lambda body: any(one.get("character_id", 0) > 2**31 for one in body["attackers"]),
    "damage beyond 32 bits": lambda body: body["victim"]["damage_taken"] > 2**31,
    "no position": lambda body: "position" not in body["victim"],
    "no items": lambda body: not body["victim"]["items"],
    "hundreds of attackers": lambda body: len(body["attackers"]) > 300,
    "hundreds of items": lambda body: len(items_of(body)) > 300,
    "an attacker who is nobody": lambda body: any(
        not [key for key in one if key.endswith("_id")] for one in body["attackers"]
    ),
    "an NPC corporation's victim": lambda body: body["victim"]["corporation_id"] < 2_000_000,
}


@pytest.mark.parametrize("name", RARE)
def test_rare_kills_appear(bodies: list[Body], name: str) -> None:
    found = sum(map(bool, map(RARE[name], bodies)))
    assert 0 < found < len(bodies) * 0.4


def test_items_are_dropped_or_destroyed(bodies: list[Body]) -> None:
    items = [item for body in bodies for item in items_of(body)]
    assert all(("quantity_dropped" in item) != ("quantity_destroyed" in item) for item in items)
    assert {item["singleton"] for item in items} == {0, 1, 2}
    assert all("items" not in inner for item in items for inner in item.get("items", []))


def test_a_character_stays_in_one_corporation(bodies: list[Body]) -> None:
    people = [one for body in bodies for one in (*body["attackers"], body["victim"]) if "character_id" in one]
    membership = {(one["character_id"], one["corporation_id"], one.get("alliance_id")) for one in people}
    assert len(membership) == len({one["character_id"] for one in people})
    assert len({(corporation, alliance) for _, corporation, alliance in membership}) == len(
        {corporation for _, corporation, _ in membership}
    )
    assert len(people) > 2 * len(membership)  # the same people again and again


def test_battles_bring_the_same_sides_together(bodies: list[Body]) -> None:
    """Two alliances in one system kill each other again and again; by chance alone hardly any pair would."""
    pairs: Counter[tuple[int, frozenset[int]]] = Counter()
    for body in bodies:
        killer: Body = next((one for one in body["attackers"] if one["final_blow"]), {})
        if "alliance_id" in killer and "alliance_id" in body["victim"]:
            sides = frozenset((killer["alliance_id"], body["victim"]["alliance_id"]))
            pairs[body["solar_system_id"], sides] += 1
    assert sum(count for count in pairs.values() if count >= 10) > 0.15 * len(bodies)


def test_values_add_up_to_the_cent(kills: list[Kill], bodies: list[Body]) -> None:
    for kill, body in zip(kills, bodies, strict=True):
        dropped = destroyed = 0
        for item in items_of(body):
            cents = 1 if item["singleton"] == 2 else price_cents(item["item_type_id"])
            dropped += cents * item.get("quantity_dropped", 0)
            destroyed += cents * item.get("quantity_destroyed", 0)
        destroyed += price_cents(body["victim"]["ship_type_id"])
        zkb = kill.zkb
        assert zkb["droppedValue"] == pytest.approx(dropped / 100, abs=0.005)
        assert zkb["destroyedValue"] == pytest.approx(destroyed / 100, abs=0.005)
        assert zkb["totalValue"] == pytest.approx((dropped + destroyed) / 100, abs=0.005)
        assert price_cents(body["victim"]["ship_type_id"]) / 100 <= zkb["fittedValue"] <= zkb["totalValue"]
        assert zkb["hash"] == kill.killmail_hash
        assert zkb["points"] >= 1


def catalogue(kills: int, seed: int = 7) -> UniverseCatalogue:
    return UniverseCatalogue(SimulatorConfig(seed=seed, kills=kills, now=lambda: MIDNIGHT + 70_000.0))


def test_the_first_load_is_the_newest_in_processing_order() -> None:
    loaded = catalogue(300).first_load(MIDNIGHT + 70_000)
    assert len(loaded) == len(set(loaded)) == 300
    assert loaded != sorted(loaded)
    assert max(map(second_of, loaded)) <= MIDNIGHT + 70_000
    assert catalogue(1_000).first_load(MIDNIGHT + 70_000)[-300:] == loaded
    assert all(abs(place - at) < 300 for at, place in enumerate(map(sorted(loaded).index, loaded)))


@pytest.mark.parametrize("kills", [0, 1, 5])
def test_a_small_first_load_holds_nothing_from_the_future(kills: int) -> None:
    loaded = catalogue(kills).first_load(MIDNIGHT + 70_000)
    assert loaded == catalogue(300).first_load(MIDNIGHT + 70_000)[300 - kills :]


def test_trickling_goes_on_where_the_first_load_ended() -> None:
    start, later, end = MIDNIGHT + 70_000.3, MIDNIGHT + 70_500.0, MIDNIGHT + 71_000.9
    source = catalogue(2_000)
    followed = source.first_load(start) + source.published(start, later) + source.published(later, end)
    assert followed[-2_000:] == source.first_load(end)
    assert len(followed) > 2_100


def test_the_future_is_unknown() -> None:
    now = MIDNIGHT + 70_000
    known = [kill.killmail_id for kill in Universe(7).kills(now - MAX_DELAY_SECONDS, now)]
    unknown = [kill.killmail_id for kill in Universe(7).kills(now + 1, now + MAX_DELAY_SECONDS)]
    source = catalogue(10)
    assert len(known) > 10
    assert all(source.get(killmail_id) for killmail_id in known)
    assert len(unknown) > 10
    assert not any(source.get(killmail_id) for killmail_id in unknown)
