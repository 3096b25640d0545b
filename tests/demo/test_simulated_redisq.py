"""The simulated RedisQ over a real socket: destructive pops, redirects, long polls, refusals."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from killmart_demo.app import Running, SimulatorConfig, running
from killmart_demo.queues import REMEMBERED_SECONDS
from killmart_demo.redisq import PackageFilter, wait_seconds
from killmart_demo.universe import EPOCH, Universe
from killmart_demo.watch import RateMeter

NOW = EPOCH + 150_000_000.0
KILLS = 12


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running(SimulatorConfig(kills=KILLS, now=lambda: NOW)) as found:
        yield found


def listen(simulator: Running, queue_id: str, follow: bool = True, **parameters: Any) -> requests.Response:
    return requests.get(
        f"{simulator.url}/redisq/listen.php",
        params={"queueID": queue_id, "ttw": 1, **parameters},
        allow_redirects=follow,
        timeout=60,
    )


def empty(simulator: Running, queue_id: str) -> None:
    """Pop all there is, without the last call that would wait in vain."""
    for _ in simulator.state.feed.ids:
        assert listen(simulator, queue_id, follow=False).status_code == 302


def drain(simulator: Running, queue_id: str, **parameters: Any) -> list[dict[str, Any]]:
    packages = []
    while package := listen(simulator, queue_id, **parameters).json()["package"]:
        packages.append(package)
    return packages


def test_a_queue_gives_every_kill_once_and_then_null(simulator: Running) -> None:
    packages = drain(simulator, "all")
    assert [package["killID"] for package in packages] == simulator.state.feed.ids
    assert len({package["killID"] for package in packages}) == KILLS
    for package in packages:
        kill = simulator.state.catalogue.get(package["killID"])
        assert kill is not None
        assert package == {"killID": kill.killmail_id, "zkb": kill.zkb}
        assert list(package["zkb"]) == [
            *("locationID", "hash", "fittedValue", "droppedValue", "destroyedValue", "totalValue"),
            *("points", "npc", "solo", "awox", "labels", "href"),
        ]
    assert simulator.state.queues.queues["all"].delivered == KILLS


def test_every_queue_gets_its_own_copy(simulator: Running) -> None:
    first = [listen(simulator, name).json()["package"]["killID"] for name in ("mine", "yours")]
    assert first == [simulator.state.feed.ids[0]] * 2


def test_the_pop_happens_before_the_redirect(simulator: Running) -> None:
    answer = listen(simulator, "careless", follow=False)
    assert answer.status_code == 302
    location = answer.headers["Location"]
    assert location.startswith("/redisq/object.php?objectID=")
    following = listen(simulator, "careless").json()["package"]
    assert following["killID"] == simulator.state.feed.ids[1]
    queue = simulator.state.queues.queues["careless"]
    assert list(queue.unfetched.values()) == [simulator.state.feed.ids[0]]

    for _ in range(2):  # what was popped can still be fetched, and again
        package = requests.get(simulator.url + location, timeout=60).json()["package"]
        assert package["killID"] == simulator.state.feed.ids[0]
    assert (queue.popped, queue.delivered, queue.fetched_again, queue.unfetched) == (2, 2, 1, {})


def test_an_empty_queue_redirects_to_null(simulator: Running) -> None:
    empty(simulator, "dry")
    answer = listen(simulator, "dry", follow=False)
    assert answer.headers["Location"] == "/redisq/object.php?objectID=null"
    assert requests.get(simulator.url + answer.headers["Location"], timeout=60).content == b'{"package":null}'


@pytest.mark.parametrize("object_id", ["", "nonsense", "0" * 32])
def test_an_unknown_object_is_404(simulator: Running, object_id: str) -> None:
    url = f"{simulator.url}/redisq/object.php?objectID={object_id}"
    assert requests.get(url, timeout=60).status_code == 404


def test_a_nameless_queue_is_refused(simulator: Running) -> None:
    assert listen(simulator, "", follow=False).status_code == 429
    assert listen(simulator, " ", follow=False).status_code == 429
    assert requests.get(f"{simulator.url}/redisq/listen.php", timeout=60).status_code == 429


def test_a_second_request_in_flight_is_refused(simulator: Running) -> None:
    empty(simulator, "hasty")
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(listen, simulator, "hasty", follow=False)
        while not simulator.state.queues.queues["hasty"].in_flight:
            time.sleep(0.01)
        assert listen(simulator, "hasty", follow=False).status_code == 429
        assert listen(simulator, "patient").json()["package"]  # another queue is another matter
        assert waiting.result().status_code == 302
    queue = simulator.state.queues.queues["hasty"]
    assert (queue.in_flight, queue.in_flight_max, queue.refused) == (0, 2, 1)


def test_who_hangs_up_is_in_flight_no_longer(simulator: Running) -> None:
    empty(simulator, "killed")
    queue = simulator.state.queues.queues["killed"]
    address = urlsplit(simulator.url)
    with socket.create_connection((str(address.hostname), address.port or 80)) as caller:
        caller.sendall(b"GET /redisq/listen.php?queueID=killed&ttw=10 HTTP/1.1\r\nHost: simulator\r\n\r\n")
        while not queue.in_flight:
            time.sleep(0.01)
    while queue.in_flight:
        time.sleep(0.01)
    assert listen(simulator, "killed", follow=False).status_code == 302
    assert (queue.refused, queue.in_flight_max) == (0, 1)


@pytest.mark.parametrize("bad", ["nonsense", "a=1,b=2;c=3", "=5", ";"])
def test_a_bad_filter_is_400_and_pops_nothing(simulator: Running, bad: str) -> None:
    assert listen(simulator, "picky", filter=bad).status_code == 400
    assert "picky" not in simulator.state.queues.queues


def test_a_filter_throws_the_rest_away(simulator: Running) -> None:
    wanted = simulator.state.feed.ids[3]
    packages = drain(simulator, "choosy", filter=f"killID={wanted}")
    assert [package["killID"] for package in packages] == [wanted]
    assert simulator.state.queues.queues["choosy"].filtered == KILLS - 1


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("killID>=5;npc=1", False),
        ("killID>=5,npc=1", True),
        ("ship_type_id=670", True),
        ("totalValue<10.5", True),
        ("labels!=x; killID<6", True),
        ("nothing=1", False),
    ],
)
def test_filters(text: str, passes: bool) -> None:
    package = {"killID": 5, "killmail": {"attackers": [{"ship_type_id": 670}]}, "zkb": {"npc": 0, "totalValue": 10.25}}
    package["zkb"] |= {"labels": ["pvp"]}  # type: ignore[operator]
    assert PackageFilter(text).matches(package) is passes


@pytest.mark.parametrize(
    ("ttw", "seconds"), [("", 10), ("x", 10), ("0", 1), ("-3", 1), ("2.9", 2), ("11", 10), ("inf", 10), ("5", 5)]
)
def test_the_wait_is_1_to_10_whole_seconds(ttw: str, seconds: int) -> None:
    assert wait_seconds(ttw) == seconds


def test_a_kill_that_comes_ends_the_wait(clock: Any) -> None:
    clock.at = NOW
    with running(SimulatorConfig(kills=1, trickle=True, now=clock)) as simulator, ThreadPoolExecutor() as pool:
        empty(simulator, "a")
        waiting = pool.submit(listen, simulator, "a", ttw=10)
        while not simulator.state.queues.queues["a"].in_flight:
            time.sleep(0.01)
        loaded = len(simulator.state.feed.ids)
        clock.at += 120
        package = waiting.result().json()["package"]
        assert package["killID"] == simulator.state.feed.ids[loaded]
        assert len(simulator.state.feed.ids) > loaded
        assert simulator.state.status()["first_load_left"] == {"a": 0}


def test_without_trickling_nothing_follows(clock: Any) -> None:
    clock.at = NOW
    with running(SimulatorConfig(kills=2, now=clock)) as simulator:
        empty(simulator, "a")
        clock.at += 3_600
        assert drain(simulator, "a") == []


def test_objects_and_queues_last_three_hours(clock: Any) -> None:
    with running(SimulatorConfig(kills=5, monotonic=clock, now=lambda: NOW)) as simulator:
        url = simulator.url + listen(simulator, "a", follow=False).headers["Location"]
        clock.at += REMEMBERED_SECONDS - 1
        assert requests.get(url, timeout=60).status_code == 200
        assert listen(simulator, "a").json()["package"]["killID"] == simulator.state.feed.ids[1]
        clock.at += 1
        assert requests.get(url, timeout=60).status_code == 404
        clock.at += REMEMBERED_SECONDS
        assert listen(simulator, "a").json()["package"] is None  # forgotten: what was waiting is lost
        assert listen(simulator, "new").json()["package"]


def test_embedded_packages_carry_the_body() -> None:
    with running(SimulatorConfig(kills=3, embed=True, now=lambda: NOW)) as simulator:
        answer = listen(simulator, "a")
        kill = simulator.state.catalogue.get(answer.json()["package"]["killID"])
        assert kill is not None
        assert list(answer.json()["package"]) == ["killID", "killmail", "zkb"]
        assert kill.body in answer.content


def test_the_peak_rate_is_that_of_any_second() -> None:
    meter = RateMeter()
    for at in (0.0, 0.5, 1.0, 1.4, 1.45, 3.0):
        meter.note(at)
    assert meter.peak == 4


def test_two_clients_share_nothing_when_they_race(simulator: Running) -> None:
    found: dict[str, list[int]] = {}

    def run(name: str) -> None:
        found[name] = [package["killID"] for package in drain(simulator, name)]

    threads = [threading.Thread(target=run, args=(f"racer{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [simulator.state.feed.ids] * 4


def test_the_feed_holds_kills_of_the_universe(simulator: Running) -> None:
    known = {kill.killmail_id for kill in Universe(1).kills(int(NOW) - 2_000, int(NOW))}
    assert set(simulator.state.feed.ids) <= known
