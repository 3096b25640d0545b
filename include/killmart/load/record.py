"""Record: closes a run; prunes staging and old results of the gate, logs what the run did and what is left to do."""

from __future__ import annotations

import logging
from typing import Any

from killmart.db import staging, validation
from killmart.db.metrics import record_metrics
from killmart.runtime import Runtime

log = logging.getLogger(__name__)


def record(
    runtime: Runtime, drained: dict[str, Any], fetched: dict[str, Any], promoted: dict[str, Any]
) -> dict[str, Any]:
    """Prune promoted rows older than `KILLMART_STAGING_DAYS`, store and return the run's counts in killmails.

    Results of the gate go after 400 days, a bounded number of them with each run; what they add up to a day stays.
    """
    with runtime.engine.begin() as connection:
        pruned = staging.prune(connection, runtime.settings.staging_days)
        forgotten = validation.forget_results(connection)
        waiting = staging.count_due(connection)
        counts = {
            "named": drained.get("refs", 0),
            "new": drained.get("new", 0),
            "fetched": fetched.get("fetched", 0),
            "promoted": promoted.get("inserted", 0) + promoted.get("changed", 0),
            "revalued": promoted.get("revalued", 0),
            "waiting": waiting.pending,
            "pruned": pruned,
        }
        values = {f"{name}_killmails": float(count) for name, count in counts.items()}
        values["pruned_results"] = float(forgotten)
        record_metrics(connection, "record", values, dag_id=runtime.dag_id, run_id=runtime.run_id)
    log.info(
        "the feed named %(named)d killmails (%(new)d new), %(fetched)d bodies came from ESI, "
        "%(promoted)d were promoted, %(revalued)d revalued; %(waiting)d still wait for their body, "
        "%(pruned)d old rows left staging",
        counts,
    )
    return counts
