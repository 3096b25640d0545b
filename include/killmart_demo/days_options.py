"""What the upstreams of whole days are made to withhold, delay and damage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from killmart.errors import KillmartError

DAMAGES: dict[str, str] = {
    "archive_missing": "404 for the archive",
    "archive_truncated": "the archive file ends early, and its Content-Length says so",
    "archive_corrupted": "some bytes in the middle of the archive file are others",
    "archive_empty": "a sound archive without members",
    "archive_of_another_day": "the archive of another day under this day's name",
    "archive_short": "`short_by` kills are not in the archive, although totals.json counts them",
    "member_not_json": "a body that is no JSON",
    "member_without_id": "a body without killmail_id",
    "member_without_time": "a body without killmail_time",
    "member_text_value": "a body whose damage is text",
    "member_overflow": "a body whose damage is beyond 64 bits",
    "member_two_final_blows": "a body with two final blows",
    "member_no_attackers": "a body without attackers",
    "member_time_outside": "a body killed on the day after, hashed accordingly",
    "member_negative_id": "a body under a negative id",
    "member_twice": "a killmail that is in the archive twice",
    "member_of_day_before": "a killmail of the day before that is in this day's files, too",
    "member_republished": "a body with one more attacker and one more item, its hash unchanged",
    "list_missing": "404 for the list",
    "list_empty": "a list without kills",
    "list_short": "`short_by` kills are not in the list, nor in its totals.json",
    "list_verified": "CCP VERIFIED in place of a hash",
    "list_padded": "spaces around a hash",
    "list_no_hash": "an empty hash",
    "list_not_hex": "a hash that is none",
    "list_wrong_hash": "the hash of another killmail",
    "list_bad_ids": "entries with the ids 0 and -7",
    "raw_missing": "404 for the raw day",
    "prices_missing": "404 for the market history",
    "prices_truncated": "the file of the market history ends early",
}
"""Damage: what it is. `member_` is in the archive and in the raw day; the list is true then."""


@dataclass(frozen=True, kw_only=True)
class DayOptions:
    """Options of the history and of EVE Ref; `/_sim/days` changes them while they are served."""

    seed: int = 1
    """Names which kills are withheld, late and damaged."""
    first_day: date | None = None
    """Before it there are no days; None: 35 days before the start, or the first day of real killmails."""
    day_kills: int = 0
    """About so many kills of the universe on each day, in these files alone (feeds and ESI know all); 0 is all."""
    raw_since: date = date(2026, 7, 1)
    """From this day on there are raw days; with real killmails every day has one."""
    archive_withheld: float = 0.0
    """Share of the kills that EVE Ref does not have."""
    list_withheld: float = 0.0
    """Share of the kills that the history (list and raw) does not have."""
    late: float = 0.0
    """Share of the kills that nobody has until `late_is_there`."""
    late_is_there: bool = False
    short_by: int = 500
    answer_seconds: float = 0.0
    """How long EVE Ref takes over every answer: real seconds."""
    damage: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Day (`2026-11-01`), or `*` for every day, to what is wrong with its files; see DAMAGES."""

    def __post_init__(self) -> None:
        for share in (self.archive_withheld, self.list_withheld, self.late):
            if not 0 <= share <= 1:
                raise KillmartError(f"A share of the kills of a day is {share}; it must be from 0 to 1.")
        if min(self.day_kills, self.short_by, self.answer_seconds) < 0:
            raise KillmartError("Numbers of kills and seconds of the simulated days must not be negative.")
        for day, names in self.damage.items():
            if day != "*":
                try:
                    date.fromisoformat(day)
                except ValueError:
                    raise KillmartError(f"{day!r} is no day; write it as 2026-11-01, or * for every day.") from None
            for name in names:
                if name not in DAMAGES:
                    raise KillmartError(f"There is no damage {name!r}; there are {', '.join(DAMAGES)}.")

    def damage_of(self, day: date) -> frozenset[str]:
        """What is wrong with the files of a day."""
        return frozenset((*self.damage.get("*", ()), *self.damage.get(day.isoformat(), ())))
