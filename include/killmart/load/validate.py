"""Validate: sends a batch through the gate, stores the results, and sets it aside where it is blocked."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection

from killmart.db import batches, validation
from killmart.db.batches import Batch
from killmart.errors import GateBlocked, KillmartError
from killmart.quality.check import GateReport
from killmart.quality.gate import validate_batch
from killmart.runtime import Runtime

log = logging.getLogger(__name__)


def validate(runtime: Runtime, batch_id: int) -> GateReport | None:
    """Judge a built batch; None where it was promoted already, so that there is nothing left to judge.

    Raises GateBlocked, naming expectations and examples, after setting the batch aside; KillmartError where the batch
    was rejected or abandoned, or a crash of PostgreSQL has emptied its tables.
    """
    if not _is_judgeable(runtime, batch_id):
        return None
    with batches.at_work(runtime.engine, batch_id):
        report = _judge(runtime, batch_id)
    for failure in _said(report, None):
        log.warning("%s", failure)
    if report.outcome == "blocked":
        raise GateBlocked(
            f"Batch {batch_id} is blocked and core is untouched: {'; '.join(_said(report, 'critical'))}. "
            f"Its killmails are set aside (state 'blocked'), its rows stay in candidate.*_{batch_id}; "
            "the next run goes on with the rest."
        )
    log.info(
        "batch %d %s the gate: %d expectations in %.1f s",
        batch_id,
        "passed" if report.outcome == "passed" else "passed with warnings",
        len(report.results),
        report.seconds,
    )
    return report


def _judge(runtime: Runtime, batch_id: int) -> GateReport:
    """The gate's verdict, stored in one transaction with what it means for the batch."""
    started_at = datetime.now(UTC)
    report = validate_batch(runtime.engine.url.render_as_string(hide_password=False), batch_id)
    with runtime.engine.begin() as connection:
        batch = batches.lock_batch(connection, batch_id)
        _refuse_unless_built(batch)
        _record(connection, runtime, batch, report, started_at)
        if report.outcome == "blocked":
            validation.block_batch(connection, batch_id, "; ".join(_said(report, "critical")))
            batches.finish_batch(connection, batch_id, "blocked")
        else:
            validation.record_profile(connection, batch_id, [asdict(column) for column in report.profile])
    return report


def _is_judgeable(runtime: Runtime, batch_id: int) -> bool:
    """False for a promoted batch; raises where the batch is blocked, abandoned or emptied."""
    with runtime.engine.begin() as connection:
        batch = batches.lock_batch(connection, batch_id)
        if batch.state == "promoted":
            log.info("batch %d was promoted already, nothing to validate", batch_id)
            return False
        _refuse_unless_built(batch)
        emptied = batches.abandon_if_emptied(connection, batch_id)
    if emptied is not None:
        raise KillmartError(emptied)
    return True


def _refuse_unless_built(batch: Batch) -> None:
    if batch.state == "blocked":
        raise GateBlocked(
            f"Batch {batch.batch_id} was blocked before; its killmails are set aside (state 'blocked'), "
            f"its rows stay in candidate.*_{batch.batch_id}."
        )
    if batch.state == "rejected":
        raise KillmartError(
            f"Batch {batch.batch_id} was rejected by a person, so it is not validated; its killmails are in "
            "quarantine, or set aside in staging until somebody retries the batch; a whole day's come again with it."
        )
    if batch.state != "built":
        raise KillmartError(
            f"Batch {batch.batch_id} is {batch.state}, so it is not validated; its killmails are in a newer batch or "
            "are taken up by the next run."
        )


def _record(connection: Connection, runtime: Runtime, batch: Batch, report: GateReport, started_at: datetime) -> None:
    validation.record_validation(
        connection,
        batch,
        outcome=report.outcome,
        started_at=started_at,
        seconds=report.seconds,
        results=[asdict(result) for result in report.results],
        dag_id=runtime.dag_id,
        dag_run_id=runtime.run_id,
    )
    figures = {"expectations": len(report.results), "failures": len(report.failures), "seconds": report.seconds}
    runtime.record(connection, "validate", figures, batch_id=batch.batch_id)


def _said(report: GateReport, severity: str | None) -> list[str]:
    """Failures as people read them: the expectation, what was seen, some of the killmails."""
    said = []
    for failure in report.failures:
        if severity is None or failure.severity == severity:
            ids = [str(row["killmail_id"]) for row in failure.examples if row.get("killmail_id") is not None]
            examples = f", for example killmail {', '.join(ids[:3])}" if ids else ""
            said.append(f"{failure.expectation} on {failure.table_name}: {failure.observed}{examples}")
    return said
