"""Our own tables: rows that are older than the settings say are dropped, statistics become coarser."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from killmart.db import alerts, metrics, staging, validation
from killmart.db.locks import exclusive, wait_at_most
from killmart.housekeeping.chore import LOCK_SECONDS, Chore, chore, first_line
from killmart.runtime import Runtime

log = logging.getLogger(__name__)

_Counts = dict[str, int]


def prune_tables(runtime: Runtime, now: datetime | None = None) -> dict[str, int]:
    """Drop old rows of staging, quality and ops; returns how many of each kind.

    Never what somebody waits for: of staging promoted killmails alone, of alerts those that are resolved. A table at
    a time, long ones step by step, each step a transaction; what fails is told at the end (KillmartError), the others
    are done.
    """
    settings, now = runtime.settings, now or datetime.now(UTC)
    with exclusive(runtime.engine, "prune_tables", wait=True), chore(runtime, "prune_tables") as work:

        def killmails(connection: Connection) -> _Counts:
            return {"pruned_killmails": staging.prune(connection, settings.staging_days)}

        def results(connection: Connection) -> _Counts:
            return {"dropped_results": validation.forget_results(connection, settings.results_days)}

        def statistics(connection: Connection) -> _Counts:
            requests, figures = metrics.roll_up(connection, now, settings.statistics_days)
            return {"rolled_up_requests": requests, "rolled_up_metrics": figures}

        def told(connection: Connection) -> _Counts:
            resolved, sent = alerts.forget(connection, now, settings.statistics_days)
            return {"dropped_alerts": resolved, "dropped_messages": sent}

        _step_by_step(runtime, work, "staging.killmails", killmails)
        _step_by_step(runtime, work, "quality.validation_results", results)
        _do(runtime, work, "ops.request_stats and ops.run_metrics", statistics)
        _do(runtime, work, "ops.alerts and ops.notifications", told)
    return dict(work.counts)


def _step_by_step(runtime: Runtime, work: Chore, tables: str, step: Callable[[Connection], _Counts]) -> None:
    """Repeat a step, each in a transaction, until nothing is left to drop."""
    dropped = 0
    while removed := _do(runtime, work, tables, step):
        dropped += removed
        log.info("%s: %d old rows dropped so far", tables, dropped)


def _do(runtime: Runtime, work: Chore, tables: str, step: Callable[[Connection], _Counts]) -> int:
    """One step in one transaction; how many rows it dropped, 0 where it failed."""
    try:
        with runtime.engine.begin() as connection:
            wait_at_most(connection, LOCK_SECONDS)
            counts = step(connection)
    except SQLAlchemyError as error:
        work.trouble(
            f"Old rows of {tables} were not dropped: {first_line(error)}. They stay; the next run tries again."
        )
        return 0
    work.counts.update(counts)
    return sum(counts.values())
