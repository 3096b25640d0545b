"""A fetch as a stage: workers side by side, killed ones, gone killmails, the time box."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from sqlalchemy import text

from killmart.db import staging
from killmart.load.fetch import RECHECKS, fetch
from killmart.model.ref import Ref
from killmart.runtime import Runtime
from killmart_demo.app import Running, SimulatorConfig, running
from support.making import MakeRuntime
from support.pipeline import rows, run, states


def wait_for_bodies(runtime: Runtime, simulator: Running) -> None:
    """Put all that the simulator has into staging, without bodies."""
    refs = [Ref(one, simulator.state.feed.kill(one).killmail_hash) for one in simulator.state.feed.ids]
    with runtime.engine.begin() as connection:
        staging.stage(connection, "redisq", refs)


def test_two_workers_share_the_rows_and_ask_for_none_twice(make_runtime: MakeRuntime) -> None:
    with running(SimulatorConfig(kills=200)) as simulator:
        workers = [make_runtime(esi=f"{simulator.url}/esi") for _ in range(2)]
        wait_for_bodies(workers[0], simulator)
        with ThreadPoolExecutor(2) as pool:
            reports = list(pool.map(fetch, workers))
        assert sum(report.fetched for report in reports) == 200
        assert set(simulator.state.esi_fetches.values()) == {1}
        assert set(states(workers[0]).values()) == {"fetched"}


def test_rows_of_a_worker_that_died_are_free_at_once(make_runtime: MakeRuntime) -> None:
    with running(SimulatorConfig(kills=10)) as simulator:
        runtime = make_runtime(esi=f"{simulator.url}/esi")
        wait_for_bodies(runtime, simulator)
        with closing(runtime.engine.raw_connection()) as worker:
            worker.cursor().execute("SELECT 1 FROM staging.killmails FOR UPDATE")  # it has them all
            assert fetch(runtime).outcomes == {}
            with runtime.engine.connect() as admin:  # its process dies
                query = "SELECT pg_terminate_backend(:pid)"
                admin.execute(text(query), {"pid": worker.dbapi_connection.get_backend_pid()})
        assert fetch(runtime).fetched == 10


def test_progress_and_time_box(make_runtime: MakeRuntime) -> None:
    with running(SimulatorConfig(kills=100)) as simulator:
        runtime = make_runtime(esi=f"{simulator.url}/esi")
        wait_for_bodies(runtime, simulator)
        assert fetch(runtime, seconds=0).outcomes == {}
        told: list[tuple[int, int]] = []
        report = fetch(runtime, progress=lambda done, due: told.append((done, due)))
        assert told == [(48, 52), (96, 4), (100, 0)]
        assert (report.fetched, report.waiting) == (100, 0)


def test_gone_is_asked_again_after_a_day_and_a_week_and_then_stays(make_runtime: MakeRuntime) -> None:
    with running(SimulatorConfig(kills=5)) as simulator:
        gone = simulator.state.feed.ids[0]
        object.__setattr__(simulator.state.config, "esi_gone", frozenset({gone}))
        runtime = make_runtime(esi=f"{simulator.url}/esi")
        wait_for_bodies(runtime, simulator)
        waits = []
        for _ in range(4):
            fetch(runtime)
            query = (
                "SELECT extract(epoch FROM next_attempt_at - now())::float FROM staging.killmails WHERE state = 'gone'"
            )
            [(wait,)] = rows(runtime, query)
            waits.append(None if wait is None else round(wait / 3600))
            run(runtime, "UPDATE staging.killmails SET next_attempt_at = now() WHERE next_attempt_at IS NOT NULL")
        assert waits == [*(seconds / 3600 for seconds in RECHECKS), None, None]
        asked = {key[2]: count for key, count in simulator.state.counts.items() if key[0] == "esi"}
        assert asked == {200: 4, 404: 1 + len(RECHECKS)}

        object.__setattr__(simulator.state.config, "esi_gone", frozenset())
        run(runtime, "UPDATE staging.killmails SET next_attempt_at = now() WHERE state = 'gone'")
        assert fetch(runtime).fetched == 1  # it was there after all
        assert set(states(runtime).values()) == {"fetched"}
