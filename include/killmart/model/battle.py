"""Fights and the battles found in them: who was there, who stood with whom, what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from killmart.model.npc import is_npc


@dataclass(frozen=True, slots=True)
class Party:
    """One who took part in a killmail: a pilot, or what belongs to a corporation (a structure has no character)."""

    character_id: int | None
    corporation_id: int | None
    alliance_id: int | None

    @property
    def pilot_id(self) -> int | None:
        """The player's character, if it is one."""
        return None if is_npc(self.character_id, self.corporation_id) else self.character_id

    @property
    def player_corporation_id(self) -> int | None:
        """The corporation, if players lead it."""
        return None if is_npc(None, self.corporation_id) else self.corporation_id


@dataclass(frozen=True, slots=True)
class Fight:
    """A killmail as the search for battles sees it; `attackers` are those who count, NPCs left out."""

    killmail_id: int
    kill_time: datetime
    system_id: int
    isk: int | None
    """What was lost; None where nobody has valued it yet."""
    victim: Party
    attackers: tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """Those who stood together in a battle, numbered from 1; counts in pilots and killmails, money in ISK.

    The money is that of the kills and losses that have a value.
    """

    side: int
    pilots: int
    kills: int
    losses: int
    kills_valued: int
    losses_valued: int
    isk_killed: int
    isk_lost: int
    alliances: tuple[int, ...]
    corporations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Battle:
    """Killmails of one fight; `victim_sides` has the losing side's number for each, in the order of time."""

    battle_id: int
    system_id: int
    started_at: datetime
    ended_at: datetime
    pilots: int
    valued: int
    """Killmails that have a value; `isk` is of these."""
    isk: int
    sides: tuple[Side, ...]
    victim_sides: dict[int, int]
