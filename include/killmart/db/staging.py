"""Reads and writes the staging schema; every function works inside the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from killmart.db.sql import sql
from killmart.model.ref import Arrival, Cursor, Hole, Ref
from killmart.model.waits import LONGEST_BACKOFF, LONGEST_RECHECK

PRUNED = 20_000
"""Promoted rows that are dropped in one step: of a day or so."""
_LONGEST = {"backoff": LONGEST_BACKOFF, "recheck": LONGEST_RECHECK}


def stage(connection: Connection, feed: str, refs: Sequence[Ref]) -> int:
    """Put refs into staging; returns how many were new to it.

    Rows that others write at the moment are waited for first, so that what they wrote is built upon.
    """
    if not refs:
        return 0
    unique = {ref.killmail_id: ref for ref in refs}
    rows = [
        {
            "id": ref.killmail_id,
            "hash": ref.killmail_hash.replace("\x00", "\ufffd"),
            "zkb": None if ref.zkb is None else storable(json.loads(ref.zkb)),
            "body": None if ref.body is None else ref.body.hex(),
        }
        for ref in unique.values()
    ]
    parameters = {"refs": json.dumps(rows), "feed": feed}
    while True:
        with connection.begin_nested() as attempt:
            locked = set(connection.execute(sql("staging/lock_killmails"), {"ids": list(unique)}).scalars())
            written = connection.execute(sql("staging/upsert_killmails"), parameters).all()
            if all(row.is_new or row.killmail_id in locked for row in written):
                return sum(row.is_new for row in written)
            attempt.rollback()  # somebody else staged one of them between the two statements: it can be seen now


def storable(value: Any) -> Any:
    """JSON that jsonb can hold: NUL characters and lone surrogates become U+FFFD, NaN and infinities null."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value


def find_cursor(connection: Connection, feed: str) -> Cursor:
    """The feed's cursor; an empty one where it was never read."""
    row = connection.execute(sql("staging/find_cursor"), {"feed": feed}).one_or_none()
    return Cursor(**row._asdict()) if row else Cursor()


def move_cursor(
    connection: Connection,
    feed: str,
    position: str | None,
    *,
    is_not_found: bool = False,
    failures: int = 0,
    is_popping: bool = False,
    uploaded_at: int | None = None,
) -> None:
    """Set the feed's position, in the transaction of the rows it stands for; `is_not_found` notes a 404 there.

    `failures` is what a run could not read from there on, `is_popping` notes that a pop comes next (the next
    move takes the note away), `uploaded_at` is when the feed published what came, in seconds since 1970.
    """
    row = {
        "feed": feed,
        "position": position,
        "is_not_found": is_not_found,
        "failures": failures,
        "is_popping": is_popping,
        "uploaded_at": uploaded_at,
    }
    connection.execute(sql("staging/upsert_cursor"), row)


def record_hole(connection: Connection, feed: str, hole: Hole) -> None:
    """Record a hole in a feed."""
    connection.execute(sql("staging/insert_feed_hole"), {"feed": feed, **asdict(hole)})


def keep_client_id(connection: Connection, feed: str, proposed: str) -> str:
    """The name of this installation at the feed: the one kept, or else `proposed`, from now on."""
    row = connection.execute(sql("staging/upsert_client_id"), {"feed": feed, "client_id": proposed})
    return str(row.scalar_one())


def lock_due(connection: Connection, limit: int) -> list[Any]:
    """Lock up to `limit` killmails to be fetched now (killmail_id, killmail_hash, attempts, refetches, rejections)."""
    return list(connection.execute(sql("staging/lock_due_killmails"), {"limit": limit, **_LONGEST}))


def count_due(connection: Connection) -> Any:
    """`pending`, `due` (now) and `next_attempt_at` of the killmails without a body."""
    return connection.execute(sql("staging/count_due_killmails"), _LONGEST).one()


def count_ready(connection: Connection) -> int:
    """Killmails with or without a body that a run could go on with now."""
    return int(connection.execute(sql("staging/count_ready_killmails"), _LONGEST).scalar_one())


