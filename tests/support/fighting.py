"""What tests of battles share: killmails of a fight in a line each."""

from __future__ import annotations

from datetime import UTC, datetime

from killmart.model.battle import Fight, Party

SYSTEM = 30_000_142


def pilot(name: str) -> Party:
    """`A7` is pilot 7 of the alliance A (and its only corporation); `a7` of the corporation a without an alliance;
    `.7` of an NPC corporation; `A` and `a` alone are structures."""
    group, number = name[0], name[1:]
    character = None if not number else 95_000_000 + 1_000 * ord(group) + int(number)
    if group == ".":
        return Party(character, 1_000_125, None)
    alliance = 99_000_000 + ord(group) if group.isupper() else None
    return Party(character, 98_000_000 + ord(group), alliance)


def fight(
    killmail_id: int, time: str, victim: str, attackers: str, *, isk: int | None = 10, system_id: int = SYSTEM
) -> Fight:
    """A killmail at `12:34` or `2 12:34` of November 2021 (the first day where none is given)."""
    day, _, clock = time.rpartition(" ")
    hour, minute = clock.split(":")
    at = datetime(2021, 11, int(day or 1), int(hour), int(minute), tzinfo=UTC)
    return Fight(killmail_id, at, system_id, isk, pilot(victim), tuple(map(pilot, attackers.split())))


def alliance(name: str) -> int:
    """Id of the alliance of that letter."""
    return 99_000_000 + ord(name)


def corporation(name: str) -> int:
    """Id of the corporation of that letter."""
    return 98_000_000 + ord(name)
