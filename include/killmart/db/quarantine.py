"""The quarantine: puts killmails there with reason and body, lists them as people work them, and closes entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
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


@dataclass(frozen=True)
class Entry:
    """One row of quality.quarantine without its body, which has `body_bytes` (None: no body was kept)."""

    quarantine_id: int
    killmail_id: int | None
    killmail_hash: str | None
    batch_id: int | None
    reason: str
    detail: str
    feed: str
    body_bytes: int | None
    quarantined_at: datetime
    resolved_at: datetime | None
    resolution: str | None
    resolved_by: str | None


@dataclass(frozen=True)
class StoredEntry:
    """An entry with its body as received, and what staging holds of the killmail (state, text of the zkb block)."""

    entry: Entry
    body: bytes | None
    staging_state: str | None
    zkb: str | None


def count_reasons(connection: Connection) -> dict[str, int]:
    """How many entries wait for each reason, the most frequent first."""
    return {row.reason: row.killmails for row in connection.execute(sql("quality/count_quarantine_reasons"))}


def entries(
    connection: Connection, reason: str | None, before: int | None, limit: int, *, is_resolved: bool
) -> list[Entry]:
    """A page of entries, the latest first, below the number `before`; of one reason, or of every one."""
    return _entries(connection, limit, reason=reason, before=before, is_resolved=is_resolved)


def entries_of_killmail(connection: Connection, killmail_id: int, limit: int = 100) -> list[Entry]:
    """Every time that a killmail was in quarantine, the latest first."""
    return _entries(connection, limit, killmail_id=killmail_id)


def find_entry(connection: Connection, quarantine_id: int) -> StoredEntry | None:
    """One entry with its body; None where there is none of this number."""
    entry = next(iter(_entries(connection, 1, quarantine_id=quarantine_id)), None)
    if entry is None:
        return None
    stored = connection.execute(sql("quality/find_quarantine_body"), {"quarantine_id": quarantine_id}).one()
    return StoredEntry(entry, None if stored.body is None else bytes(stored.body), stored.staging_state, stored.zkb)


def _entries(connection: Connection, limit: int, **wanted: Any) -> list[Entry]:
    everything = dict.fromkeys(("quarantine_id", "killmail_id", "reason", "is_resolved", "before"))
    rows = connection.execute(sql("quality/select_quarantine"), everything | wanted | {"limit": limit})
    return [Entry(**row._mapping) for row in rows]


def open_ids(connection: Connection, batch_id: int | None, reason: str | None, after: int, limit: int) -> list[int]:
    """Numbers of open entries above `after`, in order; of one batch or reason, or of every one."""
    parameters = {"batch_id": batch_id, "reason": reason, "after": after, "limit": limit}
    return [one for (one,) in connection.execute(sql("quality/select_open_quarantine_ids"), parameters)]


def lock_entries(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """Lock entries and what staging holds of them; those that there are by number (columns of lock_quarantine)."""
    connection.execute(sql("staging/lock_quarantined_killmails"), {"ids": list(ids)})
    rows = connection.execute(sql("quality/lock_quarantine"), {"ids": list(ids)})
    return {row.quarantine_id: row for row in rows}


def close_entries(connection: Connection, ids: Sequence[int], resolution: str, by: str) -> None:
    """Close locked entries as `retried`, `released` or `discarded`."""
    if ids:
        parameters = {"ids": list(ids), "resolution": resolution, "resolved_by": by}
        connection.execute(sql("quality/update_resolved_quarantine"), parameters)


def give_back(connection: Connection, ids: Sequence[int]) -> None:
    """Give killmails of locked entries back to staging, to be built or fetched again."""
    if ids:
        connection.execute(sql("staging/upsert_retried_killmails"), {"ids": list(ids)})
