"""Finds battles among killmails. The rule, all of it:

1. Two killmails belong to the same fight if they happened in the same system and share somebody who took part (a pilot,
   or the corporation of a structure; victims and attackers alike, NPCs left out), who was not away for more than 15
   minutes between them, and if 11:00 UTC, when the servers restart, is not between them. What belongs together through
   others does too.
2. A fight of at least 5 killmails and 10 pilots is a battle. Its id is that of its first killmail.
3. Who took part is put into camps: the alliance, without one the corporation, in an NPC corporation the pilot alone.
   Camps join pair by pair, those first that most often attacked together. Two stay apart if they, with all who have
   joined them, attacked each other as often as they attacked together, or more often.
4. Then camps that never attacked each other join if they fought the same enemies, again the strongest tie first. So
   victims who shot at nobody stand with the enemies of their killers. Whoever is left is a third party, with a side of
   its own.

Because no fight goes over 11:00 UTC, a change on one UTC day changes no battle outside the two spans that touch it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from killmart.model.battle import Battle, Fight, Party
from killmart.transform.battle_sides import sides_of

GAP = timedelta(minutes=15)
LEAST_KILLS = 5
LEAST_PILOTS = 10
DOWNTIME = time(11, tzinfo=UTC)


def spans_around(day: date) -> list[tuple[datetime, datetime]]:
    """The two spans from downtime to downtime that touch a UTC day, the end of each not included."""
    noon = datetime.combine(day, DOWNTIME)
    return list(pairwise((noon - timedelta(days=1), noon, noon + timedelta(days=1))))


def find_battles(fights: Iterable[Fight]) -> list[Battle]:
    """The battles among killmails of one span from downtime to downtime, in the order in which they began."""
    by_system: dict[int, list[Fight]] = defaultdict(list)
    for fight in sorted(fights, key=lambda one: (one.kill_time, one.killmail_id)):
        by_system[fight.system_id].append(fight)
    found = [
        _battle(together)
        for in_system in by_system.values()
        if len(in_system) >= LEAST_KILLS
        for together in _together(in_system)
        if len(together) >= LEAST_KILLS and len(_pilots(together)) >= LEAST_PILOTS
    ]
    return sorted(found, key=lambda battle: (battle.started_at, battle.battle_id))


def _together(fights: Sequence[Fight]) -> Iterator[list[Fight]]:
    """Put killmails of one system, in the order of time, into fights (a union-find over those who took part)."""
    parent = list(range(len(fights)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    seen: dict[tuple[str, int], int] = {}
    for number, fight in enumerate(fights):
        for who in _who(fight):
            before = seen.get(who)
            if before is not None and fight.kill_time - fights[before].kill_time <= GAP:
                first, second = sorted((root(before), root(number)))
                parent[second] = first
            seen[who] = number
    members: dict[int, list[Fight]] = defaultdict(list)
    for number, fight in enumerate(fights):
        members[root(number)].append(fight)
    yield from members.values()


def _who(fight: Fight) -> set[tuple[str, int]]:
    """Those by whom fights are recognised."""
    who = set()
    for party in (fight.victim, *fight.attackers):
        if party.pilot_id is not None:
            who.add(("character", party.pilot_id))
        elif party.player_corporation_id is not None:
            who.add(("corporation", party.player_corporation_id))
    return who


def _pilots(fights: Sequence[Fight]) -> set[int]:
    return {party.pilot_id for party in _parties(fights) if party.pilot_id is not None}


def _parties(fights: Sequence[Fight]) -> Iterator[Party]:
    for fight in fights:
        yield fight.victim
        yield from fight.attackers


def _battle(fights: Sequence[Fight]) -> Battle:
    sides, victim_sides = sides_of(fights)
    first = fights[0]
    return Battle(
        battle_id=first.killmail_id,
        system_id=first.system_id,
        started_at=first.kill_time,
        ended_at=fights[-1].kill_time,
        pilots=len(_pilots(fights)),
        valued=sum(fight.isk is not None for fight in fights),
        isk=sum(fight.isk or 0 for fight in fights),
        sides=sides,
        victim_sides=victim_sides,
    )
