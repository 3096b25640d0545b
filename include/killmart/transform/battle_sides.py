"""Finds the sides of a battle: points 3 and 4 of the rule in `battles.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from killmart.model.battle import Fight, Party, Side

Camp = tuple[str, int]
"""Those who stand together whatever happens: an alliance, a corporation, or a pilot alone."""


def sides_of(fights: Sequence[Fight]) -> tuple[tuple[Side, ...], dict[int, int]]:
    """The sides of a battle, that with most pilots first, and the side that each killmail's victim was on."""
    groups = _groups(fights)
    tallies: dict[int, _Tally] = defaultdict(_Tally)
    for fight in fights:
        lost = groups[camp_of(fight.victim)]
        attacked = {groups[camp_of(party)] for party in fight.attackers}
        for party in (fight.victim, *fight.attackers):
            tallies[groups[camp_of(party)]].meet(party)
        tallies[lost].lose(fight.isk)
        for group in attacked - {lost}:
            tallies[group].kill(fight.isk)
    order = sorted(tallies, key=lambda group: (-len(tallies[group].pilots), group))
    number = {group: side for side, group in enumerate(order, start=1)}
    sides = tuple(tallies[group].side(number[group]) for group in order)
    return sides, {fight.killmail_id: number[groups[camp_of(fight.victim)]] for fight in fights}


def camp_of(party: Party) -> Camp:
    """The alliance, without one the corporation, in an NPC corporation the pilot alone."""
    if party.alliance_id is not None:
        return ("alliance", party.alliance_id)
    if party.pilot_id is not None and party.player_corporation_id is None:
        return ("character", party.pilot_id)
    return ("corporation", party.corporation_id or 0)


@dataclass
class _Tally:
    """What a side has done and lost so far."""

    pilots: set[int] = field(default_factory=set)
    alliances: set[int] = field(default_factory=set)
    corporations: set[int] = field(default_factory=set)
    kills: int = 0
    losses: int = 0
    kills_valued: int = 0
    losses_valued: int = 0
    isk_killed: int = 0
    isk_lost: int = 0

    def kill(self, isk: int | None) -> None:
        self.kills += 1
        self.kills_valued += isk is not None
        self.isk_killed += isk or 0

    def lose(self, isk: int | None) -> None:
        self.losses += 1
        self.losses_valued += isk is not None
        self.isk_lost += isk or 0

    def meet(self, party: Party) -> None:
        if party.pilot_id is not None:
            self.pilots.add(party.pilot_id)
        if party.alliance_id is not None:
            self.alliances.add(party.alliance_id)
        if party.player_corporation_id is not None:
            self.corporations.add(party.player_corporation_id)

    def side(self, number: int) -> Side:
        return Side(
            side=number,
            pilots=len(self.pilots),
            kills=self.kills,
            losses=self.losses,
            kills_valued=self.kills_valued,
            losses_valued=self.losses_valued,
            isk_killed=self.isk_killed,
            isk_lost=self.isk_lost,
            alliances=tuple(sorted(self.alliances)),
            corporations=tuple(sorted(self.corporations)),
        )


def _groups(fights: Sequence[Fight]) -> dict[Camp, int]:
    """Which camps stand together: for each camp the number of its side (the smallest number among its camps)."""
    import numpy

    camps = sorted({camp_of(party) for fight in fights for party in (fight.victim, *fight.attackers)})
    number = {camp: place for place, camp in enumerate(camps)}
    # counts of killmails fit into 32 bits, and the two tables of a great battle into memory
    attacked = numpy.zeros((len(fights), len(camps)), numpy.float32)
    lost = numpy.zeros_like(attacked)
    for place, fight in enumerate(fights):
        attacked[place, [number[camp_of(party)] for party in fight.attackers]] = 1
        lost[place, number[camp_of(fight.victim)]] = 1
    together = attacked.T @ attacked
    against = attacked.T @ lost + lost.T @ attacked
    group = list(range(len(camps)))
    net = together - against
    _join(group, net, net, lambda weight: weight > 0)
    # row by side: how often it and each other side attacked one another
    fought = _summed(against, group)
    numpy.fill_diagonal(fought, 0)
    _join(group, fought @ fought, against, lambda weight: weight == 0)
    return {camp: group[place] for camp, place in number.items()}


def _join(group: list[int], ties: Any, weights: Any, may: Callable[[float], bool]) -> None:
    """Join groups along positive ties, the strongest first, where they may by the sum of the weights between them.

    `group` is changed in place. The sums are kept by group as they join: thousands of pilots without a corporation of
    their own are thousands of camps, and millions of ties.
    """
    import numpy

    between = _summed(weights, group)
    ones, others = numpy.nonzero(numpy.triu(ties, 1) > 0)
    for place in numpy.lexsort((others, ones, -ties[ones, others])):
        one, other = group[ones[place]], group[others[place]]
        if one != other and may(between[one, other]):
            smaller, larger = sorted((one, other))
            between[smaller] += between[larger]
            between[:, smaller] += between[:, larger]
            group[:] = [smaller if each == larger else each for each in group]


def _summed(weights: Any, group: Sequence[int]) -> Any:
    """The weights summed by group, at the places of the groups' numbers; 0 elsewhere."""
    import numpy

    sums = numpy.zeros(weights.shape)
    numpy.add.at(sums, numpy.ix_(group, group), weights)
    return sums
