"""What DAG tasks call: one stage each, with counts small enough for XCom.

Great Expectations and everything else that is heavy is imported inside the stages, never while DAGs are parsed.
"""

from __future__ import annotations

from dataclasses import asdict

from killmart.errors import GateBlocked
from killmart.orchestration.runtime import Counts, give_up, task_runtime


def drain_feed() -> Counts:
    """Read the feed into staging for as long as its time box allows."""
    from killmart.load.drain import drain

    runtime = task_runtime()
    return asdict(drain(runtime, runtime.settings.drain_seconds))


def fetch_bodies() -> Counts:
    """Ask ESI for missing bodies for as long as the time box allows."""
    from killmart.load.fetch import fetch

    runtime = task_runtime()
    report = fetch(runtime, runtime.settings.fetch_seconds)
    return {**report.outcomes, "waiting": report.waiting}


def build_batch() -> int | None:
    """Turn what is fetched into a batch of candidate tables; its number, or None where nothing waits."""
    from killmart.load.live import build_from_staging

    built = build_from_staging(task_runtime())
    return built.batch_id if built else None


def validate_batch(batch_id: int | None) -> int | None:
    """Send the batch through the gate; a blocked one fails the task, for good, with the reasons in its message."""
    if batch_id is None:
        return None
    from killmart.load.validate import validate

    try:
        validate(task_runtime(), batch_id)
    except GateBlocked as blocked:
        give_up(blocked)
    return batch_id


def promote_batch(batch_id: int | None) -> Counts:
    """Bring the batch to core in one transaction."""
    if batch_id is None:
        return {}
    from killmart.load.promote import promote

    return {**promote(task_runtime(), batch_id).counts()}


def record_run(drained: Counts, fetched: Counts, promoted: Counts) -> Counts:
    """Close the run: sum it up in one line."""
    from killmart.load.live import record

    return record(task_runtime(), drained, fetched, promoted)
