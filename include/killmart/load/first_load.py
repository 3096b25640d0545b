"""What a user of a warehouse without history is told: how to get it, and what that takes. Nothing loads by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from killmart.db.status import whole_days
from killmart.load.backfill import Estimate, estimate
from killmart.load.day_plan import FIRST_DAY
from killmart.runtime import Runtime
from killmart.text import counted, lasting, size

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
    requests = sum(guess.requests.values())
    return (
        f"({counted(guess.days, 'day')} with {counted(guess.killmails, 'killmail')}: {counted(requests, 'request')}, "
        f"{size(guess.bytes)} to download, about {lasting(guess.seconds)}, {size(guess.disk_bytes)} of disk)"
    )
