"""Values: gives killmails their value, points and flags that were loaded before prices or static data came.

Day by day, the newest first, by the same functions as at the load; then each day is compared with zKillboard's figures.
A run that is stopped has brought what it had done; the next one goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from killmart.db import values
from killmart.db.locks import await_basis, exclusive, take_turn
from killmart.db.marts import touch_days
from killmart.db.ranges import Between
from killmart.db.room import free_replaced
from killmart.db.values import KillToValue, UnvaluedDay
from killmart.model.killmail import Killmail, Victim
from killmart.reference.appraise import Appraiser
from killmart.runtime import Runtime
from killmart.timing import Progress, Stopwatch, TimeBox
from killmart.transform.copytext import NULL, Rows
from killmart.transform.decode import Decoded, decode_items
from killmart.transform.own import Own
from killmart.transform.rows import own_fields

log = logging.getLogger(__name__)

REVALUED_AT_ONCE = 500
"""Killmails in one transaction, for whose length promotions wait."""
VALUED_DAYS = 400
"""Days of one run."""


@dataclass
class ValuesReport:
    """What a run did: days looked at, killmails whose figures changed, killmails that were worked out at all."""

    days: int = 0
    changed: int = 0
    valued: int = 0
    is_done: bool = False
    """Whether nothing is left to do."""


def fill_values(
    runtime: Runtime, seconds: float | None = None, most_days: int = VALUED_DAYS, progress: Progress | None = None
) -> ValuesReport:
    """Value what lacks values, and compare the days concerned, until nothing is left or `seconds` are over.

    Without static data it does nothing. One process at a time, others wait for it. `progress` gets the days done and
    left.
    """
    report, watch, box = ValuesReport(), Stopwatch(), TimeBox(seconds)
    with exclusive(runtime.engine, "values", wait=True):
        with runtime.engine.connect() as connection:
            await_basis(connection)
            has_static_data = Appraiser(connection).traits is not None
            due = values.unvalued_days(connection, most_days + 1) if has_static_data else []
        if not has_static_data:
            log.warning("there is no static data yet, so nothing can be valued; the task static_data brings it")
            return report
        for day in due[:most_days]:
            if box.is_over:
                break
            _value_day(runtime, day, report)
            report.days += 1
            if progress is not None:
                progress(report.days, len(due[:most_days]) - report.days)
    report.is_done = report.days == len(due)
    counts = {"days": float(report.days), "changed": float(report.changed), "valued": float(report.valued)}
    with runtime.engine.begin() as connection:
        runtime.record(connection, "values", counts, watch)
    log.info("values: %s in %.1f s", report, watch.seconds)
    return report


def _value_day(runtime: Runtime, of: UnvaluedDay, report: ValuesReport) -> None:
    with runtime.engine.connect() as connection:
        ids = values.unvalued_ids(connection, of)
        # for all of the day: what changes from now on is stamped after `looked_at` and makes the day due again
        appraisers = Appraiser(connection), Appraiser(connection, with_later=True)
    for chunk in _spread(ids):
        with runtime.engine.begin() as connection:
            take_turn(connection)  # before anything is read, so that no promotion replaces a killmail meanwhile
            changed = _value(connection, chunk, appraisers)
            if changed:
                touch_days(connection, [of.day])
        if changed:
            free_replaced(runtime.engine, chunk)
        report.changed += changed
    report.valued += len(ids)
    with runtime.engine.begin() as connection:
        take_turn(connection)  # what was promoted meanwhile is compared, and is not forgotten where it lacks values
        has_more = not set(values.unvalued_ids(connection, of)).issubset(ids)
        values.compare_day(connection, of.day, of.looked_at, is_stale=has_more)
    if ids:
        log.info("%s: %d killmails valued", of.day, len(ids))


def _spread(ids: Sequence[int]) -> list[Sequence[int]]:
    """Chunks of which each has some of every page, so that the rows a chunk leaves make room for the next one's there.

    Neighbours in one chunk would fill new pages with their new rows, and split every page of the indexes.
    """
    chunks = -(-len(ids) // REVALUED_AT_ONCE)
    return [ids[first::chunks] for first in range(chunks)]


def _value(connection: Connection, ids: Sequence[int], appraisers: tuple[Appraiser, Appraiser]) -> int:
    """Work out some killmails again and store what differs; returns how many changed.

    The second appraiser is for those of which the first does not know the hull's price.
    """
    kills = [decoded for kill in values.kills_to_value(connection, ids) if (decoded := _decoded(kill)) is not None]
    usual, with_later = appraisers
    figures = _figures(connection, usual, kills)
    hopeless = [kill for kill in kills if figures[kill.killmail.killmail_id].value is None]
    if hopeless:
        figures |= _figures(connection, with_later, hopeless)
    if not figures:
        return 0
    rows = Rows()
    for killmail_id, own in figures.items():
        rows.add("own_figures", {"killmail_id": str(killmail_id), **own_fields(own)})
        for index, price in enumerate(own.unit_prices):
            if price != NULL:
                row = {"killmail_id": str(killmail_id), "item_index": str(index), "unit_price": price}
                rows.add("own_prices", row)
    between: Between = {"lowest": min(figures), "highest": max(figures)}
    return values.bring_figures(connection, between, rows.columns, rows.lines)


def _figures(connection: Connection, appraiser: Appraiser, kills: list[Decoded]) -> dict[int, Own]:
    """Our figures by killmail."""
    found = zip(kills, appraiser.figures(connection, kills), strict=True)
    return {kill.killmail.killmail_id: own for kill, own in found if own is not None}


def _decoded(kill: KillToValue) -> Decoded | None:
    """The killmail as the load had it, as far as it matters here."""
    try:
        items, _ = decode_items(kill.items.encode())
    except msgspec.MsgspecError as error:
        log.warning("killmail %d cannot be valued, its items cannot be read: %s", kill.killmail_id, error)
        return None
    victim = Victim(
        damage_taken=0,
        ship_type_id=kill.ship_type_id,
        character_id=kill.character_id,
        corporation_id=kill.corporation_id,
    )
    killmail = Killmail(kill.killmail_id, kill.kill_time, kill.system_id, victim, kill.attackers)
    return Decoded(killmail, items, frozenset())
