"""RedisQ read over real HTTP: nothing that was popped is lost, by one reader at a time, under one name."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import parse_qs

import pytest

from killmart.db.staging import find_cursor
from killmart.errors import UpstreamError
from killmart.load.drain import drain, open_feed
from killmart.load.fetch import fetch
from killmart.model.ref import FeedStep
from killmart.runtime import Runtime
from killmart_demo.app import Running
from killmart_demo.watch import Limits
from support.installation import (
    Installation,
    cursor,
    rows,
    run_sql,
    set_faults,
    simulated,
    staged,
    status,
)
from support.scripted import Answer, Handler, Request, scripted

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

        first = next_step(runtime)
        assert [ref.killmail_id for ref in first.refs] == [killmail_id]
        drained = drain(runtime)
        assert (drained.refs, drained.new, drained.is_dry) == (5, 5, True)
        assert cursor(runtime, "redisq").position is None
        assert staged(runtime) == set(simulator.state.feed.ids)
        assert queue_of(simulator)["never_fetched"] == {}
        assert status(simulator)["breaches"] == []


def next_step(runtime: Runtime) -> FeedStep:
    """The first step that the next drain will take, read without storing it."""
    session, feed = open_feed(runtime)
    with closing(session), runtime.engine.connect() as connection:
        return next(iter(feed.steps(find_cursor(connection, "redisq"))))


def test_the_null_package_ends_the_drain(installation: Installation) -> None:
    with simulated(kills=3) as simulator:
        drained = drain(installation.runtime(simulator.url))
        assert (drained.refs, drained.is_dry) == (3, True)
        assert status(simulator)["requests"]["redisq"] == {"/listen.php 302": 4, "/object.php 200": 3}


def test_filter_waiting_time_and_queue_id_are_passed(installation: Installation) -> None:
    with scripted(lambda *_: (302, b"", {"Location": "/object.php?objectID=null"})) as upstream:
        runtime = installation.runtime(upstream.url, redisq=upstream.url, redisq_filter="npc=true", redisq_ttw=7)
        assert drain(runtime).is_dry
        [request] = upstream.requests
        queue_id = cursor(runtime, "redisq").client_id
        assert parse_qs(request.query) == {"queueID": [queue_id], "ttw": ["7"], "filter": ["npc=true"]}


def test_a_filter_takes_only_what_it_says(installation: Installation) -> None:
    with simulated(kills=60, embed=True) as simulator:
        everything = [simulator.state.feed.kill(one) for one in simulator.state.feed.ids]
        system = json.loads(everything[0].body)["solar_system_id"]
        runtime = installation.runtime(simulator.url, redisq_filter=f"solar_system_id={system}")
        drain(runtime)
        wanted = {kill.killmail_id for kill in everything if json.loads(kill.body)["solar_system_id"] == system}
        assert staged(runtime) == wanted
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
        assert installation.run("drain(runtime)", simulator.url)[0] == 0
        assert list(status(simulator)["queues"]) == [cursor(runtime, "redisq").client_id]


def test_the_rate_is_kept_by_listen_and_object_together(installation: Installation) -> None:
    with simulated(kills=15, limits=Limits(redisq_per_second=15)) as simulator:
        drain(installation.runtime(simulator.url, redisq_rate=15))
        assert status(simulator)["breaches"] == []
        assert status(simulator)["requests_per_second_max"]["redisq"] >= 4  # and it is used, however slow the machine


def test_old_packages_with_bodies_need_no_esi(installation: Installation) -> None:
    with simulated(kills=10, embed=True) as simulator:
        runtime = installation.runtime(simulator.url)
        assert drain(runtime).with_body == 10
        assert fetch(runtime).waiting == 0
        assert "esi" not in status(simulator)["requests"]
        bodies = {row.killmail_id: bytes(row.body) for row in rows(runtime, "SELECT * FROM staging.killmails")}
        assert bodies == {one: simulator.state.feed.kill(one).body for one in simulator.state.feed.ids}


def test_an_object_that_expired_is_in_quarantine_by_name(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.sources.redisq._TRIES", 2)
    with simulated(kills=0) as simulator:
        runtime = installation.runtime(simulator.url)
        run_sql(runtime, "INSERT INTO staging.feed_cursors (feed, position) VALUES ('redisq', 'feedbeef')")
        drained = drain(runtime)
        assert (drained.unreadable, drained.is_dry) == (1, True)
        [row] = rows(runtime, "SELECT * FROM quality.quarantine")
        assert (row.reason, "feedbeef was popped, but has expired" in row.detail) == ("unreadable_package", True)


def test_a_package_that_comes_broken_is_read_again(installation: Installation) -> None:
    faults = ("truncated", "html", "no_zkb", "_404", "redirect")
    with simulated(kills=20) as simulator:
        set_faults(simulator, **dict.fromkeys(faults, 0.07))
        runtime = installation.runtime(simulator.url)
        for _ in range(20):
            try:
                if drain(runtime).is_dry:
                    break
            except UpstreamError:  # too often in a row: the next run goes on there
                continue
        state = status(simulator)
        assert set(state["faults"]["redisq"]) == {fault.removeprefix("_") for fault in faults}
        assert staged(runtime) == set(simulator.state.feed.ids)
        assert rows(runtime, "SELECT * FROM quality.quarantine") == []
        assert state["breaches"] == []


def test_an_id_as_text_is_an_id(installation: Installation) -> None:
    with simulated(kills=3) as simulator:
        set_faults(simulator, string_id=1.0)
        runtime = installation.runtime(simulator.url)
        assert drain(runtime).new == 3
        assert staged(runtime) == set(simulator.state.feed.ids)


def test_an_object_that_says_nonsense_for_good_is_kept_in_quarantine_and_the_feed_goes_on(
    installation: Installation,
) -> None:
    nonsense = b'{"package":{"killID":"' + b"9" * 5000 + b'","zkb":{"hash":"a","totalValue":' + b"9" * 5000 + b"}}}"
    asked: list[str] = []

    def answer(request: Request, _: Handler) -> Answer:
        asked.append(request.path)
        if request.path == "/object.php":
            return 200, nonsense
        return 302, b"", {"Location": f"/object.php?objectID={'null' if asked.count('/listen.php') > 1 else 'one'}"}

    with scripted(answer) as upstream:
        runtime = installation.runtime(upstream.url, redisq=upstream.url)
        drained = drain(runtime)
        assert (drained.unreadable, drained.is_dry, asked.count("/object.php")) == (1, True, 5)
        [row] = rows(runtime, "SELECT * FROM quality.quarantine")
        assert bytes(row.body) == nonsense


def test_an_old_server_that_answers_without_a_redirect_loses_nothing(installation: Installation) -> None:
    killmail_hash = "0123456789abcdef0123456789abcdef01234567"
    packages = [{"killID": one, "killmail": {"killmail_id": one}, "zkb": {"hash": killmail_hash}} for one in (1, 2, 3)]
    told = iter([*packages, {"zkb": {}}, None])
    with scripted(lambda *_: (200, {"package": next(told)})) as upstream:
        runtime = installation.runtime(upstream.url, redisq=upstream.url)
        drained = drain(runtime)
        assert (drained.with_body, drained.unreadable, drained.is_dry) == (3, 1, True)
        assert staged(runtime) == {1, 2, 3}


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
    with simulated(kills=0) as simulator:
        runtime = installation.runtime(simulator.url)
        run_sql(runtime, "INSERT INTO staging.feed_cursors (feed, client_id) VALUES ('redisq', 'ours')")
        queue = simulator.state.queues.enter("ours")  # somebody else's call
        assert queue is not None
        with ThreadPoolExecutor(1) as pool:
            drained = pool.submit(drain, runtime)
            while not queue.refused:
                assert not drained.done()
                time.sleep(0.02)
            simulator.state.queues.leave(queue)
            assert drained.result().is_dry


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
