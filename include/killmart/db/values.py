"""Our own figures in core: which killmails lack them, what they rest on, bringing them in bulk, comparing them."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from killmart.db import junctions
from killmart.db.ranges import Between
from killmart.db.reading import Row, select
from killmart.db.sql import sql
from killmart.model.killmail import Attacker


class UnvaluedDay(NamedTuple):
    """A UTC day to look at; `prices_changed_at` is None where killmails that have a value keep it."""

    day: date
    prices_changed_at: datetime | None
    looked_at: datetime


class KillToValue(NamedTuple):
    """What a killmail's figures rest on; `items` is the JSON that ESI gave."""

    killmail_id: int
    kill_time: datetime
    system_id: int
    items: str
    character_id: int | None
    corporation_id: int | None
    ship_type_id: int
    attackers: list[Attacker]


def unvalued_days(connection: Connection, limit: int) -> list[UnvaluedDay]:
    """Days on which something is to be valued or compared again, the newest first."""
    return [UnvaluedDay(*row) for row in connection.execute(sql("quality/select_unvalued_days"), {"limit": limit})]


def unvalued_ids(connection: Connection, of: UnvaluedDay) -> list[int]:
    """The killmails of a day that are to be valued."""
    parameters = {"day": of.day, "prices_changed_at": of.prices_changed_at}
    return list(connection.execute(sql("core/select_unvalued_ids"), parameters).scalars())


def kills_to_value(connection: Connection, ids: Sequence[int]) -> list[KillToValue]:
    """What core has of these killmails; those that are gone are not in it."""
    attackers: dict[int, list[Attacker]] = defaultdict(list)
    for row in connection.execute(sql("core/select_attackers_to_value"), {"ids": list(ids)}):
        attackers[row.killmail_id].append(
            Attacker(
                damage_done=0,
                final_blow=row.final_blow,
                security_status=0.0,
                character_id=row.character_id,
                corporation_id=row.corporation_id,
                ship_type_id=row.ship_type_id,
            )
        )
    rows = connection.execute(sql("core/select_kills_to_value"), {"ids": list(ids)})
    return [KillToValue._make((*row, attackers[row.killmail_id])) for row in rows]


def bring_figures(
    connection: Connection,
    between: Between,
    columns: Mapping[str, Sequence[str]],
    lines: Mapping[str, Sequence[str]],
) -> int:
    """Write figures and prices of items to core; returns how many killmails changed.

    `lines` are COPY text of the tables `own_figures` and `own_prices` (core/create_own_tables.sql), `columns` theirs,
    of killmails whose ids lie `between`.
    """
    connection.execute(sql("core/create_own_tables"))
    cursor: Any = connection.connection.cursor()
    for table, rows in lines.items():
        text = io.StringIO("".join(f"{line}\n" for line in rows))
        cursor.copy_expert(f"COPY {table} ({', '.join(columns[table])}) FROM STDIN", text)
    cursor.execute("ANALYZE own_figures; ANALYZE own_prices")
    changed = connection.execute(sql("core/update_own_figures"), between).rowcount
    if changed:
        junctions.bring_facts(connection, "own_figures", between)
    return changed


def compare_day(connection: Connection, day: date, looked_at: datetime, *, is_stale: bool) -> None:
    """Compare our figures of a day with zKillboard's; what changes after `looked_at` makes the day due again.

    It stays due where it `is_stale`. For who has the promotions' turn, or what one marks would be written over.
    """
    parameters = {"day": day, "looked_at": looked_at, "is_stale": is_stale}
    connection.execute(sql("quality/upsert_value_spread"), parameters)


def spreads(connection: Connection, limit: int, before: date | None = None) -> list[Row]:
    """The comparison of the latest days before `before`, the latest first."""
    return select(connection, "quality/select_value_spread", limit=limit, before=before)
