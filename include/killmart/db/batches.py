"""The life of a batch: built, then promoted, blocked or abandoned.

Candidate tables and claim are committed in one transaction, so a batch exists whole or not at all. A batch that
its owner left built (a crash between transform and promotion) is abandoned by the owner's next build: its
killmails are claimed again, since UNLOGGED tables do not survive a crash of PostgreSQL and a rebuild is cheap.
An owner is a DAG of one Airflow or the command line of one home (the `installation`): several may share a warehouse.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from killmart.db.candidate import drop_candidate, is_intact
from killmart.db.locks import exclusive, free_in_transaction
from killmart.db.sql import sql


@dataclass(frozen=True)
class Batch:
    """One row of staging.batches."""

    batch_id: int
    owner: str
    state: str
    dag_id: str | None
    dag_run_id: str | None
    source: str
    claimed: int
    candidates: int
    promoted: int
    quarantined: int
    refetched: int
    known: int
    gone: int
    unknown_fields: list[str] = field(default_factory=list)


def open_batch(
    connection: Connection,
    owner: str,
    source: str,
    dag_id: str | None,
    dag_run_id: str | None,
    days: Sequence[date] = (),
    installation: str = "",
) -> int:
    """Start a batch and return its number; nothing of it is seen until the caller's transaction commits.

    `days` are the UTC days that its kills have to be on; none where any will do. `owner` is so called within
    `installation`; without one nobody takes the batch up when it is left unfinished, until it is two hours old.
    """
    row = {
        "installation": installation,
        "owner": owner,
        "source": source,
        "dag_id": dag_id,
        "dag_run_id": dag_run_id,
        "days": list(days),
    }
    return int(connection.execute(sql("staging/insert_batch"), row).scalar_one())


def describe_built(
    connection: Connection,
    batch_id: int,
    *,
    claimed: int,
    candidates: int,
    quarantined: int,
    refetched: int,
    known: int,
    unknown_fields: list[str],
    priced_by: Mapping[date, str | None],
) -> None:
    """Write a built batch's counts on its row, and the prices that it was valued at (`prices.changes_of`)."""
    row = {
        "batch_id": batch_id,
        "claimed": claimed,
        "candidates": candidates,
        "quarantined": quarantined,
        "refetched": refetched,
        "known": known,
        "unknown_fields": unknown_fields,
        "priced_by": json.dumps({day.isoformat(): changed_at for day, changed_at in priced_by.items()}),
    }
    connection.execute(sql("staging/update_built_batch"), row)


def lock_batch(connection: Connection, batch_id: int) -> Batch:
    """Read a batch and hold it until the transaction ends."""
    row = connection.execute(sql("staging/lock_batch"), {"batch_id": batch_id}).one()
    return Batch(**row._mapping)


def finish_batch(connection: Connection, batch_id: int, state: str, promoted: int = 0, known: int = 0) -> None:
    """End a batch as `promoted`, `blocked` or `abandoned`; `known` kills were found unchanged at promotion."""
    row = {"batch_id": batch_id, "state": state, "promoted": promoted, "known": known}
    connection.execute(sql("staging/update_finished_batch"), row)


def abandon(connection: Connection, batch_id: int) -> None:
    """Drop a batch's candidate tables and give its killmails back to be claimed again."""
    connection.execute(sql("staging/release_killmails"), {"batch_id": batch_id})
    drop_candidate(connection, batch_id)
    finish_batch(connection, batch_id, "abandoned")


def abandon_if_emptied(connection: Connection, batch_id: int) -> str | None:
    """Abandon a built batch whose tables a crash of PostgreSQL has emptied; returns the sentence that says so."""
    if is_intact(connection, batch_id):
        return None
    abandon(connection, batch_id)
    return (
        f"The candidate tables of batch {batch_id} are empty: PostgreSQL restarted after a crash, which empties "
        "UNLOGGED tables. Nothing was promoted or lost; the next run builds the batch again."
    )


def at_work(engine: Engine, batch_id: int) -> AbstractContextManager[bool]:
    """While inside, nobody abandons the batch, however old it is; waits for another who is at work on it."""
    return exclusive(engine, _work_on(batch_id), wait=True)


def at_work_in_transaction(connection: Connection, batch_id: int) -> None:
    """The same until the transaction ends, where nobody else is at work on it, who keeps it as well."""
    free_in_transaction(connection, _work_on(batch_id))


def abandon_unfinished(connection: Connection, installation: str, owner: str) -> list[int]:
    """Abandon what `owner` built and neither promoted nor blocked, and nobody works on; returns those batches.

    What another owner left hours ago is abandoned, too, unless that one is still at work: the batches of a long stretch
    wait for each other.
    """
    whose = {"installation": installation, "owner": owner}
    abandoned = []
    for batch_id, its_owner in connection.execute(sql("staging/select_unfinished_batches"), whose).all():
        is_left = its_owner == owner or free_in_transaction(connection, its_owner)
        is_free = is_left and free_in_transaction(connection, _work_on(batch_id))
        if is_free and lock_batch(connection, batch_id).state == "built":
            abandon(connection, batch_id)
            abandoned.append(batch_id)
    return abandoned


def airflows_at_work(connection: Connection) -> dict[str, datetime]:
    """The Airflows that built batches within the last day, and when they last did; the latest first."""
    return {row.installation: row.last_built_at for row in connection.execute(sql("staging/select_installations"))}


def told_of(airflows: Collection[str]) -> str:
    """What people should know where several Airflows load into one warehouse."""
    return (
        f"{len(airflows)} Airflows have loaded into this warehouse within a day: {', '.join(sorted(airflows))}. "
        "Nothing is lost by that and none abandons another's batches, but they share feed cursors and the upstreams' "
        "limits: where it is not meant, stop one, or give it a warehouse of its own (connection warehouse)."
    )


def _work_on(batch_id: int) -> str:
    return f"batch {batch_id}"
