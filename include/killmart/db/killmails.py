"""Reads killmails: one whole with names, lists of them in pages that an index serves, and where staging has one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from killmart.db.reading import Row, find, select
from killmart.db.sql import entity_sql
from killmart.model.day_range import Days

SHOWN_BODY = 100_000
"""Bytes of a body that a page shows."""
_PARTIES = ("victim", "final")
_NEWEST = (5_000, 50_000)
"""How many ids are searched for an entity's killmails at first, and then: some hours and some days of New Eden."""


@dataclass(frozen=True)
class Wanted:
    """Which killmails: those of an entity (`role` victim, attacker or any), of some days, in a system, worth enough."""

    entity_kind: str | None = None
    entity_id: int | None = None
    role: str = "any"
    system_id: int | None = None
    days: Days | None = None
    min_value: int | None = None


def killmail(connection: Connection, killmail_id: int, most: int | None = None) -> Row | None:
    """A killmail with its victim, attackers and items (the first `most` of each, or all), or None."""
    found = find(connection, "core/find_killmail", killmail_id=killmail_id)
    if found is None:
        return None
    return _nested(found) | {
        "attackers": select(connection, "core/select_attackers", killmail_id=killmail_id, limit=most),
        "items": select(connection, "core/select_items", killmail_id=killmail_id, limit=most),
    }


def killmails(connection: Connection, wanted: Wanted, limit: int, before: int | None = None) -> list[Row]:
    """Killmails, the highest id first, below the id `before`: facts, victim and final blow."""
    moments: dict[str, datetime | None] = {"since": None, "until": None}
    if wanted.days is None:
        bounds = find(connection, "core/find_all_bounds")
    else:
        moments = {"since": wanted.days.since, "until": wanted.days.until}
        bounds = find(connection, "core/find_killmail_bounds", **moments)
    if bounds is None or bounds["highest"] is None:
        return []
    highest = bounds["highest"] if before is None else min(before - 1, bounds["highest"])
    filters = {"system_id": wanted.system_id, "min_value": wanted.min_value, **moments}
    ids = _find_ids(connection, wanted, (bounds["lowest"], highest), filters, limit)
    return [_nested(row) for row in select(connection, "core/select_killmails", ids=ids)] if ids else []


def _find_ids(
    connection: Connection, wanted: Wanted, bounds: tuple[int, int], filters: Mapping[str, Any], limit: int
) -> list[int]:
    """Up to `limit` ids within bounds, the highest first.

    An entity with millions of killmails has some among the newest, while its index would have to be read whole to
    find them: so the newest ids are searched first, and the index is left for those not seen often.
    """
    lowest, highest = bounds
    if wanted.entity_kind is None:
        found = select(connection, "core/find_killmails", lowest=lowest, highest=highest, limit=limit, **filters)
        return [row["killmail_id"] for row in found]
    theirs = {"entity_id": wanted.entity_id, "role": wanted.role, **filters}
    ids: list[int] = []
    for width in (*_NEWEST, highest - lowest + 1):
        if len(ids) == limit or highest < lowest:
            break
        begin = max(lowest, highest - width + 1)
        statement = entity_sql("core/find_killmails_of_entity", wanted.entity_kind)
        within = {"lowest": begin, "highest": highest, "limit": limit - len(ids)}
        ids += connection.execute(statement, within | theirs).scalars()
        highest = begin - 1
    return ids


def staged(connection: Connection, killmail_id: int) -> Row | None:
    """Where staging has a killmail, with the first SHOWN_BODY bytes of its body, or None."""
    return find(connection, "staging/find_killmail", killmail_id=killmail_id, shown=SHOWN_BODY)


def _nested(row: Row) -> Row:
    """The row with its columns `victim_…` and `final_…` as rows of their own; no final blow is None."""
    nested: Row = {}
    parties: dict[str, Row] = {party: {} for party in _PARTIES}
    for name, value in row.items():
        party, _, column = name.partition("_")
        if party in parties:
            parties[party][column] = value
        else:
            nested[name] = value
    final = parties["final"]
    is_known = final.pop("attacker_index", None) is not None
    return nested | {"victim": parties["victim"]} | ({"final_blow": final if is_known else None} if final else {})
