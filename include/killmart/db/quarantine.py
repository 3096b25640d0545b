"""Puts killmails into quality.quarantine, with their reason and body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from killmart.db.sql import sql


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
        rows = [asdict(entry) | {"detail": entry.detail.replace("\x00", "\ufffd")[:2000]} for entry in entries]
        connection.execute(sql("quality/insert_quarantine"), rows)
