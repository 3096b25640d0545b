"""Quiet means quiet: a pause is a second at least, grows while refusals go on, and no clock makes it endless."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from killmart.db.budget import find_pause, note_answer, pause_service, seconds_paused
from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.runtime import Runtime
from killmart.sources.everef import EveRef
from killmart.sources.history import History
from killmart.sources.transport.session import build_session
from support.installation import (
    FIRST,
    Installation,
    cursor,
    hashes_of,
    killmails,
    rows,
    run_sql,
    simulated,
    stage_refs,
    staged,
)
from support.scripted import Answer, Handler, Request, scripted

HASH = "ab" * 20


def left(runtime: Runtime, service: str) -> float:
    with runtime.engine.connect() as connection:
        return seconds_paused(connection, service)


def refuse(runtime: Runtime, seconds: float, *, after: bool = True) -> float:
    """Seconds that a pause of `seconds` takes, `after` the one before is over."""
    with runtime.engine.begin() as connection:
        if after:
            connection.exec_driver_sql("UPDATE ops.pauses SET until = now() - interval '1 s'")
        return pause_service(connection, "esi", seconds, "429")


# --- a pause in the warehouse -------------------------------------------------------------------------------------


def test_a_pause_is_a_second_at_least_and_doubles_while_refusals_go_on(installation: Installation) -> None:
    runtime = installation.runtime("http://127.0.0.1:9")
    grown = [refuse(runtime, 0.0) for _ in range(14)]
    assert grown == pytest.approx([min(2.0**number, 3600) for number in range(14)], abs=0.1)
    run_sql(runtime, "UPDATE ops.pauses SET until = now() - interval '1 s'")
    with runtime.engine.begin() as connection:
        note_answer(connection, "esi")
        assert find_pause(connection, "esi") == (0.0, 0)
    assert refuse(runtime, 0.0) == pytest.approx(1.0, abs=0.1)


def test_what_was_in_flight_is_one_refusal(installation: Installation) -> None:
    runtime = installation.runtime("http://127.0.0.1:9")
    refuse(runtime, 20.0)
    for _ in range(10):
        assert refuse(runtime, 1.0, after=False) == pytest.approx(20, abs=5)
    with runtime.engine.begin() as connection:
        note_answer(connection, "esi")  # which was in flight, too
        assert find_pause(connection, "esi").refusals == 1
    assert refuse(runtime, 30.0, after=False) == pytest.approx(30, abs=5)


def test_what_is_asked_for_is_what_is_kept_up_to_an_hour(installation: Installation) -> None:
    runtime = installation.runtime("http://127.0.0.1:9")
    assert [refuse(runtime, seconds) for seconds in (3.0, 60.0, 1e10)] == pytest.approx([3, 60, 3600], abs=0.1)


# --- clocks that were set back ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", ["1 day", "1 year", "infinity"])
def test_a_pause_by_a_clock_that_was_set_back_silences_no_feed(installation: Installation, ahead: str) -> None:
    with simulated(kills=3) as simulator:
        runtime = installation.runtime(simulator.url, feed="r2z2", r2z2_start=FIRST)
        until = "'infinity'" if ahead == "infinity" else f"now() + interval '{ahead}'"
        for service in ("r2z2", "esi"):
            run_sql(runtime, f"INSERT INTO ops.pauses VALUES ('{service}', {until}, '429')")
            assert left(runtime, service) == 0
        assert drain(runtime).new == 3
        stage_refs(runtime, {7: HASH})
        fetch(runtime, seconds=5)
        assert killmails(runtime)[7].attempts > 0
        with runtime.engine.begin() as connection:  # and a new pause takes the place of it
            assert pause_service(connection, "r2z2", 5, "429") == pytest.approx(5, abs=4)


def test_a_pause_that_a_small_step_of_the_clock_made_longer_is_kept(installation: Installation) -> None:
    runtime = installation.runtime("http://127.0.0.1:9")
    run_sql(runtime, "INSERT INTO ops.pauses VALUES ('esi', now() + interval '3700 s', '403')")
    assert left(runtime, "esi") == 3600


@pytest.mark.parametrize("ahead", ["1 day", "1 year"])
def test_a_body_is_asked_for_though_a_clock_was_set_back(installation: Installation, ahead: str) -> None:
    with simulated(kills=5) as simulator:
        runtime = installation.runtime(simulator.url)
        stage_refs(runtime, hashes_of(simulator))
        run_sql(runtime, f"UPDATE staging.killmails SET attempts = 1, next_attempt_at = now() + interval '1 h {ahead}'")
        assert fetch(runtime).fetched == 5
        assert {row.state for row in killmails(runtime).values()} == {"fetched"}


def test_bodies_wait_as_long_as_their_kind_may(installation: Installation) -> None:
    with simulated(kills=6) as simulator:
        runtime = installation.runtime(simulator.url)
        refs = hashes_of(simulator)
        stage_refs(runtime, refs)
        waits = [
            ("pending", 1, "1 h"),
            ("pending", 0, "7 days"),  # of an old database: its archive comes first
            ("pending", 0, "1 year"),
            ("gone", 2, "7 days"),
            ("gone", 2, "1 year"),
            ("gone", 2, None),
        ]
        for killmail_id, (state, attempts, ahead) in zip(sorted(refs), waits, strict=True):
            run_sql(
                runtime,
                "UPDATE staging.killmails SET state = :state, attempts = :attempts,"
                " next_attempt_at = now() + cast(:ahead AS interval) WHERE killmail_id = :id",
                state=state,
                attempts=attempts,
                ahead=ahead,
                id=killmail_id,
            )
        fetch(runtime)
        ids = sorted(refs)
        got = {row.killmail_id for row in killmails(runtime).values() if row.state == "fetched"}
        assert got == {ids[2], ids[4]}


def test_a_404_by_a_clock_that_was_set_back_holds_the_feed_no_longer_than_its_pause(
    installation: Installation,
) -> None:
    with simulated(kills=3) as simulator:
        runtime = installation.runtime(simulator.url, feed="r2z2", r2z2_start=FIRST)
        run_sql(
            runtime,
            "INSERT INTO staging.feed_cursors (feed, position, last_404_at) VALUES ('r2z2', :first, now() + '1 year')",
            first=str(FIRST),
        )
        assert drain(runtime).new == 3
        assert cursor(runtime, "r2z2").position == str(FIRST + 3)


# --- upstreams that refuse ----------------------------------------------------------------------------------------


def refusing(status: int, headers: dict[str, str]) -> Callable[[Request, Handler], Answer]:
    return lambda request, _: (status, {"error": "quiet"}, headers)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "0"}, 1),
        (429, {"Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT"}, 1),
        (420, {"X-ESI-Error-Limit-Reset": "3"}, 3),
        (429, {"Retry-After": "9999999999"}, 3600),
        (420, {"X-ESI-Error-Limit-Reset": "9999999999"}, 3600),
    ],
)
def test_esi_is_left_alone_for_what_it_asks(
    installation: Installation, status: int, headers: dict[str, str], seconds: float
) -> None:
    with scripted(refusing(status, headers)) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, esi_concurrency=1)
        stage_refs(runtime, {1: HASH})
        started = time.monotonic()
        fetch(runtime, seconds=0.9)
        passed = time.monotonic() - started
        assert len(esi.requests) == 1
        [pause] = rows(runtime, "SELECT extract(EPOCH FROM until - set_at)::float AS seconds FROM ops.pauses")
        assert pause.seconds == pytest.approx(seconds, abs=0.5)
        assert left(runtime, "esi") >= seconds - passed - 0.5


def test_esi_that_goes_on_refusing_is_asked_ever_more_seldom(installation: Installation) -> None:
    with scripted(refusing(429, {"Retry-After": "0"})) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, esi_concurrency=8)
        stage_refs(runtime, dict.fromkeys(range(1, 60), HASH))
        fetch(runtime, seconds=8)
        assert len(esi.requests) <= 8 * 4  # after 0, 1, 3 and 7 s, as many as are in flight at once
        assert {row.state for row in killmails(runtime).values()} == {"pending"}
        [pause] = rows(runtime, "SELECT refusals FROM ops.pauses")
        assert pause.refusals >= 2


def test_an_answer_in_between_makes_the_next_pause_a_short_one(installation: Installation) -> None:
    asked = 0

    def answer(request: Request, _: Handler) -> Answer:
        nonlocal asked
        asked += 1
        killmail_id = int(request.path.split("/")[-2])
        return (429, {}, {"Retry-After": "0"}) if asked % 2 else (200, {"killmail_id": killmail_id})

    with scripted(answer) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, esi_concurrency=1)
        stage_refs(runtime, dict.fromkeys(range(1, 4), HASH))
        assert fetch(runtime).fetched == 3
        [pause] = rows(runtime, "SELECT refusals FROM ops.pauses")
        assert pause.refusals <= 1


@pytest.mark.parametrize("feed", ["redisq", "r2z2"])
def test_a_feed_that_goes_on_refusing_is_asked_ever_more_seldom(
    installation: Installation, feed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(refusing(429, {"Retry-After": "0"})) as upstream:
        runtime = installation.runtime(upstream.url, feed=feed, r2z2_start=FIRST, **{feed: upstream.url})
        slept: list[float] = []
        monkeypatch.setattr(time, "sleep", slept.append)
        pauses = []
        for _ in range(8):
            run_sql(runtime, "UPDATE ops.pauses SET until = now() - interval '1 s'")
            with suppress(UpstreamError):
                drain(runtime)
            pauses.append(left(runtime, feed))
        assert len(upstream.requests) == 8 * 5
        assert [seconds for seconds in slept[:20] if seconds >= 1][:4] == [1, 2, 4, 8]
        assert pauses[:2] == pytest.approx([16, 16], abs=8)
        assert pauses[-1] == pytest.approx(128, abs=20)
        asked = len(upstream.requests)
        assert drain(runtime).refs == 0
        assert len(upstream.requests) == asked
        assert staged(runtime) == set()


def test_the_sources_of_days_wait_ever_longer_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("killmart.sources.days.time.sleep", slept.append)
    with scripted(refusing(429, {"Retry-After": "0"})) as upstream:
        session = build_session("r2z2", upstream.url, per_second=1000)
        with pytest.raises(UpstreamError, match="answered 429"):
            History(session, upstream.url).totals()
        with pytest.raises(UpstreamError, match="answered 429"):
            EveRef(session, upstream.url, tmp_path).totals()
        session.close()
    assert [seconds for seconds in slept if seconds >= 1] == 2 * [1, 2, 4, 8]


def test_a_refusal_is_told(installation: Installation, caplog: pytest.LogCaptureFixture) -> None:
    with scripted(refusing(429, {"Retry-After": "0"})) as esi, caplog.at_level(logging.WARNING):
        runtime = installation.runtime(esi.url, esi=esi.url, esi_concurrency=1)
        stage_refs(runtime, {1: HASH})
        fetch(runtime, seconds=0.5)
    assert "esi is left alone for 1 s: 429" in caplog.text
