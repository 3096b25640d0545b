"""A drain as a stage: its time box, what it leaves behind when it fails, what it reports."""

from __future__ import annotations

import pytest

from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.runtime import Runtime
from killmart_demo.app import SimulatorConfig, running
from killmart_demo.faults import Faults
from killmart_demo.watch import Limits
from support.making import MakeRuntime
from support.pipeline import rows, states

HURRIED = Limits(redisq_per_second=10_000, r2z2_per_second=10_000, r2z2_gap_seconds=0.0)
FIRST = SimulatorConfig().r2z2_first


def metrics(runtime: Runtime) -> dict[str, float]:
    """The latest metrics of a drain."""
    query = "SELECT metric, value FROM ops.run_metrics WHERE stage = 'drain' ORDER BY at"
    return dict(rows(runtime, query))


@pytest.mark.parametrize("feed", ["redisq", "r2z2"])
def test_the_time_box_ends_a_drain_and_the_next_one_reads_on(make_runtime: MakeRuntime, feed: str) -> None:
    with running(SimulatorConfig(kills=6, limits=HURRIED)) as simulator:
        runtime = make_runtime(
            **{feed: f"{simulator.url}/{feed}"}, feed=feed, r2z2_start=FIRST, r2z2_rate=500, r2z2_pause=0.05
        )
        first = drain(runtime, seconds=0)
        assert (first.refs <= 1, first.is_dry) == (True, False)
        whole = drain(runtime, seconds=60)
        assert (whole.is_dry, first.refs + whole.refs) == (True, 6)
        assert set(states(runtime)) == set(simulator.state.feed.ids)
        assert metrics(runtime)["refs"] == whole.refs


def test_a_drain_that_fails_keeps_what_it_read_and_what_it_asked(make_runtime: MakeRuntime) -> None:
    with running(SimulatorConfig(kills=6, limits=HURRIED)) as simulator:
        runtime = make_runtime(
            r2z2=f"{simulator.url}/r2z2", feed="r2z2", r2z2_start=FIRST, r2z2_rate=500, r2z2_pause=0.05
        )
        drain(runtime, seconds=0)
        drain(runtime, seconds=0)
        simulator.state.plan.faults = Faults(rates={"403": 1.0})
        with pytest.raises(UpstreamError):
            drain(runtime)
        assert set(states(runtime)) == set(simulator.state.feed.ids[:1])
        asked = dict(rows(runtime, "SELECT status, requests FROM ops.request_stats"))
        assert asked[403] == 1
        assert metrics(runtime)["refs"] == 0


def test_what_rides_again_is_named_but_not_new(make_runtime: MakeRuntime) -> None:
    faults = Faults(rates={"duplicate": 0.4, "out_of_order": 0.4})
    with running(SimulatorConfig(kills=30, limits=HURRIED, faults=faults)) as simulator:
        runtime = make_runtime(redisq=f"{simulator.url}/redisq")
        drained = drain(runtime)
        assert drained.refs > drained.new == 30
        assert set(states(runtime)) == set(simulator.state.feed.ids)
