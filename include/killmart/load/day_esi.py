"""Few killmails from ESI, within its limits: those of a day that are missing, or any whose hash is known."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from killmart.db.request_stats import record_requests
from killmart.load.build import MAX_REFETCHES
from killmart.load.day_plan import DayPlan
from killmart.load.fetch import open_esi
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.sources.esi import Failed, Fetched, Garbled, Gone, Outcome, Paused, Rejected

log = logging.getLogger(__name__)

Refusal = Failed | Garbled | Gone | Rejected

_CHUNK = 48


def arrivals_from_esi(runtime: Runtime, plan: DayPlan, ids: Sequence[int]) -> Iterator[list[Arrival]]:
    """Fetch the listed killmails `ids` of a day; what ESI does not give is in `plan.refused`, with its reason."""
    plan.sources.append("esi")
    plan.file = "ESI"
    for answers in answers_of_esi(runtime, {one: plan.hashes[one] for one in ids if one in plan.hashes}, str(plan.day)):
        yield [
            Arrival(one, plan.hashes[one], got.body, None, "esi", known=False, refetches=MAX_REFETCHES, day=plan.day)
            for one, got in answers.items()
            if isinstance(got, Fetched)
        ]
        refused = {one: got.error for one, got in answers.items() if not isinstance(got, Fetched)}
        plan.refused |= refused
        plan.note_each(
            (f"ESI does not give killmail {one}: {error}" for one, error in refused.items()), "that ESI refuses"
        )


def answers_of_esi(runtime: Runtime, hashes: Mapping[int, str], what: str) -> Iterator[dict[int, Fetched | Refusal]]:
    """Ask ESI for killmails by id and hash, some at a time, waiting for budget where that is spent.

    `what` names them in the log.
    """
    left = list(hashes)
    with (
        open_esi(runtime) as esi,
        ThreadPoolExecutor(runtime.settings.esi_concurrency, thread_name_prefix="esi") as pool,
    ):
        try:
            while left:
                some, left = left[:_CHUNK], left[_CHUNK:]
                outcomes: list[Outcome] = list(pool.map(lambda one: esi.killmail(one, hashes[one]), some))
                answers = dict(zip(some, outcomes, strict=True))
                yield {one: got for one, got in answers.items() if not isinstance(got, Paused)}
                left += [one for one, got in answers.items() if isinstance(got, Paused)]
                pause = max((got.seconds for got in outcomes if isinstance(got, Paused)), default=0.0)
                if pause:
                    log.info("%s: %d killmails wait %.0f s for ESI", what, len(left), pause)
                    time.sleep(pause)
        finally:
            with runtime.engine.begin() as connection:
                record_requests(connection, esi.counter.take())
