"""The few missing killmails of a day, from ESI, within its limits."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from killmart.db.requests import record_requests
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.sources.esi import Fetched, Outcome, Paused
from killmart.stages.build import MAX_REFETCHES
from killmart.stages.day_plan import DayPlan
from killmart.stages.fetch import open_esi

log = logging.getLogger(__name__)

_CHUNK = 48


def arrivals_from_esi(runtime: Runtime, plan: DayPlan, ids: Sequence[int]) -> Iterator[list[Arrival]]:
    """Fetch the listed killmails `ids` of a day, waiting for budget where that is spent.

    What ESI does not give is in `plan.refused`, with its reason.
    """
    left = [one for one in ids if one in plan.hashes]
    plan.sources.append("esi")
    plan.file = "ESI"
    with (
        open_esi(runtime) as esi,
        ThreadPoolExecutor(runtime.settings.esi_concurrency, thread_name_prefix="esi") as pool,
    ):
        try:
            while left:
                some, left = left[:_CHUNK], left[_CHUNK:]
                outcomes: list[Outcome] = list(pool.map(lambda one: esi.killmail(one, plan.hashes[one]), some))
                answers = dict(zip(some, outcomes, strict=True))
                yield [_arrival(plan, one, got.body) for one, got in answers.items() if isinstance(got, Fetched)]
                left += [one for one, got in answers.items() if isinstance(got, Paused)]
                _note_refused(plan, answers)
                pause = max((got.seconds for got in outcomes if isinstance(got, Paused)), default=0.0)
                if pause:
                    log.info("%s: %d killmails wait %.0f s for ESI", plan.day, len(left), pause)
                    time.sleep(pause)
        finally:
            with runtime.engine.begin() as connection:
                record_requests(connection, esi.counter.take())


def _note_refused(plan: DayPlan, answers: dict[int, Outcome]) -> None:
    refused = {one: got.error for one, got in answers.items() if not isinstance(got, Fetched | Paused)}
    plan.refused |= refused
    plan.note_each((f"ESI does not give killmail {one}: {error}" for one, error in refused.items()), "that ESI refuses")


def _arrival(plan: DayPlan, killmail_id: int, body: bytes) -> Arrival:
    return Arrival(
        killmail_id, plan.hashes[killmail_id], body, None, "esi", known=False, refetches=MAX_REFETCHES, day=plan.day
    )
