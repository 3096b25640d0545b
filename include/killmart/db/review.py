"""Blocked batches as people review them: what the gate found, and the rows that a decision changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from killmart.db.reading import select
from killmart.db.sql import batch_sql, sql


@dataclass(frozen=True)
class ReviewedBatch:
    """A batch with the gate's latest run; counts are killmails, `critical_failures` are expectations."""

    batch_id: int
    state: str
    owner: str
    dag_id: str | None
    dag_run_id: str | None
    source: str
    built_at: datetime
    finished_at: datetime | None
    claimed: int
    candidates: int
    promoted: int
    quarantined: int
    known: int
    run_id: int | None
    outcome: str | None
    critical_failures: int
    answer_due_at: datetime | None = None
    """Until when an answer of a person is waited for; None where nobody was asked."""


@dataclass(frozen=True)
class FailedCheck:
    """An expectation that a batch did not meet; `examples` are some of the rows."""

    table_name: str
    expectation: str
    column_name: str | None
    severity: str
    observed: str | None
    unexpected_count: int | None
    unexpected_percent: float | None
    examples: list[dict[str, Any]] = field(default_factory=list)
    why: str = ""


def find_batch(connection: Connection, batch_id: int) -> ReviewedBatch | None:
    """A batch of any state; None where there is none of this number."""
    return next(iter(_batches(connection, batch_id=batch_id)), None)


def batches_in(connection: Connection, state: str, before: int | None, limit: int) -> list[ReviewedBatch]:
    """Batches in a state (`blocked`, `rejected`), the latest first, below the number `before`."""
    return _batches(connection, state=state, before=before, limit=limit)


def _batches(
    connection: Connection,
    batch_id: int | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 1,
) -> list[ReviewedBatch]:
    parameters = {"batch_id": batch_id, "state": state, "before": before, "limit": limit}
    rows = connection.execute(sql("quality/select_reviewed_batches"), parameters)
    return [ReviewedBatch(**row._mapping) for row in rows]


def failed_checks(connection: Connection, run_id: int) -> list[FailedCheck]:
    """What a run through the gate found wrong, critical first."""
    rows = connection.execute(sql("quality/select_results"), {"run_id": run_id, "is_failed_only": True}).mappings()
    return [FailedCheck(**{name: value for name, value in row.items() if name != "success"}) for row in rows]


def unasked_batches(connection: Connection, limit: int) -> list[int]:
    """Blocked batches of which nobody has been asked yet, the oldest first."""
    rows = connection.execute(sql("quality/select_unasked_batches"), {"limit": limit})
    return [batch_id for (batch_id,) in rows]


def asked_batches(connection: Connection, installation: str) -> list[int]:
    """Blocked batches of which somebody was asked, and whose question this Airflow has to look after."""
    rows = connection.execute(sql("quality/select_asked_batches"), {"installation": installation})
    return [batch_id for (batch_id,) in rows]


def note_asking(connection: Connection, ids: Sequence[int], installation: str, hours: float) -> dict[int, datetime]:
    """Note that an Airflow asks about blocked batches at this moment; until when it waits for an answer, by batch.

    The deadline is set once: `hours` from the first time. A batch that somebody else holds is left out.
    """
    asked = {"ids": list(ids), "installation": installation, "hours": hours}
    return {row.batch_id: row.answer_due_at for row in connection.execute(sql("staging/update_asked_batches"), asked)}


def decided_batches(connection: Connection, since: datetime) -> list[Row[Any]]:
    """Batches that people were asked about and that wait no more, with their answer due, or decided on, since then.

    `batch_id`, `state`, `action`, `actor`, `note`; the last three are None where nobody decided.
    """
    return list(connection.execute(sql("quality/select_decided_batches"), {"since": since}))


def decide_outcome(connection: Connection, batch_id: int, outcome: str) -> None:
    """Write a person's decision (`released`, `rejected`) over the gate's latest verdict on a batch."""
    connection.execute(sql("quality/update_latest_outcome"), {"batch_id": batch_id, "outcome": outcome})


def lock_revalued(connection: Connection, batch_id: int) -> list[int]:
    """Lock killmails of a blocked batch whose zkb block may have changed since it was built."""
    return [killmail_id for (killmail_id,) in _of_batch(connection, "staging/lock_revalued_killmails", batch_id)]


def give_to_next_batch(connection: Connection, ids: Sequence[int]) -> None:
    """Let the next batch bring the zkb block of killmails that were just promoted."""
    if ids:
        connection.execute(sql("staging/update_revalued_killmails"), {"ids": list(ids)})


def let_go_of_loaded(connection: Connection, batch_id: int) -> int:
    """Let a rejected batch go of killmails that core has already; returns how many."""
    return int(_of_batch(connection, "staging/update_loaded_killmails", batch_id).rowcount)


def keep_aside(connection: Connection, batch_id: int, error: str) -> int:
    """Leave a rejected batch's killmails set aside in staging, with the reason; returns how many."""
    return int(_of_batch(connection, "staging/update_rejected_killmails", batch_id, error=error).rowcount)


def quarantine_rejected(connection: Connection, batch_id: int, reason: str, detail: str) -> int:
    """Put a rejected batch's killmails into quarantine, from staging and from its tables; returns how many.

    The caller has locked those of staging (`keep_aside`): first staging, then quarantine is the order of everybody.
    """
    parameters = {"batch_id": batch_id, "reason": reason, "detail": detail}
    entries = connection.execute(batch_sql("quality/insert_rejected_batch", batch_id), parameters).rowcount
    _of_batch(connection, "staging/update_rejected_to_quarantine", batch_id, error=f"{reason}: {detail}")
    return entries


def take_up_again(connection: Connection, batch_id: int) -> int:
    """Give a rejected batch's killmails back to be claimed by the next batch; returns how many."""
    return int(_of_batch(connection, "staging/release_killmails", batch_id).rowcount)


def count_set_aside(connection: Connection, batch_id: int) -> int:
    """How many killmails staging holds for a blocked or rejected batch."""
    return int(_of_batch(connection, "staging/count_batch_killmails", batch_id).scalar_one())


def _of_batch(connection: Connection, statement: str, batch_id: int, **parameters: object) -> Any:
    return connection.execute(sql(statement), {"batch_id": batch_id, **parameters})


def batches_of_dag_run(connection: Connection, dag_id: str, dag_run_id: str) -> list[dict[str, Any]]:
    """The batches that a DAG run built, each with its latest verdict; 500 at most."""
    return select(connection, "quality/select_dag_run_batches", dag_id=dag_id, dag_run_id=dag_run_id)
