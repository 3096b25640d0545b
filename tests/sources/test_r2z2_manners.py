"""R2Z2's wishes: its rate, its rest after a 404, its bans and its pauses, kept by all processes of an installation."""

from __future__ import annotations

import time
from typing import Any

import pytest

from killmart.errors import UpstreamRefusedError
from killmart.load.drain import drain
from killmart_demo.watch import Limits
from support.installation import FIRST, Installation, cursor, rows, run_sql, set_faults, simulated, staged, status

PAUSE = 0.6
RESTFUL = Limits(r2z2_per_second=10_000, r2z2_gap_seconds=PAUSE)
OPTIONS: dict[str, Any] = {"feed": "r2z2", "r2z2_start": FIRST, "r2z2_pause": PAUSE}
KILL_AFTER_SECOND_404 = """
from killmart.sources.r2z2_files import R2Z2Files
find, misses = R2Z2Files.find, []
def find_or_die(self, number, **options):
    if len(misses) > 1:
        os.kill(os.getpid(), signal.SIGKILL)
    found = find(self, number, **options)
    misses.extend([number] * (found is None))
    return found
R2Z2Files.find = find_or_die
drain(runtime)
"""


def test_a_number_that_was_not_found_is_left_alone_across_runs_and_processes(installation: Installation) -> None:
    with simulated(kills=25, limits=RESTFUL, r2z2_holes=frozenset({FIRST + 3})) as simulator:
        assert installation.run(KILL_AFTER_SECOND_404, simulator.url, **OPTIONS)[0] == -9
        runtime = installation.runtime(simulator.url, **OPTIONS)
        missed = [time.time() - time.monotonic() + one.at for one in simulator.state.requests if one.status == 404]
        last_404_at = cursor(runtime, "r2z2").last_404_at.timestamp()
        assert (len(missed), last_404_at >= missed[-1]) == (2, True)  # the crash has hidden none of them

        for _ in range(2):
            assert drain(runtime).is_dry
        assert staged(runtime) == {*simulator.state.feed.ids} - {simulator.state.feed.ids[3]}
        state = status(simulator)
        assert (state["breaches"], state["r2z2_gap_min"] >= PAUSE) == ([], True)


def test_a_clock_that_was_set_back_makes_nobody_wait_for_a_day(installation: Installation) -> None:
    with simulated(kills=3, limits=RESTFUL) as simulator:
        runtime = installation.runtime(simulator.url, **OPTIONS)
        run_sql(
            runtime,
            "INSERT INTO staging.feed_cursors (feed, position, last_404_at)"
            " VALUES ('r2z2', :at, now() + interval '1 day')",
            at=str(FIRST),
        )
        assert drain(runtime).new == 3


def test_a_ban_stops_the_run_and_every_process_until_it_is_over(installation: Installation) -> None:
    with simulated(kills=5) as simulator:
        set_faults(simulator, _403=1.0)
        runtime = installation.runtime(simulator.url, **OPTIONS)
        with pytest.raises(UpstreamRefusedError, match=r"has banned this address \(403\)\. Nothing is asked of it for"):
            drain(runtime)
        set_faults(simulator)
        code, said = installation.run("print('read', drain(runtime).refs)", simulator.url, **OPTIONS)
        assert (code, "read 0" in said, "asked us to stay away" in said) == (0, True, True)
        state = status(simulator)
        assert (state["requests"]["r2z2"], state["breaches"]) == ({"/ephemeral/{name}.json 403": 1}, [])
        [pause] = rows(runtime, "SELECT extract(epoch FROM until - set_at) AS seconds FROM ops.pauses")
        assert pause.seconds == pytest.approx(3600, abs=5)
        run_sql(runtime, "UPDATE ops.pauses SET until = now()")
        assert drain(runtime).new == 5


def test_too_many_requests_are_waited_out(installation: Installation) -> None:
    with simulated(kills=8) as simulator:
        set_faults(simulator, _429=0.15, retry_after_seconds=1)
        runtime = installation.runtime(simulator.url, **OPTIONS)
        assert drain(runtime).new == 8
        state = status(simulator)
        assert (state["faults"]["r2z2"]["429"] > 0, state["breaches"]) == (True, [])


def test_a_long_pause_outlives_the_process(installation: Installation) -> None:
    with simulated(kills=12) as simulator:
        set_faults(simulator, _429=1.0, retry_after_seconds=120)
        runtime = installation.runtime(simulator.url, **OPTIONS)
        with pytest.raises(UpstreamRefusedError, match=r"wants 120 s of quiet \(429\)"):
            drain(runtime)
        set_faults(simulator)
        assert drain(runtime).refs == 0
        assert (cursor(runtime, "r2z2").position, status(simulator)["breaches"]) == (str(FIRST), [])


def test_ten_requests_a_second_stay_below_the_limit(installation: Installation) -> None:
    with simulated(kills=30, limits=Limits(r2z2_gap_seconds=PAUSE)) as simulator:
        runtime = installation.runtime(simulator.url, **OPTIONS | {"r2z2_rate": 10})
        assert drain(runtime).new == 30
        state = status(simulator)
        assert (state["breaches"], 9 <= state["requests_per_second_max"]["r2z2"] <= 12) == ([], True)
