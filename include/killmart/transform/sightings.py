"""Gathers who was seen in a batch: when first, when last, and where they then belonged.

The same in every order: of two sightings at the same second the greater (corporation, alliance) holds, so
batches can come in any order and any number of times (see include/sql/core/upsert_characters.sql).
"""

from __future__ import annotations

from datetime import datetime

from killmart.model.killmail import Attacker, Killmail, Victim
from killmart.transform.copytext import NULL

SIGHTING_COLUMNS: dict[str, tuple[str, ...]] = {
    "characters": ("eve_id", "corporation_id", "alliance_id", "first_seen", "last_seen"),
    "corporations": ("eve_id", "alliance_id", "first_seen", "last_seen"),
    "alliances": ("eve_id", "first_seen", "last_seen"),
}


class Sightings:
    """Everybody seen on the killmails added so far."""

    def __init__(self) -> None:
        self._first: dict[str, dict[int, datetime]] = {table: {} for table in SIGHTING_COLUMNS}
        self._latest: dict[str, dict[int, tuple[datetime, int, int]]] = {table: {} for table in SIGHTING_COLUMNS}

    def add(self, killmail: Killmail) -> None:
        """Note the victim and the attackers of one killmail."""
        seen_at = killmail.killmail_time
        parties: tuple[Victim | Attacker, ...] = (killmail.victim, *killmail.attackers)
        for party in parties:
            corporation = party.corporation_id or 0
            alliance = party.alliance_id or 0
            if party.character_id:
                self._note("characters", party.character_id, (seen_at, corporation, alliance))
            if corporation:
                self._note("corporations", corporation, (seen_at, alliance, 0))
            if alliance:
                self._note("alliances", alliance, (seen_at, 0, 0))

    def _note(self, table: str, eve_id: int, sighting: tuple[datetime, int, int]) -> None:
        latest = self._latest[table]
        known = latest.get(eve_id)
        if known is None or sighting > known:
            latest[eve_id] = sighting
        first = self._first[table]
        earliest = first.get(eve_id)
        if earliest is None or sighting[0] < earliest:
            first[eve_id] = sighting[0]

    def lines(self, table: str) -> list[str]:
        """COPY text of `table` (`characters`, `corporations` or `alliances`)."""
        width = len(SIGHTING_COLUMNS[table]) - 3  # columns between eve_id and first_seen
        first = self._first[table]
        return [
            "\t".join(
                (
                    str(eve_id),
                    *(str(belonged or NULL) for belonged in sighting[1 : 1 + width]),
                    first[eve_id].isoformat(),
                    sighting[0].isoformat(),
                )
            )
            for eve_id, sighting in self._latest[table].items()
        ]
