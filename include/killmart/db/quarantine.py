"""Puts killmails into quality.quarantine, with their reason and body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from killmart.db.sql import batch_sql, sql


@dataclass(frozen=True)
class Quarantined:
    """One refused killmail; ids are None where they could not be read."""

    killmail_id: int | None
    killmail_hash: str | None
    reason: str
    detail: str
    body: bytes | None
    feed: str
    batch_id: int | None = None


def quarantine(connection: Connection, entries: Sequence[Quarantined]) -> None:
    """Keep refused killmails, in the caller's transaction; one open entry per killmail."""
    if entries:
        connection.execute(sql("quality/insert_quarantine"), [_row(entry) for entry in entries])


def _row(entry: Quarantined) -> dict[str, Any]:
    return asdict(entry) | {"detail": entry.detail.replace("\x00", "\ufffd")[:2000]}


class Refusals:
    """What one batch refuses, kept by PostgreSQL until the batch is built, then put into quarantine all at once.

    So a long transaction holds no row of quality.quarantine until its end, and no body stays in memory.
    """

    def __init__(self, connection: Connection, batch_id: int) -> None:
        self._connection = connection
        self._batch_id = batch_id
        self._are_there = False

    def keep(self, entries: Sequence[Quarantined]) -> None:
        """Note refused killmails, each with its id; the latest refusal of a killmail counts."""
        if not entries:
            return
        if not self._are_there:
            self._connection.execute(sql("quality/create_refused_table"))
            self._are_there = True
        self._connection.execute(sql("quality/insert_refused"), [_row(entry) for entry in entries])

    def quarantine(self) -> int:
        """Put them into quarantine, in the order of their ids; returns how many killmails they are."""
        if not self._are_there:
            return 0
        statement = batch_sql("quality/insert_refused_quarantine", self._batch_id)
        return self._connection.execute(statement, {"batch_id": self._batch_id}).rowcount
