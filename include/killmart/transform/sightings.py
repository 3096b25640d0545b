"""Gathers who was seen in a batch: when first, when last, and where they then belonged.

The same in every order: of two sightings at the same second the greater (corporation, alliance) holds, so
batches can come in any order and any number of times (see include/sql/core/upsert_characters.sql).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from killmart.model.killmail import Attacker, Killmail, Victim
from killmart.transform.copytext import NULL, Rows

_BELONGS: dict[str, tuple[str, ...]] = {
    "characters": ("corporation_id", "alliance_id"),
    "corporations": ("alliance_id",),
    "alliances": (),
}
"""Columns of where those of each table belong."""


class Sightings:
    """Everybody seen on the killmails added so far."""

    def __init__(self) -> None:
        self._first: dict[str, dict[int, datetime]] = {table: {} for table in _BELONGS}
        self._latest: dict[str, dict[int, tuple[datetime, int, int]]] = {table: {} for table in _BELONGS}

    def copy(self) -> Sightings:
        """The same, to come back to."""
        found = Sightings()
        found._first = {table: dict(seen) for table, seen in self._first.items()}
        found._latest = {table: dict(seen) for table, seen in self._latest.items()}
        return found

    def add(self, killmail: Killmail) -> None:
        """Note the victim and the attackers of one killmail."""
        seen_at = killmail.killmail_time
        parties: tuple[Victim | Attacker, ...] = (killmail.victim, *killmail.attackers)
        members = [(party.character_id or 0, party.corporation_id or 0, party.alliance_id or 0) for party in parties]
        groups = {(corporation, alliance, 0): None for _, corporation, alliance in members}  # a dict keeps their order
        self._note("characters", members, seen_at)
        self._note("corporations", groups, seen_at)
        self._note("alliances", {(alliance, 0, 0): None for _, alliance, _ in groups}, seen_at)

    def _note(self, table: str, seen: Iterable[tuple[int, int, int]], seen_at: datetime) -> None:
        """Note ids with where they belonged; an id 0 is nobody."""
        first, latest = self._first[table], self._latest[table]
        for eve_id, corporation, alliance in seen:
            if not eve_id:
                continue
            sighting = (seen_at, corporation, alliance)
            known = latest.get(eve_id)
            if known is None:
                latest[eve_id], first[eve_id] = sighting, seen_at
            elif sighting > known:
                latest[eve_id] = sighting
            elif seen_at < first[eve_id]:
                first[eve_id] = seen_at

    def rows(self) -> Rows:
        """Rows of the tables `characters`, `corporations` and `alliances`."""
        rows = Rows()
        for table, names in _BELONGS.items():
            first = self._first[table]
            for eve_id, (last_seen, *belonged) in self._latest[table].items():
                row = {"eve_id": str(eve_id)}
                row |= {name: str(one or NULL) for name, one in zip(names, belonged, strict=False)}
                row |= {"first_seen": first[eve_id].isoformat(), "last_seen": last_seen.isoformat()}
                rows.add(table, row)
        return rows
