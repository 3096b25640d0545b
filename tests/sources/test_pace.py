"""The rate at an upstream holds for all processes together, and so do its pauses, whichever process met them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from killmart.db.manners import Pause, shared_manners
from killmart.errors import UpstreamRefusedError
from killmart.load.drain import drain
from killmart.runtime import Runtime
from killmart.sources.transport.session import build_session
from killmart_demo.watch import Limits
from support.installation import FIRST, Installation, cursor, rows, run_sql, simulated, staged, status

LIMITS = Limits(r2z2_gap_seconds=0.0)


def ask(runtime: Runtime, times: int) -> None:
    """Ask R2Z2 as another stage would: in a session of its own."""
    manners = shared_manners(runtime.engine, "r2z2", runtime.settings.r2z2_rate, patience=15)
    with build_session("r2z2", runtime.url("r2z2"), manners=manners) as session:
        for _ in range(times):
            session.get(f"{runtime.url('r2z2')}/ephemeral/sequence.json")


def test_two_workers_and_a_drain_keep_one_rate_together(installation: Installation) -> None:
    with simulated(kills=15, limits=LIMITS) as simulator:
        options = {"feed": "r2z2", "r2z2_start": FIRST, "r2z2_rate": 10}
        workers = [installation.runtime(simulator.url, **options) for _ in range(3)]
        with ThreadPoolExecutor(2) as pool:
            asked = [pool.submit(ask, worker, 12) for worker in workers[:2]]
            assert drain(workers[2]).new == 15
            for one in asked:
                one.result()
        state = status(simulator)
        assert (state["breaches"], state["requests_per_second_max"]["r2z2"] <= 12) == ([], True)


def test_runs_that_follow_each_other_at_once_keep_the_rate(installation: Installation) -> None:
    with simulated(kills=2, limits=Limits()) as simulator:  # which allows 2 a second
        runtime = installation.runtime(simulator.url, redisq_rate=1, redisq_ttw=1)
        for _ in range(4):
            drain(runtime, seconds=0)  # one step each: a pop, or the object
        assert staged(runtime) == set(simulator.state.feed.ids)
        assert (simulator.state.counts.total(), status(simulator)["breaches"]) == (4, [])


def test_a_pause_that_somebody_else_was_told_of_ends_the_run_before_the_next_request(
    installation: Installation,
) -> None:
    with simulated(kills=5) as simulator:
        runtime = installation.runtime(simulator.url, feed="r2z2", r2z2_start=FIRST)
        paused = Pause(runtime.engine, "r2z2", patience=15)
        answer = requests.Response()
        answer.status_code = 200
        assert paused(lambda: answer) is answer
        run_sql(
            runtime, "INSERT INTO ops.pauses (service, until, reason) VALUES ('r2z2', now() + interval '9 m', '403')"
        )
        with pytest.raises(UpstreamRefusedError, match=r"r2z2 asked us to stay away; it is asked again in 540 s"):
            paused(lambda: pytest.fail("sent during a pause"))
        assert drain(runtime).refs == 0
        run_sql(runtime, "UPDATE ops.pauses SET until = now() + interval '0.3 s'")
        assert paused(lambda: answer) is answer
        found = rows(runtime, "SELECT until < now() AS is_over, refusals FROM ops.pauses")
        assert [tuple(row) for row in found] == [(True, 0)]  # a short one was waited out, and forgotten by an answer
        assert simulator.state.counts.total() == 0


def test_a_clock_that_was_set_back_makes_nobody_wait(installation: Installation) -> None:
    with simulated(kills=3) as simulator:
        runtime = installation.runtime(simulator.url, feed="r2z2", r2z2_start=FIRST)
        run_sql(runtime, "INSERT INTO ops.paces VALUES ('r2z2', now() + interval '1 day')")
        assert drain(runtime).new == 3
        assert cursor(runtime, "r2z2").position == str(FIRST + 3)
