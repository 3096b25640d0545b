"""Market prices in the warehouse: stored a day at a time, asked for by type and day with the gaps bridged."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from killmart.db.locks import change_basis, hold_in_transaction, wait_at_most
from killmart.db.reading import Row, select
from killmart.db.sql import batch_sql, sql
from killmart.model.market import DayPrices, Price, PriceSource, price_of

SETTLED_DAYS = 3
"""A day asked for within so many days after it is asked for again: its prices come late and are mended."""


PRICES_PATIENCE = 5.0
"""Seconds that a load waits for somebody who has locked prices or static data."""

log = logging.getLogger(__name__)


class PriceDay(NamedTuple):
    """What was said of a day when its prices were last asked for, and whether another answer is to be expected now."""

    is_there: bool
    is_due: bool


def store_prices(connection: Connection, prices: DayPrices) -> int:
    """Make a day's prices of one source those that came; returns the rows written or removed, 0 where all are known."""
    change_basis(connection)
    hold_in_transaction(
        connection, f"prices {prices.day}"
    )  # two that bring the same day would wait for each other crosswise
    connection.execute(sql("reference/create_incoming_prices"))
    lines = "".join(f"{type_id}\t{price_of(cents).text}\n" for type_id, cents in prices.cents.items())
    cursor: Any = connection.connection.cursor()
    cursor.copy_expert("COPY incoming_prices (type_id, average) FROM STDIN", io.StringIO(lines))
    cursor.execute("ANALYZE incoming_prices")
    which = {"day": prices.day, "source": prices.source}
    changed = connection.execute(sql("reference/delete_missing_prices"), which).rowcount
    changed += connection.execute(sql("reference/upsert_market_prices"), which).rowcount
    cursor.execute("DROP TABLE incoming_prices")
    _note(connection, prices.day, prices.source, is_there=True, prices=prices, is_changed=changed > 0)
    return changed


def note_absent(connection: Connection, day: date, source: PriceSource = "everef") -> None:
    """Note that the source has no prices of that day, so that it is not asked for ever."""
    _note(connection, day, source, is_there=False, prices=None, is_changed=False)


def _note(
    connection: Connection,
    day: date,
    source: PriceSource,
    *,
    is_there: bool,
    prices: DayPrices | None,
    is_changed: bool,
) -> None:
    row = {
        "day": day,
        "source": source,
        "is_there": is_there,
        "is_changed": is_changed,
        "prices": len(prices.cents) if prices else 0,
        "dropped": json.dumps(dict(prices.dropped) if prices else {}),
    }
    connection.execute(sql("reference/upsert_price_day"), row)


def due_days(connection: Connection, today: date, limit: int) -> list[date]:
    """Days with kills whose prices are to be asked for, the newest first."""
    parameters = {"today": today, "settled_days": SETTLED_DAYS, "limit": limit}
    return list(connection.execute(sql("reference/select_due_price_days"), parameters).scalars())


def asked_days(connection: Connection, first: date, last: date) -> set[date]:
    """Days of a range whose prices were asked for already; a load asks for those of the others."""
    parameters = {"first": first, "last": last}
    return set(connection.execute(sql("reference/select_asked_price_days"), parameters).scalars())


def find_day(connection: Connection, day: date, ask_again_seconds: float) -> PriceDay | None:
    """What is known of a day's prices; None where they were never asked for.

    A young day is due again after `ask_again_seconds`, one that was settled when it was asked for never.
    """
    parameters = {"day": day, "settled_days": SETTLED_DAYS, "ask_again": ask_again_seconds}
    row = connection.execute(sql("reference/find_price_day"), parameters).one_or_none()
    return None if row is None else PriceDay(row.is_there, row.is_due)


def changes_of(connection: Connection, days: Collection[date]) -> dict[date, str | None]:
    """When the prices of these days changed last, by this transaction's sight; None where they never did."""
    if not days:
        return {}
    rows = connection.execute(sql("reference/select_price_changes"), {"days": list(days)})
    return {row.day: row.changed_at for row in rows}


def days_changed_since_build(connection: Connection, batch_id: int) -> list[date] | None:
    """Days whose prices are others than those that a batch was valued at; None where that is not known.

    No killmail waits for it, whatever is wrong with prices.
    """
    reading = connection.begin_nested()
    try:
        wait_at_most(connection, PRICES_PATIENCE)
        statement = batch_sql("reference/select_changed_price_days", batch_id)
        return list(connection.execute(statement, {"batch_id": batch_id}).scalars())
    except SQLAlchemyError as error:
        if connection.invalidated:
            raise  # the connection is lost, and the promotion with it
        log.warning(
            "batch %d: whether prices changed since it was built is not known, so the task values works its "
            "values out again: %s",
            batch_id,
            error,
        )
        return None
    finally:
        if not connection.invalidated:
            reading.rollback()


def prices_on(
    connection: Connection, wanted: Iterable[tuple[int, date]], *, with_later: bool
) -> dict[tuple[int, date], Price]:
    """What types cost on days, by (type, day); pairs without a price are not in it.

    `with_later` lets the price of a later day stand in where there is none of before.
    """
    pairs = list(wanted)
    parameters = {
        "type_ids": [one for one, _ in pairs],
        "days": [day for _, day in pairs],
        "with_later": with_later,
    }
    rows = connection.execute(sql("reference/select_prices_on"), parameters)
    return {(type_id, day): price_of(cents) for type_id, day, cents in rows}


def price_days(connection: Connection, first: date, last: date) -> list[Row]:
    """What was asked about the prices of these days."""
    return select(connection, "reference/select_price_days", first=first, last=last)
