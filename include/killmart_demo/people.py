"""What ESI knows by id in the simulator: names and categories of everybody, and where characters belong."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from killmart_demo import population
from killmart_demo.population import CORPORATIONS, MEMBERS, Pilot
from killmart_demo.sde_systems import systems
from killmart_demo.sde_types import GROUPS, type_name
from killmart_demo.state import SimulatorState

_RARE = 12_000
_NAMELESS, _DELETED = 4_711, 9_711
"""Of every `_RARE` characters one has no name any more, another one is deleted; either spoils the batch it is in."""
_FACTIONS = {
    500_001: "Caldari State",
    500_002: "Minmatar Republic",
    500_003: "Amarr Empire",
    500_004: "Gallente Federation",
    500_010: "Guristas Pirates",
    500_019: "Sansha's Nation",
    500_021: "Unknown",
}
_NPC_CORPORATIONS = {
    1_000_043: "Emperor Family",
    1_000_054: "Amarr Navy",
    1_000_079: "Republic Fleet Command",
    1_000_125: "CONCORD",
    1_000_127: "Guristas",
}
_FIRST = [
    "Ada",
    "Bera",
    "Caine",
    "Dov",
    "Elsa",
    "Finn",
    "Gerta",
    "Hoshi",
    "Ivo",
    "Jora",
    "Kaito",
    "Lena",
    "Milo",
    "Nadia",
    "Otto",
    "Petra",
    "Quin",
    "Rosa",
    "Sven",
    "Tova",
]
_LAST = [
    "Arkov",
    "Brandt",
    "Chiru",
    "Durane",
    "Eisen",
    "Falk",
    "Grimm",
    "Haakon",
    "Ishida",
    "Jovian",
    "Kestrel",
    "Lorn",
    "Marek",
    "Nakada",
    "Orlov",
    "Pike",
]
_TRAITS = [
    "Crimson",
    "Silent",
    "Iron",
    "Outer",
    "Forgotten",
    "Northern",
    "Free",
    "Hollow",
    "Grey",
    "Golden",
    "Distant",
    "Broken",
    "Wandering",
    "Solar",
]
_WORKS = [
    "Industries",
    "Legion",
    "Miners",
    "Syndicate",
    "Fleet",
    "Logistics",
    "Raiders",
    "Academy",
    "Research",
    "Holdings",
    "Patrol",
    "Armada",
]
_UNIONS = [
    "Coalition",
    "Alliance",
    "Federation",
    "Pact",
    "Accord",
    "Imperium",
    "Dominion",
    "Concordat",
    "Union",
    "League",
]


class NamedId(NamedTuple):
    """An id with its category, as ESI calls it."""

    eve_id: int
    category: str


class People:
    """Names and affiliations of one simulator; a test may delete, move and forget people here."""

    def __init__(self, state: SimulatorState) -> None:
        self._state = state
        self._categories: dict[int, str] = {}
        self._pilots: dict[int, Pilot] = {}
        self.nameless: set[int] = set()
        """Ids that /universe/names refuses."""
        self.deleted: set[int] = set()
        """Characters that /characters/affiliation refuses."""
        self.moved: dict[int, Pilot] = {}
        """Characters that have gone elsewhere since their kills."""
        self._fill()

    def name_of(self, eve_id: int) -> dict[str, Any] | None:
        """ESI's entry for an id; None where there is none."""
        category = self._categories.get(eve_id)
        if category is None or eve_id in self.nameless:
            return None
        return {"category": category, "id": eve_id, "name": _name(eve_id, category)}

    def affiliation_of(self, character_id: int) -> dict[str, int] | None:
        """ESI's affiliation of a character; None where there is no such character (any more)."""
        pilot = self.moved.get(character_id) or self._pilots.get(character_id)
        if pilot is None or character_id in self.deleted:
            return None
        ids = {
            "alliance_id": pilot.alliance_id,
            "character_id": character_id,
            "corporation_id": pilot.corporation_id,
            "faction_id": pilot.faction_id,
        }
        return {key: value for key, value in ids.items() if value is not None}

    def _fill(self) -> None:
        for index in range(CORPORATIONS * MEMBERS):
            pilot = population.pilot(index)
            self._know(pilot)
            if index % _RARE == _NAMELESS:
                self.nameless.add(pilot.character_id)
            if index % _RARE == _DELETED:
                self.deleted.add(pilot.character_id)
        self._categories |= dict.fromkeys(_NPC_CORPORATIONS, "corporation")
        self._categories |= dict.fromkeys(_FACTIONS, "faction")
        self._categories |= dict.fromkeys(systems(), "solar_system")
        self._categories |= {type_id: "inventory_type" for group in GROUPS for type_id in group.type_ids}
        if self._state.config.bodies:
            for pilot in self._in_bodies():
                self._know(pilot)

    def _in_bodies(self) -> Iterator[Pilot]:
        """Whoever the real killmails name, with 0 for an absent id of character or corporation."""
        for killmail_id in self._state.feed.ids:
            body = msgspec.json.decode(self._state.feed.kill(killmail_id).body)
            for some in (body["victim"], *body["attackers"]):
                yield Pilot(
                    some.get("character_id", 0),
                    some.get("corporation_id", 0),
                    some.get("alliance_id"),
                    some.get("faction_id"),
                    0,
                )

    def _know(self, pilot: Pilot) -> None:
        if pilot.character_id:
            self._categories[pilot.character_id] = "character"
            self._pilots[pilot.character_id] = pilot
        if pilot.corporation_id:
            self._categories[pilot.corporation_id] = "corporation"
        if pilot.alliance_id:
            self._categories[pilot.alliance_id] = "alliance"


def _name(eve_id: int, category: str) -> str:
    if category == "solar_system":
        return systems()[eve_id].name
    if category == "inventory_type":
        return type_name(eve_id)
    fixed = _FACTIONS.get(eve_id) or _NPC_CORPORATIONS.get(eve_id)
    if fixed:
        return fixed
    rng = random.Random(f"name:{eve_id}")
    if category == "character":
        middle = f" {rng.choice(_FIRST)}" if rng.random() < 0.2 else ""
        return f"{rng.choice(_FIRST)}{middle} {rng.choice(_LAST)}{rng.choice(('', 'a', 'en', 'is', 'ov', 'sson'))}"
    if category == "corporation":
        return f"{rng.choice(_TRAITS)} {rng.choice(_LAST)} {rng.choice(_WORKS)}"
    return f"{rng.choice(_TRAITS)} {rng.choice(_UNIONS)}"
