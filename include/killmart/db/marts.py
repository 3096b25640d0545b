"""Writes the tables of the mart: which days are touched, the sums of those that are over, battles of a span of time."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from killmart.db.sql import named_sql, sql
from killmart.model.battle import Battle, Fight, Party

_SUMS = ("items", "crews", "sums")
_PORTION = 10_000  # rows in memory at once, of those from which fights are made


class TouchedDay(NamedTuple):
    """A UTC day to refresh; one that is not over has its battles found, and is read from core for all else."""

    day: date
    is_over: bool


class Changes(NamedTuple):
    """Where and when killmails came, changed or went, in step; None for anywhere on a day."""

    system_ids: list[int] | None
    kill_times: list[datetime] | None

    def are_in(self, begins: datetime, ends: datetime) -> bool:
        """Whether one of them was from `begins` to before `ends`."""
        return self.kill_times is None or any(begins <= one < ends for one in self.kill_times)


class Touches(NamedTuple):
    """Rows of touched_days, and where battles are to be looked for: None for nowhere."""

    ids: list[int]
    changes: Changes | None


class Span(NamedTuple):
    """From one moment to before another, with what changed in it."""

    begins: datetime
    ends: datetime
    changes: Changes

    def parameters(self) -> dict[str, Any]:
        """As the statements about battles take it."""
        return {"begins": self.begins, "ends": self.ends, **self.changes._asdict()}


def touch_days(connection: Connection, days: Collection[date]) -> None:
    """Have these UTC days refreshed, once the caller's transaction, which changes their killmails, is committed."""
    connection.execute(sql("mart/insert_touched_days"), {"days": list(days)})


def touched_days(connection: Connection) -> list[TouchedDay]:
    """The UTC days that wait for their refresh, the newest first."""
    return [TouchedDay(*row) for row in connection.execute(sql("mart/select_touched_days"))]


def days_behind(connection: Connection) -> list[date]:
    """The UTC days that the mart does not show as they are."""
    return list(connection.execute(sql("mart/select_days_behind")).scalars())


def empty_and_touch_all(connection: Connection) -> None:
    """Empty the tables of the mart and touch every day that core has; readers wait until the caller has committed."""
    connection.execute(sql("mart/truncate_marts"))
    connection.execute(sql("mart/insert_core_days"))


def sum_up(connection: Connection, day: date, *, is_over: bool) -> Touches:
    """Keep the sums of a UTC day if it is over; returns what had touched it.

    Wants a transaction of one snapshot (REPEATABLE READ) of its own: what is committed meanwhile touches the day again.
    """
    ids, changes, *places = connection.execute(sql("mart/find_touches"), {"day": day}).one()
    if is_over:
        connection.execute(sql("mart/settle_day"), {"day": day})
    return Touches(ids, Changes(*places) if changes else None)


def take_up(connection: Connection, touches: Touches, *, is_over: bool) -> None:
    """Note that battles, and the sums of a day that is over, have what touched it."""
    name = "mart/delete_touched_days" if is_over else "mart/update_touched_days"
    connection.execute(sql(name), {"touch_ids": touches.ids})


def day_of(connection: Connection, killmail_id: int) -> date | None:
    """The UTC day of a killmail of core."""
    day: date | None = connection.execute(sql("mart/find_day"), {"killmail_id": killmail_id}).scalar()
    return day


def is_settled(connection: Connection, day: date) -> bool:
    """Whether the sums kept of a UTC day are up to date, and all battles found that can be on it."""
    return bool(connection.execute(sql("mart/find_settled_day"), {"day": day}).scalar_one())


def differing_sums(connection: Connection, day: date) -> list[str]:
    """Tables whose sums of a UTC day are not what is derived from core; wants a transaction of one snapshot."""
    return [
        f"settled_{sums}"
        for sums in _SUMS
        if connection.execute(
            named_sql("mart/find_differing_sum", one_derived=[f"derived_{sums}"], one_settled=[f"settled_{sums}"]),
            {"day": day},
        ).scalar_one()
    ]


def differing_battles(connection: Connection, day: date, battles: Collection[Battle]) -> list[str]:
    """Tables that differ from the battles found, which are those that began on a UTC day."""
    return [
        table
        for table, rows in _rows(battles).items()
        if connection.execute(
            named_sql("mart/find_differing_battle", one_kept=[table]), {"day": day, "found": json.dumps(rows)}
        ).scalar_one()
    ]


def latest_check(connection: Connection) -> Row[Any] | None:
    """(checked_at, day, differing) of the latest comparison."""
    return connection.execute(sql("quality/find_mart_check")).one_or_none()


def record_check(connection: Connection, checked_at: datetime, day: date, differing: Collection[str]) -> None:
    """Record a comparison of a UTC day."""
    values = {"checked_at": checked_at, "day": day, "differing": list(differing)}
    connection.execute(sql("quality/insert_mart_check"), values)


def count_kills(connection: Connection, day: date) -> int:
    """How many killmails core has of a UTC day."""
    return int(connection.execute(sql("mart/count_day_kills"), {"day": day}).scalar_one())


def fights_between(connection: Connection, span: Span, least: int, gap: timedelta) -> list[Fight]:
    """Killmails of a span that players took part in, as far as changes in it can matter.

    Only where `least` of them are in a row, in one system and none later than `gap` after the one before.

    A pilot is one object on however many killmails, and rows come in portions: a great fight has millions of them.
    """
    parameters = span.parameters() | {"least": least, "gap": gap}
    found = connection.execute(sql("mart/select_fights"), parameters, execution_options={"yield_per": _PORTION})
    party = cache(Party)
    fights = []
    for _, rows in groupby(found, key=lambda row: row.killmail_id):
        head, *others = rows
        victim, *attackers = (party(*row[-3:]) for row in (head, *others))
        fights.append(Fight(head.killmail_id, head.kill_time, head.system_id, head.isk, victim, tuple(attackers)))
    return fights


def replace_battles(connection: Connection, span: Span, battles: Collection[Battle]) -> None:
    """Make these the battles of a span that changes in it can matter to; whichever else has their killmails goes."""
    kill_ids = [killmail_id for battle in battles for killmail_id in battle.victim_sides]
    connection.execute(sql("mart/delete_battles"), span.parameters() | {"kill_ids": kill_ids})
    if battles:
        connection.execute(
            sql("mart/insert_battles"), {table: json.dumps(rows) for table, rows in _rows(battles).items()}
        )


def _rows(battles: Collection[Battle]) -> dict[str, list[dict[str, object]]]:
    """The rows of the three tables of battles, by their names."""
    return {
        "battles": [
            {
                "battle_id": battle.battle_id,
                "system_id": battle.system_id,
                "started_at": battle.started_at.isoformat(),
                "ended_at": battle.ended_at.isoformat(),
                "kills": len(battle.victim_sides),
                "pilots": battle.pilots,
                "sides": len(battle.sides),
                "valued": battle.valued,
                "isk": battle.isk,
            }
            for battle in battles
        ],
        "battle_sides": [{"battle_id": battle.battle_id} | asdict(side) for battle in battles for side in battle.sides],
        "battle_kills": [
            {"killmail_id": killmail_id, "battle_id": battle.battle_id, "victim_side": side}
            for battle in battles
            for killmail_id, side in battle.victim_sides.items()
        ],
    }
