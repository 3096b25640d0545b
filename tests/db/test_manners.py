"""The manners that workers share, each alone: places, also after a worker was killed, pauses, the pace."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from killmart.config.connections import Connection, database_url
from killmart.db.budget import find_pause, pause_service
from killmart.db.engine import build_engine
from killmart.db.manners import Pace, Pause, Places, shared_manners
from killmart.errors import UpstreamRefusedError

HOLD = """
import sys, time
from killmart.db.engine import build_engine
from killmart.db.manners import Places
def send():
    print("sending", flush=True)
    time.sleep(600)
Places(build_engine(sys.argv[1]), "everef", 1)(send)
"""


def answering(status: int, **headers: str) -> Callable[[], Any]:
    return lambda: SimpleNamespace(status_code=status, headers=headers)


def pause_of(engine: Engine, service: str) -> tuple[float, int]:
    with engine.connect() as connection:
        return find_pause(connection, service)


# --- places -------------------------------------------------------------------------------------------------------


def test_no_more_than_so_many_send_at_once(engine: Engine) -> None:
    lock, at_work, most = threading.Lock(), 0, 0
    both = threading.Barrier(2)

    def send() -> int:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        both.wait(60)  # nobody leaves alone: were there one place, this would never end
        with lock:
            at_work -= 1
        return 7

    with ThreadPoolExecutor(6) as pool:
        found = [pool.submit(Places(engine, "everef", 2), send) for _ in range(6)]
        assert [one.result(timeout=120) for one in found] == [7] * 6
    assert most == 2


def test_services_have_places_of_their_own(engine: Engine) -> None:
    other = Places(engine, "sde", 1)
    assert Places(engine, "everef", 1)(lambda: other(answering(200))).status_code == 200


def test_a_place_is_free_after_an_error(engine: Engine) -> None:
    places = Places(engine, "everef", 1)

    def fail() -> None:
        raise OSError("broken off")

    for _ in range(2):
        with pytest.raises(OSError, match="broken off"):
            places(fail)


def test_a_killed_worker_frees_its_place(engine: Engine, warehouse: Connection) -> None:
    command = [sys.executable, "-c", HOLD, database_url(warehouse)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "sending\n"
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(Places(engine, "everef", 1), answering(200))
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
            worker.kill()
            assert waiting.result(timeout=120).status_code == 200


def test_two_machines_keep_to_the_same_places(engine: Engine, warehouse: Connection) -> None:
    elsewhere = build_engine(database_url(warehouse))  # all that two machines share is the warehouse
    sending, leave = threading.Event(), threading.Event()

    def hold() -> None:
        sending.set()
        assert leave.wait(60)

    with ThreadPoolExecutor(2) as pool:
        here = pool.submit(Places(engine, "everef", 1), hold)
        assert sending.wait(60)
        there = pool.submit(Places(elsewhere, "everef", 1), answering(200))
        with pytest.raises(TimeoutError):
            there.result(timeout=1)
        leave.set()
        here.result(timeout=60)
        assert there.result(timeout=60).status_code == 200
    elsewhere.dispose()


# --- pauses -------------------------------------------------------------------------------------------------------


def test_a_long_pause_sends_nothing_and_a_short_one_is_sat_out(engine: Engine) -> None:
    manner = Pause(engine, "r2z2", patience=2)
    with engine.begin() as connection:
        pause_service(connection, "r2z2", 600, "answered 429")
    with pytest.raises(UpstreamRefusedError, match="asked us to stay away"):
        manner(lambda: pytest.fail("sent during a pause"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE ops.pauses SET until = clock_timestamp() + interval '1 second'"))
    assert manner(lambda: SimpleNamespace(status_code=200, left=pause_of(engine, "r2z2")[0])).left == 0
    assert pause_of(engine, "r2z2") == (0, 0)  # an answer since: the next pause is a short one


@pytest.mark.parametrize(("status", "refusals"), [(403, 1), (429, 1), (503, 1), (404, 0), (200, 0)])
def test_what_ends_a_row_of_refusals(engine: Engine, status: int, refusals: int) -> None:
    with engine.begin() as connection:
        pause_service(connection, "r2z2", 600, "answered 429")
        connection.execute(text("UPDATE ops.pauses SET until = now() - interval '1 second'"))
    Pause(engine, "r2z2", patience=2)(answering(status))
    assert pause_of(engine, "r2z2") == (0, refusals)


def test_what_an_answer_asks_for_is_kept_for_everybody_where_that_is_asked(engine: Engine) -> None:
    Pause(engine, "r2z2", patience=2)(answering(429))
    assert pause_of(engine, "r2z2") == (0, 0)
    Pause(engine, "r2z2", patience=2, quiet_asked=lambda answer: 60.0)(answering(429))
    assert pause_of(engine, "r2z2")[0] > 50


# --- the pace, and all of them -----------------------------------------------------------------------------------


def test_turns_are_taken_one_after_the_other(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("killmart.db.manners.time.sleep", slept.append)
    for _ in range(3):
        Pace(engine, "r2z2", 0.01)(answering(200))
    assert slept == pytest.approx([0, 110, 220], abs=30)


def test_a_place_is_held_before_a_pause_is_looked_at_and_a_turn_taken_last(engine: Engine) -> None:
    kinds = [type(one) for one in shared_manners(engine, "everef", 5, 15, at_once=2)]
    assert kinds == [Places, Pause, Pace]
    assert [type(one) for one in shared_manners(engine, "r2z2", 5, 15)] == [Pause, Pace]
    send: Any = answering(200)
    for manner in shared_manners(engine, "everef", 1000, 15, at_once=2)[::-1]:
        send = partial(manner, send)
    assert send().status_code == 200
