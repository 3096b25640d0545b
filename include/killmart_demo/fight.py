"""Who killed whom, where, with how much damage: the body of one synthetic killmail.

The rates are those of 83,228 real killmails; only what happens less than once in a thousand kills (a victim among the
attackers, a character listed twice, damage beyond 32 bits) is made as frequent as that, to be seen at all.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from killmart_demo import population, type_table
from killmart_demo.cargo import items_lost
from killmart_demo.kill import Body
from killmart_demo.population import Pilot
from killmart_demo.type_table import Hull

MAX_ATTACKERS = 600
BATTLES_AN_HOUR = 12
IN_BATTLES = 0.35
"""Share of the kills that belong to one."""
OUTSIDE_BATTLES = 0.512
"""Share of the other victims that are in an alliance: 0.683 of all are."""

_FACTION_NPCS = (
    (500_021, 47_465),
    (500_001, 3_741),
    (500_001, 3_739),
    (500_003, 1_194),
    (500_010, 203),
    (500_019, 24_160),
)
"""(faction, ship) of pirates and navies that belong to no corporation."""
_CORPORATION_NPCS = ((1_000_125, 3_885), (1_000_043, 9_970), (1_000_054, 9_989), (1_000_079, 9_959), (1_000_127, 209))
"""(corporation, ship), the police first."""
_HULL_WEIGHTS = list(accumulate(hull.weight for hull in type_table.HULLS))
_UNMANNED_WEIGHTS = list(accumulate(hull.weight for hull in type_table.UNMANNED))
_COMBAT_HULLS = [hull for hull in type_table.HULLS if hull.kind in ("frigate", "cruiser", "battleship")]


class AllianceWar(NamedTuple):
    """Two alliances at war in one system, for one hour."""

    solar_system_id: int
    sides: tuple[int, int]


@lru_cache(maxsize=1_000)
def battles(seed: int, hour: int) -> tuple[AllianceWar, ...]:
    """What is fought in this hour (Unix seconds // 3600), the busiest first."""
    rng = random.Random(f"{seed}:battles:{hour}")
    found = []
    for _ in range(BATTLES_AN_HOUR):
        one, other = population.some_alliance(rng), population.some_alliance(rng)
        if one == other:
            other = (one + 1) % population.ALLIANCES
        found.append(AllianceWar(_solar_system(rng), (one, other)))
    return tuple(found)


def compose(seed: int, killmail_id: int, killed_at: datetime) -> Body:
    """The body of the killmail of this second as plain values, absent keys absent: a pure function of its arguments."""
    second = int(killed_at.timestamp())
    rng = random.Random(f"{seed}:{second}")
    battle = None
    if rng.random() < IN_BATTLES:
        battle = battles(seed, second // 3600)[int(BATTLES_AN_HOUR * rng.random() ** 2)]
    unmanned = rng.random() < 0.0178
    hull = _hull(rng, unmanned)
    winner, loser = (None, None) if battle is None else rng.sample(battle.sides, 2)
    victim = _victim(rng, hull, unmanned, loser)
    attackers = _attackers(rng, victim, winner)
    taken = _share_damage(rng, attackers, hull)
    attackers.sort(key=lambda attacker: -attacker["damage_done"])
    victim["damage_taken"] = taken
    victim["items"] = items_lost(rng, hull)
    body: Body = {
        "attackers": attackers,
        "killmail_id": killmail_id,
        "killmail_time": killed_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "solar_system_id": battle.solar_system_id if battle else _solar_system(rng),
        "victim": victim,
    }
    if rng.random() < 0.0023:
        body["moon_id"] = 40_000_000 + int(rng.random() * 490_000)
    if rng.random() < 0.0138:
        body["war_id"] = 600_000 + int(rng.random() * 120_000)
    return body


def _hull(rng: random.Random, unmanned: bool) -> Hull:
    hulls, weights = (type_table.UNMANNED, _UNMANNED_WEIGHTS) if unmanned else (type_table.HULLS, _HULL_WEIGHTS)
    return hulls[bisect(weights, rng.random() * weights[-1])]


def _solar_system(rng: random.Random) -> int:
    """Known space mostly, a few systems in it more than others; wormholes for the rest."""
    if rng.random() < 0.153:
        return 31_000_001 + int(2_604 * rng.random())
    return 30_000_001 + int(5_000 * rng.random() ** 2.0) * 1_373 % 5_000


def _named(pilot: Pilot, with_character: bool = True) -> Body:
    """The ids that a killmail gives of a pilot."""
    ids: Body = {"corporation_id": pilot.corporation_id}
    if with_character:
        ids["character_id"] = pilot.character_id
        if pilot.faction_id is not None:
            ids["faction_id"] = pilot.faction_id
    if pilot.alliance_id is not None:
        ids["alliance_id"] = pilot.alliance_id
    return ids


def _victim(rng: random.Random, hull: Hull, unmanned: bool, alliance: int | None) -> Body:
    pilot = population.someone(rng, OUTSIDE_BATTLES) if alliance is None else population.member_of(rng, alliance)
    victim = _named(pilot, with_character=not unmanned)
    victim["ship_type_id"] = hull.type_id
    if rng.random() >= 0.003:
        victim["position"] = {"x": rng.gauss(0, 1.5e12), "y": rng.gauss(0, 2.5e11), "z": rng.gauss(0, 1.5e12)}
    return victim


def _attackers(rng: random.Random, victim: Body, alliance: int | None) -> list[Body]:
    luck = rng.random() if alliance is None else 1.0
    if luck < 0.09 / (1 - IN_BATTLES):
        attackers = [_faction_npc(rng) for _ in range(1 if rng.random() < 0.9 else 2)]
    elif luck < 0.148 / (1 - IN_BATTLES):
        attackers = [_corporation_npc(rng) for _ in range(1 + int(rng.random() * 3))]
    else:
        attackers = _players(rng, alliance, victim.get("character_id"))
        _uncommon_company(rng, attackers, victim)
    final = 0 if rng.random() < 0.5 else int(rng.random() * len(attackers))
    for index, attacker in enumerate(attackers):
        attacker["final_blow"] = index == final
    return attackers


def _players(rng: random.Random, alliance: int | None, victim_id: int | None) -> list[Body]:
    """One player up to several hundred, mostly of one alliance, each character once and never the victim."""
    count = min(MAX_ATTACKERS, int(rng.paretovariate(1.09)))
    size = round(count * 0.8) if count > 1 or alliance is not None else 0
    pilots = population.fleet(rng, population.some_alliance(rng) if alliance is None else alliance, size)
    pilots += [population.someone(rng, in_alliance=0.7) for _ in range(count - len(pilots))]
    once = {pilot.character_id: pilot for pilot in pilots if pilot.character_id != victim_id}
    while not once:
        pilot = population.someone(rng, in_alliance=0.7)
        if pilot.character_id != victim_id:
            once[pilot.character_id] = pilot
    return [_player(rng, pilot) for pilot in once.values()]


def _player(rng: random.Random, pilot: Pilot) -> Body:
    attacker = _named(pilot)
    attacker["security_status"] = pilot.security_status
    ship = _COMBAT_HULLS[int(len(_COMBAT_HULLS) * rng.random() ** 1.3)].type_id
    if rng.random() >= 0.013:
        attacker["ship_type_id"] = ship
    weapons: Sequence[type_table.PricedType] = type_table.WEAPONS if rng.random() < 0.8 else type_table.DRONES
    attacker["weapon_type_id"] = weapons[int(rng.random() * len(weapons))].type_id if rng.random() < 0.75 else ship
    return attacker


def _uncommon_company(rng: random.Random, attackers: list[Body], victim: Body) -> None:
    """Add what rides along on few kills: NPCs, a structure, the victim, the same character again."""
    if rng.random() < 0.065:
        attackers.append(_faction_npc(rng))
    if rng.random() < 0.03:
        attackers += [_corporation_npc(rng, police=True) for _ in range(1 + int(rng.random() * 3))]
    if rng.random() < 0.004:
        owner = _named(population.someone(rng, in_alliance=0.9), with_character=False)
        attackers.append({**owner, "security_status": 0, "ship_type_id": 35_832})
    if rng.random() < 0.0012 and "character_id" in victim:
        itself = {key: victim[key] for key in victim if key.endswith("_id")}
        attackers.append({**itself, "security_status": 0.3, "weapon_type_id": victim["ship_type_id"]})
    if rng.random() < 0.0012:
        attackers.append({**attackers[0], "weapon_type_id": type_table.DRONES[0].type_id})


def _faction_npc(rng: random.Random) -> Body:
    if rng.random() < 0.008:  # real ones are at times nobody at all
        return {"security_status": 0}
    faction_id, ship_type_id = _FACTION_NPCS[int(rng.random() * len(_FACTION_NPCS))]
    return {"faction_id": faction_id, "security_status": 0, "ship_type_id": ship_type_id}


def _corporation_npc(rng: random.Random, police: bool = False) -> Body:
    corporation_id, ship_type_id = _CORPORATION_NPCS[0 if police else int(rng.random() * len(_CORPORATION_NPCS))]
    return {"corporation_id": corporation_id, "security_status": 0, "ship_type_id": ship_type_id}


def _share_damage(rng: random.Random, attackers: list[Body], hull: Hull) -> int:
    """Give every attacker its `damage_done`; returns the victim's damage taken, which at times is another sum."""
    taken = _damage(rng, hull)
    idle = 0.35 if len(attackers) > 1 and rng.random() < 0.85 else 0.0
    weights = [0.0 if rng.random() < idle else rng.random() ** 3 + 0.001 for _ in attackers]
    total = sum(weights)
    if not total:
        weights[0] = total = 1.0
    left = taken
    for attacker, weight in zip(attackers, weights, strict=True):
        attacker["damage_done"] = min(left, int(taken * weight / total))
        left -= attacker["damage_done"]
    strongest = max(range(len(weights)), key=weights.__getitem__)
    attackers[strongest]["damage_done"] += left  # what rounding left over
    if taken and rng.random() < 0.0072:
        return taken + 1 + int(rng.random() * taken)
    return taken


def _damage(rng: random.Random, hull: Hull) -> int:
    luck = rng.random()
    if luck < 0.0097:
        return 0
    if luck < 0.0107:
        return 2**31 + int(rng.random() * 2**33)
    if hull.kind == "capsule":
        return 430 + int(rng.random() * 100)
    if hull.kind in ("capital", "structure"):
        return int(rng.lognormvariate(14.5, 1.2)) + 1
    return int(rng.lognormvariate(9.2, 1.4)) + 1
