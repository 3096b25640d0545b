"""EVE's daily downtime, 15 minutes on a fake clock: everything that came before, during and after it arrives."""

from __future__ import annotations

import time
from typing import Any

import pytest

from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart_demo.faults import Faults
from support.installation import FIRST, NOW, Installation, killmails, run_sql, simulated, staged, status
from support.pipeline import load_past_gate

MINUTE = 60.0
UP, DOWN = (0, 1, 22, 24), (8, 12, 17)
"""Minutes at which the pipeline runs, outside and inside of the downtime; what the runs take passes as well."""


class Clock:
    """The simulator's clocks, which can be put forward."""

    passed = 0.0

    def now(self) -> float:
        return NOW + self.passed

    def monotonic(self) -> float:
        return time.monotonic() + self.passed


@pytest.mark.parametrize("feed", ["r2z2", "redisq"])
def test_a_downtime_of_15_minutes_loses_nothing(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, feed: str
) -> None:
    monkeypatch.setattr("killmart.sources.r2z2_files._ATTEMPTS", 1)
    monkeypatch.setattr("killmart.sources.retry.ATTEMPTS", 1)
    clock = Clock()
    options: dict[str, Any] = {"now": clock.now, "monotonic": clock.monotonic, "trickle": True}
    with simulated(kills=20, faults=Faults(downtime_from=5 * MINUTE), **options) as simulator:
        runtime = installation.runtime(
            simulator.url, feed=feed, r2z2_start=FIRST, redisq_ttw=1, retry_seconds=600, esi_rate=500
        )
        failed: list[int] = []
        waiting: list[int] = []
        seen: list[int] = []
        for minute in sorted(UP + DOWN):
            clock.passed = minute * MINUTE
            try:
                drain(runtime)
            except UpstreamError:
                failed.append(minute)
            seen.append(len(simulator.state.feed.ids))
            if minute > 5:  # what came before it waits for its body all through it
                run_sql(runtime, "UPDATE staging.killmails SET next_attempt_at = NULL")
                waiting.append(fetch(runtime).waiting)
        load_past_gate(runtime)
        assert failed == list(DOWN)
        assert 20 < seen[1] < seen[5] < seen[6]  # killmails came before, during (reported after it) and after it
        assert staged(runtime) == set(simulator.state.feed.ids)
        assert {row.state for row in killmails(runtime).values()} == {"promoted"}
        if feed == "redisq":  # which has no bodies
            assert waiting == [seen[1]] * 3 + [0, 0]
        state = status(simulator)
        assert (set(state["faults"][feed]), state["breaches"]) == ({"downtime"}, [])
