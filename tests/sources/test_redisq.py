"""RedisQ read over real HTTP: nothing that was popped is lost, by one reader at a time, under one name."""

from __future__ import annotations

import time

import pytest
from killmart.errors import UpstreamError
from killmart.simulate.app import Running
from killmart.simulate.watch import Limits
from killmart.stages.drain import drain
from killmart.stages.fetch import fetch

from sources.installation import (
    HURRIED,
    Installation,
    cursor,
    rows,
    run_sql,
    set_faults,
    simulated,
    staged,
    status,
)

KILL_AFTER_POP = """
from killmart.sources.redisq import RedisQ
RedisQ._open = lambda self, object_id: os.kill(os.getpid(), signal.SIGKILL)
drain(runtime)
"""


def queue_of(simulator: Running) -> dict[str, object]:
    """The counters of the one queueID that there is."""
    [counters] = status(simulator)["queues"].values()
    return dict(counters)


def test_a_crash_between_pop_and_object_loses_nothing_and_the_next_drain_opens_it_first(
    installation: Installation,
) -> None:
    with simulated(kills=5) as simulator:
        code, _ = installation.run(KILL_AFTER_POP, simulator.url)
        assert code == -9
        runtime = installation.runtime(simulator.url)
        [(object_id, killmail_id)] = queue_of(simulator)["never_fetched"].items()  # type: ignore[attr-defined]
        assert cursor(runtime, "redisq").position == object_id
        assert staged(runtime) == set()

        first = next(iter_steps(runtime))
        assert [ref.killmail_id for ref in first.refs] == [killmail_id]
        drained = drain(runtime)
        assert (drained.refs, drained.new, drained.is_dry) == (5, 5, True)
        assert cursor(runtime, "redisq").position is None
        assert staged(runtime) == set(simulator.state.feed.ids)
        assert queue_of(simulator)["never_fetched"] == {}
        assert status(simulator)["breaches"] == []


def iter_steps(runtime):  # type: ignore[no-untyped-def]
    """The steps that the next drain will take, read without storing any."""
    from killmart.stages.drain import _cursor, open_feed

    session, feed = open_feed(runtime)
    with runtime.engine.begin() as connection:
        at = _cursor(connection, "redisq")
    try:
        yield from feed.steps(at)
    finally:
        session.close()


def test_the_null_package_ends_the_drain_and_needs_one_poll(installation: Installation) -> None:
    with simulated(kills=3) as simulator:
        runtime = installation.runtime(simulator.url)
        assert drain(runtime).refs == 3
        again = drain(runtime)
        assert (again.refs, again.is_dry) == (0, True)
        assert status(simulator)["requests"]["redisq"] == {"/listen.php 302": 5, "/object.php 200": 3}


def test_filter_and_waiting_time_are_passed(installation: Installation) -> None:
    with simulated(kills=60, embed=True) as simulator:
        everything = [simulator.state.feed.kill(one) for one in simulator.state.feed.ids]
        system = everything[0].body.split(b'"solar_system_id":')[1].split(b",")[0].strip(b"} ").decode()
        runtime = installation.runtime(simulator.url, redisq_filter=f"solar_system_id={system}", redisq_ttw=2)
        started = time.monotonic()
        drained = drain(runtime)
        assert time.monotonic() - started > 1.9  # the empty poll was held open that long
        wanted = {kill.killmail_id for kill in everything if f'"solar_system_id":{system}'.encode() in kill.body}
        assert staged(runtime) == wanted
        assert drained.with_body == len(wanted)
        assert queue_of(simulator)["filtered"] == 60 - len(wanted)


def test_a_filter_that_is_not_understood_is_named(installation: Installation) -> None:
    with (
        simulated() as simulator,
        pytest.raises(UpstreamError, match=r"\(400\): look at KILLMART_REDISQ_FILTER"),
    ):
        drain(installation.runtime(simulator.url, redisq_filter="nonsense rule"))


def test_the_queue_id_is_made_once_and_kept_by_every_process(installation: Installation) -> None:
    with simulated(kills=2) as simulator:
        runtime = installation.runtime(simulator.url)
        drain(runtime)
        drain(installation.runtime(simulator.url))
        assert installation.run("drain(runtime)", simulator.url)[0] == 0
        assert list(status(simulator)["queues"]) == [cursor(runtime, "redisq").client_id]


def test_two_drains_at_once_are_one_reader(installation: Installation) -> None:
    with simulated(kills=40) as simulator:
        others = [installation.start("print(drain(runtime).refs)", simulator.url, redisq_rate=40) for _ in range(2)]
        counts = [int(process.communicate(timeout=60)[0]) for process in others]
        assert sum(counts) == 40
        assert status(simulator)["in_flight_max"]["redisq"] == 1
        assert status(simulator)["breaches"] == []
        assert staged(installation.runtime(simulator.url)) == set(simulator.state.feed.ids)


