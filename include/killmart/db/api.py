"""What the JSON API reads: killmails, entities, mart tables and battles, in pages that an index serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from killmart.db.pages import Row, find, select

_PARTIES = ("victim", "final")
_NEWEST = (5_000, 50_000)
"""How many ids are searched for an entity's killmails at first, and then: some hours and some days of New Eden."""


@dataclass(frozen=True)
class Days:
    """UTC days, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        """The first moment."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=UTC)

    @property
    def until(self) -> datetime:
        """The first moment after them."""
        return datetime(self.last.year, self.last.month, self.last.day, tzinfo=UTC) + timedelta(days=1)

    def one_by_one(self) -> Iterator[Days]:
        """Each of them alone."""
        for place in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=place)
            yield Days(day, day)


@dataclass(frozen=True)
class Wanted:
    """Which killmails: those of an entity (`role` victim, attacker or any), of some days, in a system, worth enough."""

    entity_kind: str | None = None
    entity_id: int | None = None
    role: str = "any"
    system_id: int | None = None
    days: Days | None = None
    min_value: int | None = None


def killmail(connection: Connection, killmail_id: int) -> Row | None:
    """A killmail with its victim, attackers and items, or None."""
    found = find(connection, "core/api_killmail", killmail_id=killmail_id)
    if found is None:
        return None
    return _nested(found) | {
        "attackers": select(connection, "core/api_attackers", killmail_id=killmail_id),
        "items": select(connection, "core/api_items", killmail_id=killmail_id),
    }


def killmails(connection: Connection, wanted: Wanted, limit: int, before: int | None = None) -> list[Row]:
    """Killmails, the highest id first, below the id `before`: facts, victim and final blow."""
    moments: dict[str, datetime | None] = {"since": None, "until": None}
    if wanted.days is None:
        bounds = find(connection, "core/api_all_bounds")
    else:
        moments = {"since": wanted.days.since, "until": wanted.days.until}
        bounds = find(connection, "core/api_killmail_bounds", **moments)
    if bounds is None or bounds["highest"] is None:
        return []
    highest = bounds["highest"] if before is None else min(before - 1, bounds["highest"])
    filters = {"system_id": wanted.system_id, "min_value": wanted.min_value, **moments}
    ids = _find_ids(connection, wanted, (bounds["lowest"], highest), filters, limit)
    return [_nested(row) for row in select(connection, "core/api_killmail_summaries", ids=ids)] if ids else []


def _find_ids(
    connection: Connection, wanted: Wanted, bounds: tuple[int, int], filters: Mapping[str, Any], limit: int
) -> list[int]:
    """Up to `limit` ids within bounds, the highest first.

    An entity with millions of killmails has some among the newest, while its index would have to be read whole to
    tell which: so the newest ids are searched first, and the index is left for who is not seen often.
    """
    lowest, highest = bounds
    if wanted.entity_kind is None:
        found = select(connection, "core/api_find_killmails", lowest=lowest, highest=highest, limit=limit, **filters)
        return [row["killmail_id"] for row in found]
    theirs = {"entity_id": wanted.entity_id, "role": wanted.role, **filters}
    ids: list[int] = []
    for width in (*_NEWEST, highest - lowest + 1):
        if len(ids) == limit or highest < lowest:
            break
        begin = max(lowest, highest - width + 1)
        name = f"core/api_find_killmails_of_{wanted.entity_kind}"
        found = select(connection, name, lowest=begin, highest=highest, limit=limit - len(ids), **theirs)
        ids += [row["killmail_id"] for row in found]
        highest = begin - 1
    return ids


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


def entity(connection: Connection, entity_kind: str, entity_id: int) -> Row | None:
    """Name, affiliation and when it was seen, or None where no killmail had it (or there is no such system)."""
    name = "reference/api_system" if entity_kind == "system" else f"core/api_{entity_kind}"
    return find(connection, name, entity_id=entity_id)


def totals(connection: Connection, entity_kind: str, entity_id: int, days: Days) -> Row:
    """What an entity did over some days, from the mart."""
    found = find(connection, "mart/api_totals", entity_kind=entity_kind, entity_id=entity_id, **asdict(days))
    assert found is not None  # a row of aggregates is always there
    return found


def top_ships(connection: Connection, entity_kind: str, entity_id: int, days: Days, limit: int) -> list[Row]:
    """Its ship types over some days, those flown on most kills first."""
    return select(
        connection, "mart/api_top_ships", entity_kind=entity_kind, entity_id=entity_id, limit=limit, **asdict(days)
    )


def mart_rows(connection: Connection, table: str, days: Days, limit: int, values: Mapping[str, Any]) -> list[Row]:
    """Rows of a mart table over some days, in the order of its key; `values` are filters and the last key shown.

    Sums of everybody are worked out for each day when they are asked for: so no more days are read than the rows need.
    """
    is_everybody = values.get("entity_id", 0) is None
    rows: list[Row] = []
    for part in days.one_by_one() if is_everybody else [days]:
        rows += select(connection, f"mart/api_{table}", limit=limit - len(rows), **asdict(part), **values)
        if len(rows) == limit:
            break
    return rows


def battles(
    connection: Connection,
    days: Days,
    limit: int,
    *,
    system_id: int | None,
    min_kills: int,
    before: tuple[datetime, int] | None,
) -> list[Row]:
    """Battles that began on some days, the latest first, those before (start, id)."""
    before_start, before_id = before or (None, None)
    return select(
        connection,
        "mart/api_battles",
        since=days.since,
        until=days.until,
        system_id=system_id,
        min_kills=min_kills,
        before_start=before_start,
        before_id=before_id,
        limit=limit,
    )


def battle(connection: Connection, battle_id: int) -> Row | None:
    """A battle with its sides and killmails, or None."""
    found = find(connection, "mart/api_battle", battle_id=battle_id)
    if found is None:
        return None
    return found | {
        "side_list": select(connection, "mart/api_battle_sides", battle_id=battle_id),
        "killmails": select(connection, "mart/api_battle_kills", battle_id=battle_id),
    }


def coverage(connection: Connection, days: Days) -> list[Row]:
    """How complete some days are."""
    return select(connection, "quality/api_coverage", **asdict(days))
