"""The people of the synthetic universe: who exists, in which corporation, alliance and militia.

A pure function of a character's index: a character is for ever of one corporation, a corporation of one alliance.
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import NamedTuple

MEMBERS = 10
"""Characters of every corporation."""
PER_ALLIANCE = 5
"""Corporations of every alliance."""
ALLIANCES = 500
CORPORATIONS = 3_600
"""The first ALLIANCES * PER_ALLIANCE of them are in an alliance, the last NPC_CORPORATIONS belong to NPCs."""
NPC_CORPORATIONS = 100
ALLIANCE_SKEW = 3
"""How much more the first alliances (and corporations in none) fight than the last; 1 would be all alike."""
MEMBER_SKEW = 4.0
"""The same for the members of one."""


class Pilot(NamedTuple):
    """A character as a killmail names it; absent ids are None."""

    character_id: int
    corporation_id: int
    alliance_id: int | None
    faction_id: int | None
    security_status: float


@lru_cache(maxsize=CORPORATIONS * MEMBERS)
def pilot(index: int) -> Pilot:
    """The character of this index, from 0 up to CORPORATIONS * MEMBERS."""
    corporation = index // MEMBERS
    alliance_id, faction_id = None, None
    if corporation < ALLIANCES * PER_ALLIANCE:
        alliance_id = 99_000_000 + corporation // PER_ALLIANCE * 37
    if corporation < CORPORATIONS - NPC_CORPORATIONS:
        corporation_id = 98_000_000 + corporation * 117
        if corporation % 13 == 3:
            faction_id = 500_001 + corporation // 13 % 4
    else:
        corporation_id = 1_000_002 + corporation - (CORPORATIONS - NPC_CORPORATIONS)
    return Pilot(_character_id(index), corporation_id, alliance_id, faction_id, _security_status(index))


def _character_id(index: int) -> int:
    if index % 500 == 499:  # ids beyond 32 bits are allowed, and break what keeps them in an `integer`
        return 2_147_483_648 + index
    if index % 3 == 0:
        return 90_000_000 + index * 220
    return 2_112_000_000 + index * 330


def _security_status(index: int) -> float:
    """-10 to 6.1, an int where ESI writes an integer."""
    luck = index * 2_654_435_761 % 2**32 / 2**32
    if luck < 0.3:
        return 5
    if luck < 0.4:
        return 0
    if luck < 0.45:
        return -10
    status = round(-10.05 + 16.2 * ((luck - 0.45) / 0.55) ** 0.6, 1)
    return int(status) if status == int(status) else status


def _skewed(rng: random.Random, size: int, skew: float) -> int:
    """An index below `size`, low ones more often the higher `skew` is (1 = all alike)."""
    return int(size * rng.random() ** skew)


def some_alliance(rng: random.Random) -> int:
    """Index of an alliance, busy ones more often."""
    return _skewed(rng, ALLIANCES, ALLIANCE_SKEW)


def member_of(rng: random.Random, alliance: int) -> Pilot:
    """Someone of the alliance with this index, those who fly a lot more often."""
    return _ranked(alliance, _skewed(rng, PER_ALLIANCE * MEMBERS, MEMBER_SKEW))


def fleet(rng: random.Random, alliance: int, size: int) -> list[Pilot]:
    """`size` different characters of one alliance, and of the next ones where it is too small."""
    pilots: list[Pilot] = []
    while len(pilots) < size:
        wanted = min(size - len(pilots), PER_ALLIANCE * MEMBERS)
        # The more are needed, the more of those turn out who seldom fly.
        ranks = min(PER_ALLIANCE * MEMBERS, wanted * 5 // 4 + 3)
        pilots += [_ranked(alliance % ALLIANCES, rank) for rank in rng.sample(range(ranks), wanted)]
        alliance += 1
    return pilots


def _ranked(alliance: int, rank: int) -> Pilot:
    """The member of an alliance who flies the most (rank 0), the second most, …: spread over its corporations."""
    member, corporation = divmod(rank, PER_ALLIANCE)
    return pilot((alliance * PER_ALLIANCE + corporation) * MEMBERS + member)


def someone(rng: random.Random, in_alliance: float) -> Pilot:
    """Anyone; `in_alliance` is the probability that they are in an alliance."""
    if rng.random() < in_alliance:
        return member_of(rng, some_alliance(rng))
    first = ALLIANCES * PER_ALLIANCE
    if rng.random() < 0.25:  # new players, in the corporation that they were born in
        corporation = CORPORATIONS - NPC_CORPORATIONS + _skewed(rng, NPC_CORPORATIONS, 1.5)
    else:
        corporation = first + _skewed(rng, CORPORATIONS - NPC_CORPORATIONS - first, ALLIANCE_SKEW)
    return pilot(corporation * MEMBERS + _skewed(rng, MEMBERS, MEMBER_SKEW))
