"""The few missing killmails of a day, from ESI; what ESI does not give now is staged, so that it is not forgotten."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from killmart.db import staging
from killmart.db.requests import record_requests
from killmart.model.ref import Arrival, Ref
from killmart.runtime import Runtime
from killmart.sources.esi import Fetched, Outcome, Paused
from killmart.stages.build import MAX_REFETCHES
from killmart.stages.day_plan import DayPlan
from killmart.stages.fetch import open_esi

log = logging.getLogger(__name__)

_CHUNK = 48


def arrivals_from_esi(runtime: Runtime, plan: DayPlan, ids: list[int]) -> Iterator[list[Arrival]]:
    """Fetch the listed killmails `ids` of a day within ESI's limits, waiting for budget where that is spent."""
    left = [one for one in ids if one in plan.hashes]
    staged: list[int] = []
    with (
        open_esi(runtime) as esi,
        ThreadPoolExecutor(runtime.settings.esi_concurrency, thread_name_prefix="esi") as pool,
    ):
        while left:
            some, left = left[:_CHUNK], left[_CHUNK:]
            outcomes: list[Outcome] = list(pool.map(lambda one: esi.killmail(one, plan.hashes[one]), some))
            answers = list(zip(some, outcomes, strict=True))
            yield [_arrival(plan, one, outcome.body) for one, outcome in answers if isinstance(outcome, Fetched)]
            left += [one for one, outcome in answers if isinstance(outcome, Paused)]
            staged += [one for one, outcome in answers if not isinstance(outcome, Fetched | Paused)]
            pause = max((outcome.seconds for outcome in outcomes if isinstance(outcome, Paused)), default=0.0)
            if pause:
                log.info("%s: %d killmails wait %.0f s for ESI", plan.day, len(left), pause)
                time.sleep(pause)
    with runtime.engine.begin() as connection:
        staging.stage(connection, "list", [Ref(one, plan.hashes[one]) for one in staged])
        record_requests(connection, esi.counter.take())
    if staged:
        plan.notes.append(
            f"{plan.day}: ESI did not give {len(staged)} killmails; they are staged, to be asked for later"
        )
    plan.sources.append("esi")


def _arrival(plan: DayPlan, killmail_id: int, body: bytes) -> Arrival:
    return Arrival(
        killmail_id, plan.hashes[killmail_id], body, None, "esi", known=False, refetches=MAX_REFETCHES, day=plan.day
    )