def record_fetches(connection: Connection, outcomes: Sequence[dict[str, Any]]) -> None:
    """Write down what became of requests for bodies (parameters of staging/update_fetched_killmail)."""
    if outcomes:
        connection.execute(sql("staging/update_fetched_killmail"), outcomes)


def claim(connection: Connection, batch_id: int, limit: int) -> list[int]:
    """Claim up to `limit` fetched killmails for a batch; returns their ids in order."""
    result = connection.execute(sql("staging/claim_killmails"), {"batch_id": batch_id, "limit": limit})
    return sorted(killmail_id for (killmail_id,) in result)


def portions(connection: Connection, ids: Sequence[int], most: int, most_bytes: int) -> Iterator[Sequence[int]]:
    """Cut ids, in their order, so that staging has `most` killmails of a portion and `most_bytes` of them, or just one.

    Who reads the bodies of one portion at a time has no more in memory.
    """
    sizes = {row.killmail_id: row.size for row in connection.execute(sql("staging/select_sizes"), {"ids": list(ids)})}
    start = size = 0
    for at, one in enumerate(ids):
        if at > start and (at - start == most or size + sizes.get(one, 0) > most_bytes):
            yield ids[start:at]
            start, size = at, 0
        size += sizes.get(one, 0)
    if start < len(ids):
        yield ids[start:]


def arrivals(connection: Connection, ids: Sequence[int], most: int, most_bytes: int) -> Iterator[list[Arrival]]:
    """Read claimed killmails in chunks, so that memory holds one chunk of bodies at a time (see `portions`)."""
    for some in portions(connection, ids, most, most_bytes):
        rows = connection.execute(sql("staging/select_claimed_killmails"), {"ids": list(some)})
        yield [
            Arrival(
                killmail_id=row.killmail_id,
                killmail_hash=row.killmail_hash,
                body=None if row.body is None else bytes(row.body),
                zkb=None if row.zkb is None else row.zkb.encode(),
                source=row.feed,
                known=row.known,
                refetches=row.refetches,
            )
            for row in rows
        ]


def bodies(connection: Connection, ids: Sequence[int], most: int, most_bytes: int) -> Iterator[list[Any]]:
    """What staging and core know of killmails (columns of staging/select_bodies), in chunks as those of `portions`."""
    for some in portions(connection, ids, most, most_bytes):
        yield list(connection.execute(sql("staging/select_bodies"), {"ids": list(some)}))


def kept_bodies(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """The hashes by id of those of `ids` that were promoted and whose body staging still has."""
    rows = connection.execute(sql("staging/find_kept_bodies"), {"ids": list(ids)})
    return {row.killmail_id: row.killmail_hash for row in rows}


def send_back(connection: Connection, batch_id: int, errors: dict[int, str]) -> None:
    """Let killmails that a batch has claimed be fetched again, each with its error on the row."""
    _mark(connection, "staging/update_refetched_killmails", batch_id, errors)


def mark_quarantined(connection: Connection, batch_id: int, errors: dict[int, str]) -> None:
    """Mark killmails that a batch has claimed as quarantined, each with its error on the row."""
    _mark(connection, "staging/update_quarantined_killmails", batch_id, errors)


def _mark(connection: Connection, statement: str, batch_id: int, errors: dict[int, str]) -> None:
    if errors:
        row = {"batch_id": batch_id, "ids": list(errors), "errors": list(errors.values())}
        connection.execute(sql(statement), row)


def prune(connection: Connection, days: float) -> int:
    """Delete promoted rows older than `days`, at most `PRUNED` at once; returns how many."""
    return connection.execute(sql("staging/delete_promoted_killmails"), {"days": days, "most": PRUNED}).rowcount


def mark_promoted(connection: Connection, batch_id: int) -> int:
    """Mark a batch's killmails as promoted, in the transaction that promotes them; returns how many."""
    return connection.execute(sql("staging/update_promoted_killmails"), {"batch_id": batch_id}).rowcount
