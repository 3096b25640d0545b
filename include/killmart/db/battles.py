"""Reads battles: lists of them, and one with its sides and killmails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from killmart.db.reading import Row, find, select
from killmart.model.day_range import Days

Place = tuple[datetime, int]
"""Start and id of a battle: where a list goes on."""


def battles(
    connection: Connection, days: Days, limit: int, *, system_id: int | None, min_kills: int, before: Place | None
) -> list[Row]:
    """Battles that began on some days, the latest first, those before a place."""
    wanted = {"system_id": system_id, "min_kills": min_kills, "is_by_isk": False, "limit": limit, **below(before)}
    return select(connection, "mart/select_battles", since=days.since, until=days.until, **wanted)


def below(before: Place | None) -> dict[str, datetime | int | None]:
    """The parameters of a list that goes on below a place, or begins with the first."""
    return dict(zip(("before_start", "before_id"), before or (None, None), strict=True))


def place(connection: Connection, battle_id: int) -> Place | None:
    """Where a battle stands in a list, or the next one by id; None above them all."""
    found = find(connection, "mart/find_battle_from", battle_id=battle_id)
    return None if found is None else (found["started_at"], found["battle_id"])


def battle(connection: Connection, battle_id: int) -> Row | None:
    """A battle with the names of its place, or None."""
    return find(connection, "mart/find_battle", battle_id=battle_id)


def sides(connection: Connection, battle_ids: Sequence[int], *, is_brief: bool = False) -> list[Row]:
    """The sides of these battles; `alliances` and `corporations` are lists of `entity_id` and `name`.

    `is_brief` leaves out corporations where there are alliances.
    """
    return select(connection, "mart/select_battle_sides", battle_ids=list(battle_ids), is_brief=is_brief)


def kills(connection: Connection, battle_id: int, limit: int | None = None, after: int = 0) -> list[Row]:
    """Killmails of a battle with ids above `after`, each with the side that lost it, or all of them."""
    return select(connection, "mart/select_battle_kills", battle_id=battle_id, limit=limit, after=after)
