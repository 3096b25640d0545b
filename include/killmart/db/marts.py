"""Writes the tables of the mart: which days are touched, one day's sums, the battles of a span of time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import date, datetime
from functools import cache
from itertools import groupby

from sqlalchemy import Connection

from killmart.db.sql import sql
from killmart.model.battle import Battle, Fight, Party

_TABLES = ("items_daily", "crews_daily", "members_daily")
_PORTION = 10_000  # rows in memory at once, of those from which fights are made


def touch_days(connection: Connection, days: Collection[date]) -> None:
    """Have these UTC days refreshed, once the caller's transaction, which changes their killmails, is committed."""
    connection.execute(sql("mart/insert_touched_days"), {"days": list(days)})


def touched_days(connection: Connection) -> list[date]:
    """The UTC days that wait for their refresh, the newest first."""
    return list(connection.execute(sql("mart/select_touched_days")).scalars())


def empty_and_touch_all(connection: Connection) -> None:
    """Empty the tables of the mart and touch every day that core has; readers wait until the caller has committed."""
    connection.execute(sql("mart/truncate_marts"))
    connection.execute(sql("mart/insert_core_days"))


def refresh_day(connection: Connection, day: date) -> int:
    """Sum up one UTC day anew from core, battles apart, and write what differs; returns its killmails.

    Wants a transaction of one snapshot (REPEATABLE READ) of its own: what is committed meanwhile touches the day again.
    """
    connection.execute(sql("mart/delete_touched_day"), {"day": day})
    connection.execute(sql("mart/create_fresh_tables"))
    for table in _TABLES:
        connection.execute(sql(f"mart/insert_{table}"), {"day": day})
    connection.execute(sql("mart/swap_day"), {"day": day})
    return int(connection.execute(sql("mart/count_day_kills"), {"day": day}).scalar_one())


def fights_between(connection: Connection, begins: datetime, ends: datetime, least: int) -> list[Fight]:
    """Killmails from `begins` to before `ends` that players took part in, in systems that have `least` of them.

    A pilot is one object on however many killmails, and rows come in portions: a great fight has millions of them.
    """
    parameters = {"begins": begins, "ends": ends, "least": least}
    found = connection.execute(sql("mart/select_fights"), parameters, execution_options={"yield_per": _PORTION})
    party = cache(Party)
    fights = []
    for _, rows in groupby(found, key=lambda row: row.killmail_id):
        head, *others = rows
        victim, *attackers = (party(*row[-3:]) for row in (head, *others))
        fights.append(Fight(head.killmail_id, head.kill_time, head.system_id, head.isk, victim, tuple(attackers)))
    return fights


def replace_battles(connection: Connection, begins: datetime, ends: datetime, battles: Collection[Battle]) -> None:
    """Make these the battles that began from `begins` to before `ends`; whichever else has their killmails goes."""
    kill_ids = [killmail_id for battle in battles for killmail_id in battle.victim_sides]
    connection.execute(sql("mart/delete_battles"), {"begins": begins, "ends": ends, "kill_ids": kill_ids})
    for battle in battles:
        _insert_battle(connection, battle)


def _insert_battle(connection: Connection, battle: Battle) -> None:
    key = {"battle_id": battle.battle_id}
    row = key | {
        "system_id": battle.system_id,
        "started_at": battle.started_at,
        "ended_at": battle.ended_at,
        "kills": len(battle.victim_sides),
        "pilots": battle.pilots,
        "sides": len(battle.sides),
        "valued": battle.valued,
        "isk": battle.isk,
    }
    connection.execute(sql("mart/insert_battles"), row)
    for side in battle.sides:
        lists = {"alliances": list(side.alliances), "corporations": list(side.corporations)}
        connection.execute(sql("mart/insert_battle_sides"), key | asdict(side) | lists)
    kills = {"kill_ids": list(battle.victim_sides), "victim_sides": list(battle.victim_sides.values())}
    connection.execute(sql("mart/insert_battle_kills"), key | kills)
