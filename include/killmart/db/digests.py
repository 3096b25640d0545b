"""Reads what goes into a daily digest, and records which days were posted."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from killmart.db import marts
from killmart.db.coverage import covered_days
from killmart.db.entities import entity
from killmart.db.reading import Row, find, rows, select
from killmart.db.sql import entity_sql, sql
from killmart.model.day_range import Days
from killmart.model.digest import DayFacts, DaySums, Subject

SHOWN_DAYS = 14
TOP = 3


def read_facts(connection: Connection, subject: Subject, day: date) -> DayFacts:
    """The facts of `day`, from the mart, core and the coverage."""
    whom = {"entity_kind": subject.kind, "entity_id": subject.entity_id}
    moments = {"since": Days(day, day).since, "until": Days(day, day).until}
    covered = covered_days(connection, Days(day, day))
    return DayFacts(
        subject=subject,
        days=_days(connection, whom, day),
        alliances=_top(connection, "alliance", day) if subject.is_everybody else (),
        corporations=_corporations(connection, subject, day),
        ships=select(connection, "core/sum_lost_ships", limit=TOP, **whom, **moments),
        dearest=find(connection, "mart/find_dearest_killmail", is_loss=subject.is_everybody, day=day, **whom),
        dearest_loss=None
        if subject.is_everybody
        else find(connection, "mart/find_dearest_killmail", is_loss=True, day=day, **whom),
        battle=None if subject.kind == "character" else find(connection, "mart/find_largest_battle", **whom, **moments),
        coverage=covered[0] if covered else None,
    )


def _days(connection: Connection, whom: dict[str, Any], last: date) -> list[DaySums]:
    """The days up to `last`, also those on which nothing happened."""
    first = last - timedelta(days=SHOWN_DAYS - 1)
    each = {"step": "day", "since": first, "first": first, "last": last, "back": 0}
    columns = [field.name for field in fields(DaySums)[1:]]
    return [
        DaySums(row["bucket"], *(row[column] for column in columns))
        for row in select(connection, "mart/sum_activity", **whom, **each)
    ]


def _corporations(connection: Connection, subject: Subject, day: date) -> list[Row]:
    if subject.is_everybody:
        return _top(connection, "corporation", day)
    if subject.kind == "alliance":
        return select(connection, "mart/select_top_members", day=day, limit=TOP, entity_id=subject.entity_id)
    return []


def _top(connection: Connection, kind: str, day: date) -> list[Row]:
    wanted = {"day": day, "entity_kind": kind, "limit": TOP}
    return rows(connection, entity_sql("mart/select_top", kind), wanted)


def name_of(connection: Connection, kind: str, entity_id: int) -> str | None:
    """The name of an entity, or None where no killmail had it or it is not known yet."""
    found = entity(connection, kind, entity_id)
    return None if found is None else found["name"]


def is_behind(connection: Connection, day: date) -> bool:
    """Whether the mart does not show the day as it is, yet."""
    return day in marts.days_behind(connection)


def find_attempt(connection: Connection, day: date) -> Row | None:
    """What became of the digest of a day so far, or None."""
    return find(connection, "ops/find_digest", day=day)


def begin(connection: Connection, day: date, entity: str) -> None:
    """Note that the digest of a day is being posted."""
    connection.execute(sql("ops/upsert_digest"), {"day": day, "entity": entity, "now": datetime.now(UTC)})


def end(connection: Connection, day: date, state: str, error: str | None = None) -> None:
    """Note what became of it: posted, failed, or posting where nobody can know."""
    posted_at = datetime.now(UTC) if state == "posted" else None
    connection.execute(sql("ops/update_digest"), {"day": day, "state": state, "posted_at": posted_at, "error": error})
