"""Batches that are blocked as the gate blocks them, for tests of what comes then (the gate itself costs seconds)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from killmart.db import batches
from killmart.db.validation import block_batch, record_validation
from killmart.load.build import BatchBuilder
from killmart.model.ref import Arrival, Ref
from killmart.runtime import Runtime
from support.pipeline import build, stage

FAILED = {
    "table_name": "kills_fact",
    "expectation": "items_add_up",
    "column_name": None,
    "severity": "critical",
    "success": False,
    "observed": "1 unexpected rows",
    "unexpected_count": 1,
    "unexpected_percent": None,
    "examples": [{"killmail_id": 3, "name": "<script>`x`|[y](z)"}],
    "why": "A killmail with fewer items than it says has lost some on the way.",
}


def block(runtime: Runtime, batch_id: int) -> int:
    """Set a built batch aside, with one failed check; returns its number."""
    with runtime.engine.begin() as connection:
        record_validation(
            connection,
            batches.lock_batch(connection, batch_id),
            outcome="blocked",
            started_at=datetime.now(UTC),
            seconds=0.1,
            results=[FAILED],
            dag_id=runtime.dag_id,
            dag_run_id=runtime.run_id,
        )
        block_batch(connection, batch_id, "items_add_up on kills_fact: 1 unexpected rows")
        batches.finish_batch(connection, batch_id, "blocked")
    return batch_id


def blocked_batch(runtime: Runtime, refs: Iterable[Ref]) -> int:
    """Stage killmails, build a batch of them and block it; returns its number."""
    stage(runtime, refs)
    return block(runtime, build(runtime).batch_id)


def blocked_day_batch(runtime: Runtime, refs: Iterable[Ref]) -> int:
    """A blocked batch of killmails that a whole day's file brought, past staging; returns its number."""
    arrivals = [
        Arrival(one.killmail_id, one.killmail_hash, one.body, None, "everef", known=False, refetches=3) for one in refs
    ]
    with runtime.engine.begin() as connection:
        batch_id = batches.open_batch(connection, f"{runtime.owner} day", "everef", None, None)
        builder = BatchBuilder(connection, batch_id)
        builder.add(arrivals)
        builder.finish()
    return block(runtime, batch_id)
