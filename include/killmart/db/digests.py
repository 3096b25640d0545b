"""Reads what goes into a daily digest, and records which days were posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from killmart.db import marts
from killmart.db.coverage import covered_days
from killmart.db.entities import entity
from killmart.db.reading import Row, find, rows, select
from killmart.db.sql import entity_sql, sql
from killmart.model.day_range import Days

SHOWN_DAYS = 14
TOP = 3


@dataclass(frozen=True)
class Subject:
    """Who a digest is about; without an id everybody."""

    kind: str | None = None
    entity_id: int | None = None
    name: str = ""

    @property
    def is_everybody(self) -> bool:
        """Whether it is about the whole warehouse."""
        return self.entity_id is None

    @property
    def label(self) -> str:
        """`alliance:99000001`, or nothing for everybody."""
        return "" if self.is_everybody else f"{self.kind}:{self.entity_id}"


@dataclass(frozen=True)
class DaySums:
    """Killmails and ISK of one UTC day; of everybody, losses are all killmails.

    ISK is that of the killmails that have a value, None where there are some and none has one.
    """

    day: date
    kills: int = 0
    losses: int = 0
    kills_valued: int = 0
    losses_valued: int = 0
    isk_killed: int | None = 0
    isk_lost: int | None = 0


@dataclass(frozen=True)
class DayFacts:
    """The facts of a day; rows as the SQL of include/sql gives them."""

    subject: Subject
    days: Sequence[DaySums]
    """The day itself last, and those before it for comparison."""
    alliances: Sequence[Row] = ()
    corporations: Sequence[Row] = ()
    ships: Sequence[Row] = ()
    dearest: Row | None = None
    dearest_loss: Row | None = None
    battle: Row | None = None
    coverage: Row | None = None

    @property
    def today(self) -> DaySums:
        """The day that it is about."""
        return self.days[-1]

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not (self.today.kills or self.today.losses)


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


def find_name(connection: Connection, kind: str, entity_id: int) -> str | None:
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