def test_a_second_drain_leaves_it_to_the_first(installation: Installation) -> None:
    from killmart.db.locks import exclusive

    with simulated() as simulator:
        runtime = installation.runtime(simulator.url)
        with exclusive(runtime.engine, "drain redisq", wait=False):
            assert drain(runtime).refs == 0
        assert status(simulator)["requests"] == {}


@pytest.mark.parametrize("rate", [2, 20])
def test_the_rate_is_kept_by_listen_and_object_together(installation: Installation, rate: int) -> None:
    with simulated(kills=2 * rate, limits=Limits(redisq_per_second=rate)) as simulator:
        drain(installation.runtime(simulator.url, redisq_rate=rate))
        assert status(simulator)["breaches"] == []
        assert status(simulator)["requests_per_second_max"]["redisq"] == rate  # and it is used


def test_old_packages_with_bodies_need_no_esi(installation: Installation) -> None:
    with simulated(kills=10, embed=True) as simulator:
        runtime = installation.runtime(simulator.url)
        assert drain(runtime).with_body == 10
        assert fetch(runtime).waiting == 0
        assert "esi" not in status(simulator)["requests"]
        bodies = {row.killmail_id: bytes(row.body) for row in rows(runtime, "SELECT * FROM staging.killmails")}
        assert bodies == {one: simulator.state.feed.kill(one).body for one in simulator.state.feed.ids}


def test_an_object_that_expired_is_in_quarantine_by_name(installation: Installation) -> None:
    with simulated(kills=3) as simulator:
        runtime = installation.runtime(simulator.url)
        drain(runtime)
        run_sql(runtime, "UPDATE staging.feed_cursors SET position = 'feedbeef' WHERE feed = 'redisq'")
        drained = drain(runtime)
        assert (drained.unreadable, drained.is_dry) == (1, True)
        [row] = rows(runtime, "SELECT * FROM quality.quarantine")
        assert (row.reason, "feedbeef was popped, but has expired" in row.detail) == ("unreadable_package", True)


@pytest.mark.parametrize("fault", ["truncated", "html", "no_zkb", "_404", "redirect", "redirect_loop", "_503", "reset"])
def test_a_package_that_comes_broken_is_read_again(installation: Installation, fault: str) -> None:
    with simulated(kills=15) as simulator:
        set_faults(simulator, **{fault: 0.25})
        runtime = installation.runtime(simulator.url)
        for _ in range(20):
            try:
                if drain(runtime).is_dry:
                    break
            except UpstreamError:  # three times in a row: the next run goes on there
                continue
        state = status(simulator)
        assert state["faults"]["redisq"][fault.removeprefix("_")] > 0
        assert staged(runtime) == set(simulator.state.feed.ids)
        assert rows(runtime, "SELECT * FROM quality.quarantine") == []
        assert state["breaches"] == []


def test_an_id_as_text_is_an_id(installation: Installation) -> None:
    with simulated(kills=5) as simulator:
        set_faults(simulator, string_id=1.0)
        runtime = installation.runtime(simulator.url)
        assert drain(runtime).new == 5
        assert staged(runtime) == set(simulator.state.feed.ids)


def test_shutdown_is_explained_in_a_sentence(installation: Installation) -> None:
    with simulated() as simulator:
        set_faults(simulator, _403=1.0)
        runtime = installation.runtime(simulator.url)
        with pytest.raises(UpstreamError) as refused:
            drain(runtime)
        assert "was shut down in 2026; use R2Z2 (KILLMART_FEED=r2z2) or another host" in str(refused.value)
        assert "What is staged stays" in str(refused.value)
        assert status(simulator)["requests"]["redisq"] == {"/listen.php 403": 1}


def test_another_request_in_flight_is_waited_for(installation: Installation) -> None:
    with simulated(kills=0, limits=HURRIED) as simulator:
        runtime = installation.runtime(simulator.url)
        drain(runtime)  # so that the queueID is known
        queue_id = cursor(runtime, "redisq").client_id
        queue = simulator.state.queues.enter(queue_id)  # somebody else's call
        assert queue is not None
        process = installation.start("print(drain(runtime).is_dry)", simulator.url)
        while not queue.refused:
            assert process.poll() is None
            time.sleep(0.02)
        simulator.state.queues.leave(queue)
        assert process.communicate(timeout=60)[0].strip() == "True"


def test_a_long_pause_that_is_asked_for_outlives_the_process(installation: Installation) -> None:
    with simulated() as simulator:
        set_faults(simulator, _429=1.0, retry_after_seconds=40)
        runtime = installation.runtime(simulator.url)
        with pytest.raises(UpstreamError, match=r"wants 40 s of quiet \(429\)"):
            drain(runtime)
        set_faults(simulator)
        code, said = installation.run("print(drain(runtime).refs)", simulator.url)
        assert (code, said.split()[0]) == (0, "0")
        assert status(simulator)["requests"]["redisq"] == {"/listen.php 429": 1}
        assert status(simulator)["breaches"] == []
