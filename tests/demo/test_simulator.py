"""The simulator as a whole: one process, its control routes, its records, its end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from killmart.errors import KillmartError
from killmart_demo.app import SimulatorConfig, running, serve
from killmart_demo.universe import EPOCH

NOW = EPOCH + 150_000_000.0
SERVE = "from killmart_demo.app import SimulatorConfig, serve; serve(SimulatorConfig(kills=3, seed=4))"


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True) as found:
        yield found
        found.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_while_a_long_poll_waits(process: subprocess.Popen[str], number: signal.Signals) -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    word, url, redisq, esi, *_ = line.split()
    assert (word, redisq, esi) == ("simulator:", f"redisq={url}/redisq", f"esi={url}/esi")
    assert "3 killmails of the synthetic universe of seed 4" in line
    listen = f"{url}/redisq/listen.php?queueID=a"
    for _ in range(3):
        assert requests.get(listen, timeout=60).json()["package"]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(requests.get, listen, timeout=60, allow_redirects=False)
        while requests.get(f"{url}/_sim/status", timeout=60).json()["queues"]["a"]["in_flight"] < 1:
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
        # The poll had to give up: had it waited on, it would have been cut off without this answer.
        assert waiting.result().headers["Location"].endswith("objectID=null")
    assert process.stdout.read() == ""


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(KillmartError, match=f"127.0.0.1:{port}"):
            serve(SimulatorConfig(kills=1, port=port))


def test_an_unreadable_file_is_told_before_anything_listens(tmp_path: Path) -> None:
    with pytest.raises(KillmartError, match="no-such-file"):
        serve(SimulatorConfig(bodies=(tmp_path / "no-such-file.jsonl",)))


def test_the_status_counts_what_went_over_the_wire() -> None:
    with running(SimulatorConfig(kills=4, now=lambda: NOW)) as simulator:
        status = requests.get(f"{simulator.url}/_sim/status", timeout=60).json()
        assert (status["first_load"], status["first_load_left"], status["requests"]) == (4, {}, {})

        package = requests.get(f"{simulator.url}/redisq/listen.php?queueID=a", timeout=60).json()["package"]
        requests.get(f"{simulator.url}/redisq/listen.php?queueID=a", allow_redirects=False, timeout=60)
        url = f"{simulator.url}/esi/killmails/{package['killID']}/{package['zkb']['hash']}"
        for _ in range(2):
            assert requests.get(url, headers={"X-Compatibility-Date": "2026-08-18"}, timeout=60).ok
        requests.get(f"{simulator.url}/esi/nothing", timeout=60)

        status = requests.get(f"{simulator.url}/_sim/status", timeout=60).json()
        assert status["first_load_left"] == {"a": 2}
        route = "/killmails/{killmail_id}/{killmail_hash}"
        assert status["requests"] == {
            "esi": {f"{route} 200": 2, "/nothing 404": 1},
            "redisq": {"/listen.php 302": 2, "/object.php 200": 1},
        }
        assert status["esi"]["bodies_again"] == 1
        queue = status["queues"]["a"]
        assert (queue["popped"], queue["delivered"], queue["in_flight_max"]) == (2, 1, 1)
        assert list(queue["never_fetched"].values()) == [simulator.state.feed.ids[1]]
        assert 1 <= queue["requests_per_second_max"] <= 3

        served = simulator.state.requests
        assert [(one.service, one.status) for one in served][:2] == [("redisq", 302), ("redisq", 200)]
        assert [one.at for one in served] == sorted(one.at for one in served)


def test_the_kills_are_listed_with_their_hashes() -> None:
    with running(SimulatorConfig(kills=10, now=lambda: NOW)) as simulator:
        ids = simulator.state.feed.ids
        listed = requests.get(f"{simulator.url}/_sim/kills", timeout=60).json()
        assert list(map(int, listed)) == ids
        assert listed[str(ids[0])] == simulator.state.feed.kill(ids[0]).killmail_hash
        middle = sorted(ids)[3:6]
        window = {"first": middle[0], "last": middle[-1]}
        some = requests.get(f"{simulator.url}/_sim/kills", params=window, timeout=60).json()
        assert sorted(map(int, some)) == middle


def test_two_simulators_of_one_seed_serve_the_same() -> None:
    config = SimulatorConfig(kills=50, now=lambda: NOW)
    with running(config) as one, running(config) as other:
        assert one.url != other.url
        answers = [requests.get(f"{simulator.url}/_sim/kills", timeout=60).json() for simulator in (one, other)]
        assert answers[0] == answers[1]
        assert len(answers[0]) == 50
