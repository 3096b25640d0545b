"""What a user of a warehouse without history is told: how to get it, and what that takes. Nothing loads by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from killmart.db.status import whole_days
from killmart.load.backfill import Estimate, estimate
from killmart.load.day_plan import FIRST_DAY
from killmart.runtime import Runtime
from killmart.timing import lasting

FEW_DAYS = 7
"""So many whole days come by killmails_daily alone before anybody has asked for history."""


def offer_history(runtime: Runtime) -> str | None:
    """A sentence on how to get all of history, by the upstreams' totals; None where FEW_DAYS are there.

    Asks each upstream of days one question.
    """
    with runtime.engine.connect() as connection:
        if whole_days(connection)["loaded"] >= FEW_DAYS:
            return None
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    guess = estimate(runtime, FIRST_DAY, yesterday, "auto", "missing")
    return (
        "History is not loaded, and nothing loads it by itself: "
        f"`python -m killmart backfill {FIRST_DAY} {yesterday}`, or the DAG killmails_backfill with these days, begins "
        f"it {_cost(guess)} and goes on where it was stopped."
    )


def _cost(guess: Estimate) -> str:
    if not guess.killmails:
        return "(neither upstream gave its totals, so what it takes is not known)"
    return (
        f"({guess.days:,} days with {guess.killmails:,} killmails: {sum(guess.requests.values()):,} requests, "
        f"{guess.bytes / 1e9:,.1f} GB to download, about {lasting(guess.seconds)}, {guess.disk_bytes / 1e9:,.1f} GB of "
        "disk)"
    )
