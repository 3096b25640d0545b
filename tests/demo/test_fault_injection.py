"""Injected faults over a real socket: every one does to a client what its name says, and nothing else."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
import requests
from jsonschema import Draft202012Validator

from killmart.model.killmail import Killmail, hash_of
from killmart_demo.answers import BOMB_BYTES
from killmart_demo.app import Running, SimulatorConfig, running
from killmart_demo.faults import Faults
from killmart_demo.kill import Kill
from killmart_demo.universe import EPOCH
from killmart_demo.watch import Limits

NOW = EPOCH + 150_000_000.0
FIRST = 96_000_000
DATE = {"X-Compatibility-Date": "2026-08-18"}
ROUTES = ("killmail", "file", "sequence", "listen", "object")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    config = SimulatorConfig(kills=60, now=lambda: NOW, embed=True, limits=Limits(r2z2_per_second=10_000))
    with running(config) as found:
        yield found


@pytest.fixture(autouse=True)
def _no_faults_afterwards(simulator: Running) -> Iterator[None]:
    yield
    simulator.state.plan.faults = Faults()


def set_faults(simulator: Running, **rates: float) -> None:
    """Over HTTP, as other processes do; `_500` is the fault 500."""
    named = {name.removeprefix("_"): rate for name, rate in rates.items()}
    answer = requests.post(f"{simulator.url}/_sim/faults", json={"rates": named}, timeout=60)
    assert answer.status_code == 200, answer.text


def kill_of(simulator: Running, place: int = 0) -> Kill:
    return simulator.state.feed.kill(simulator.state.feed.ids[place])


def url_of(simulator: Running, route: str, place: int = 0) -> str:
    """A URL of each route that faults distinguish; an object is popped for it."""
    kill = kill_of(simulator, place)
    if route == "object":
        before, simulator.state.plan.faults = simulator.state.plan.faults, Faults()
        location = requests.get(url_of(simulator, "listen"), allow_redirects=False, timeout=60).headers["Location"]
        simulator.state.plan.faults = before
        return f"{simulator.url}{location}"
    return (
        simulator.url
        + {
            "killmail": f"/esi/killmails/{kill.killmail_id}/{kill.killmail_hash}",
            "file": f"/r2z2/ephemeral/{FIRST + place}.json",
            "sequence": "/r2z2/ephemeral/sequence.json",
            "listen": "/redisq/listen.php?queueID=tester&ttw=1",
        }[route]
    )


def get(url: str, **options: Any) -> requests.Response:
    return requests.get(url, headers=DATE, allow_redirects=False, timeout=options.pop("timeout", 60), **options)


def last_status(simulator: Running) -> int:
    return simulator.state.requests[-1].status


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("fault", "status"),
    [("_500", 500), ("_502", 502), ("_503", 503), ("_504", 504), ("_403", 403), ("_404", 404), ("_429_bare", 429)],
)
def test_statuses_are_sent_and_recorded(simulator: Running, route: str, fault: str, status: int) -> None:
    url = url_of(simulator, route)
    set_faults(simulator, **{fault: 1.0})
    popped = _popped(simulator)
    answer = get(url)
    assert answer.status_code == last_status(simulator) == status
    assert answer.json()
    assert "Retry-After" not in answer.headers
    assert _popped(simulator) == popped
    recorded = simulator.state.requests[-1].route
    assert "{" in recorded or recorded.endswith((".php", "sequence.json"))


def _popped(simulator: Running) -> int:
    return sum(queue.popped for queue in simulator.state.queues.queues.values())


def test_statuses_of_esi_alone(simulator: Running) -> None:
    url = url_of(simulator, "killmail")
    set_faults(simulator, _420=1.0)
    answer = get(url)
    assert answer.status_code == 420
    assert answer.headers["X-ESI-Error-Limit-Remain"] == "0"
    assert answer.headers["X-ESI-Error-Limit-Reset"] == "1"
    assert get(url_of(simulator, "file")).status_code == 200
    for fault in ("_422", "_422_final"):
        set_faults(simulator, **{fault: 1.0})
        assert get(url).status_code == 422
    set_faults(simulator, _429=1.0)
    assert get(url).headers["Retry-After"] == "1"


@pytest.mark.parametrize("route", ROUTES)
def test_a_reset_is_no_answer_at_all(simulator: Running, route: str) -> None:
    url = url_of(simulator, route)
    set_faults(simulator, reset=1.0)
    with pytest.raises(requests.ConnectionError, match=r"reset|aborted"):
        get(url)
    set_faults(simulator)  # answered after the one that was cut is on record
    assert last_status(simulator) == 0
    assert get(url).status_code in (200, 302)


def test_a_reset_after_the_pop_loses_a_package_that_is_named() -> None:
    with running(SimulatorConfig(kills=3, now=lambda: NOW, faults=Faults(rates={"pop_reset": 1.0}))) as simulator:
        url = f"{simulator.url}/redisq/listen.php?queueID=a&ttw=1"
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=60)
        set_faults(simulator)
        assert requests.get(url, timeout=60).json()["package"]["killID"] == simulator.state.feed.ids[1]
        status = simulator.state.status()
        assert list(status["lost"]["a"].values()) == [simulator.state.feed.ids[0]]
        assert status["faults"] == {"redisq": {"pop_reset": 1}}
        assert requests.get(url, timeout=60).json()["package"]
        set_faults(simulator, pop_reset=1.0)  # an empty queue has nothing to lose
        assert requests.get(url, timeout=60).json()["package"] is None


def test_a_time_out_hangs_and_ends_with_the_client_or_the_simulator(simulator: Running) -> None:
    set_faults(simulator, timeout=1.0)
    with pytest.raises(requests.Timeout):
        get(url_of(simulator, "killmail"), timeout=0.2)
    simulator.state.plan.faults = Faults(rates={"timeout": 1.0}, timeout_seconds=0.1)
    with pytest.raises(requests.ConnectionError):
        get(url_of(simulator, "killmail"))


def test_a_hanging_request_does_not_hold_up_the_end() -> None:
    faults = Faults(rates={"timeout": 1.0}, timeout_seconds=600.0)
    with running(SimulatorConfig(kills=1, now=lambda: NOW, faults=faults)) as simulator:
        ended = threading.Event()

        def ask() -> None:
            with pytest.raises(requests.ConnectionError):
                requests.get(f"{simulator.url}/esi/killmails/1/2", timeout=600)
            ended.set()

        thread = threading.Thread(target=ask)
        thread.start()
        while not simulator.state.watch.in_flight["esi"]:
            time.sleep(0.01)
    assert ended.wait(60)
    thread.join()


def test_a_slow_body_dribbles_and_is_whole(simulator: Running) -> None:
    simulator.state.plan.faults = Faults(rates={"slow": 1.0}, slow_seconds=0.2)
    answer = get(url_of(simulator, "killmail"), stream=True)
    first = answer.raw.read1()
    assert 0 < len(first) < len(kill_of(simulator).body)
    assert first + answer.raw.read() == kill_of(simulator).body


@pytest.mark.parametrize("route", ["killmail", "file", "sequence", "object"])
def test_truncated_json_looks_complete_to_http(simulator: Running, route: str) -> None:
    url = url_of(simulator, route)
    set_faults(simulator, truncated=1.0)
    answer = get(url)
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("route", ROUTES)
def test_html_with_status_200(simulator: Running, route: str) -> None:
    url = url_of(simulator, route)
    set_faults(simulator, html=1.0)
    answer = get(url)
    assert (answer.status_code, answer.content[:1]) == (200, b"<")


def test_a_stale_sequence_is_lower(simulator: Running) -> None:
    url = url_of(simulator, "sequence")
    now = get(url).json()["sequence"]
    set_faults(simulator, stale=1.0)
    assert now - 100 <= get(url).json()["sequence"] < now


def test_a_stale_file_is_the_one_before_it_was_published() -> None:
    at = [NOW]
    config = SimulatorConfig(kills=2, trickle=True, now=lambda: at[0], faults=Faults(rates={"stale": 0.0}))
    with running(config) as simulator:
        url = f"{simulator.url}/r2z2/ephemeral/{FIRST + 2}.json"
        assert get(url).status_code == 404
        at[0] += 600
        assert get(url).status_code == 200
        simulator.state.plan.faults = Faults(rates={"stale": 1.0})
        assert get(url).status_code == 404  # a CDN that remembers too long
        assert get(f"{simulator.url}/r2z2/ephemeral/{FIRST + 1}.json").status_code == 200


def body_in(answer: requests.Response) -> Mapping[str, Any]:
    """The killmail's body in the answer of any route."""
    document = answer.json()
    body: Mapping[str, Any] = document.get("esi") or (document.get("package") or {}).get("killmail") or document
    return body


def id_in(answer: requests.Response) -> Any:
    document = answer.json()
    return (document.get("package") or {}).get("killID") or document["killmail_id"]


@pytest.mark.parametrize("route", ["killmail", "file", "object"])
def test_a_wrong_body_is_that_of_another_killmail(simulator: Running, route: str) -> None:
    url = url_of(simulator, route)
    true_id = id_in(get(url))
    set_faults(simulator, wrong_body=1.0)
    answer = get(url)
    other = body_in(answer)["killmail_id"]
    assert other != true_id
    assert other in simulator.state.feed.ids
    if route != "killmail":
        assert id_in(answer) == true_id


@pytest.mark.parametrize("route", ["killmail", "file", "object"])
def test_an_altered_body_does_not_fit_its_hash(simulator: Running, route: str) -> None:
    def true_hash(body: Mapping[str, Any]) -> str:
        return hash_of(msgspec.json.decode(msgspec.json.encode(body), type=Killmail))

    for place in range(8):
        url = url_of(simulator, route, place)
        true_body = body_in(get(url))
        set_faults(simulator, altered=1.0)
        body = body_in(get(url))
        set_faults(simulator)
        assert body["killmail_id"] == true_body["killmail_id"]
        assert true_hash(body) != true_hash(true_body)


def test_some_bodies_are_altered_every_time_and_the_others_never(simulator: Running) -> None:
    chosen = kill_of(simulator, 3)
    answer = requests.post(f"{simulator.url}/_sim/faults", json={"altered_always": [chosen.killmail_id]}, timeout=60)
    assert answer.json()["faults"]["altered_always"] == [chosen.killmail_id]
    for place in range(6):
        for route in ("killmail", "file"):
            bodies = [body_in(get(url_of(simulator, route, place))) for _ in range(2)]
            assert bodies[0] == bodies[1]
            assert (bodies[0] == json.loads(kill_of(simulator, place).body)) == (place != 3)


def test_what_is_altered_always_is_so_under_other_faults_too(simulator: Running) -> None:
    kill = kill_of(simulator, 5)
    for rates in ({"string_id": 1.0}, {"altered": 1.0}, {"slow": 1.0}, {"stale": 1.0}):
        faults = Faults(rates=rates, altered_always=frozenset({kill.killmail_id}), slow_seconds=0.0)
        simulator.state.plan.faults = faults
        body = {**body_in(get(url_of(simulator, "killmail", 5))), "killmail_id": kill.killmail_id}
        assert body != json.loads(kill.body)


def test_ids_as_text_and_packages_without_zkb(simulator: Running) -> None:
    urls = {route: url_of(simulator, route) for route in ("killmail", "file", "object")}
    true_ids = {route: id_in(get(url)) for route, url in urls.items()}
    set_faults(simulator, string_id=1.0)
    assert {route: id_in(get(url)) for route, url in urls.items()} == {r: str(one) for r, one in true_ids.items()}
    set_faults(simulator, no_zkb=1.0)
    assert "zkb" not in get(urls["file"]).json()
    assert list(get(urls["object"]).json()["package"]) == ["killID", "killmail"]
    assert get(urls["killmail"]).content == kill_of(simulator).body


def test_an_answer_beyond_20_mb(simulator: Running) -> None:
    set_faults(simulator, oversize=1.0)
    answer = get(url_of(simulator, "killmail"), stream=True)
    assert sum(map(len, answer.iter_content(2**20))) > 20 * 2**20


def test_a_gzip_bomb_is_small_on_the_wire(simulator: Running) -> None:
    set_faults(simulator, gzip_bomb=1.0)
    answer = get(url_of(simulator, "file"), stream=True)
    assert answer.headers["Content-Encoding"] == "gzip"
    packed = answer.raw.read(decode_content=False)
    assert len(packed) < 2**20
    unpacker, size = zlib.decompressobj(31), 0
    while packed:
        size += len(unpacker.decompress(packed, 2**20))
        packed = unpacker.unconsumed_tail
    assert size >= BOMB_BYTES


def test_a_redirect_to_another_host_is_noticed_when_followed(simulator: Running) -> None:
    set_faults(simulator, redirect=1.0)
    answer = get(url_of(simulator, "killmail"))
    assert (answer.status_code, answer.headers["Location"][:17]) == (302, "http://localhost:")
    said = "A redirect to another host was followed."
    assert said not in simulator.state.breaches()
    try:
        get(answer.headers["Location"])
    except requests.ConnectionError:
        pytest.skip("localhost is another address on this machine")
    assert said in simulator.state.breaches()


def test_a_redirect_loop_never_ends(simulator: Running) -> None:
    set_faults(simulator, redirect_loop=1.0)
    with pytest.raises(requests.TooManyRedirects):
        requests.get(url_of(simulator, "file"), timeout=60)


def test_a_downtime_on_the_clock(clock: Any) -> None:
    config = SimulatorConfig(kills=1, now=lambda: NOW, monotonic=clock, faults=Faults(downtime_from=60.0))
    with running(config) as simulator:
        urls = [url_of(simulator, route) for route in ("killmail", "sequence", "listen")]
        for seconds, down in ((0, False), (60, True), (899, True), (1, False)):
            clock.at += seconds
            assert [get(url).status_code == 503 for url in urls] == [down] * 3


def test_duplicates_and_swaps_in_redisq() -> None:
    faults = Faults(rates={"duplicate": 0.3, "out_of_order": 0.3})
    with running(SimulatorConfig(kills=30, now=lambda: NOW, faults=faults)) as simulator:
        url, told = f"{simulator.url}/redisq/listen.php?queueID=a&ttw=1", []
        while package := requests.get(url, timeout=60).json()["package"]:
            told.append(package["killID"])
        assert len(told) == 30 + simulator.state.injected()["redisq"]["duplicate"]
        assert set(told) == set(simulator.state.feed.ids)
        assert list(dict.fromkeys(told)) != simulator.state.feed.ids
        assert simulator.state.first_load_left() == {"a": 0}


def test_faults_are_shown_and_bad_ones_refused(simulator: Running) -> None:
    url = f"{simulator.url}/_sim/faults"
    set_faults(simulator, _500=0.5)
    shown = requests.get(url, timeout=60).json()
    assert shown["faults"]["rates"] == {"500": 0.5}
    assert shown["known"]["gzip_bomb"]
    for bad in ({"rates": {"501": 1}}, {"rates": {"500": 2}}, {"rate": {}}, {"seed": "x"}, []):
        answer = requests.post(url, json=bad, timeout=60)
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert requests.get(url, timeout=60).json()["faults"] == shown["faults"]


RATES = {"all": 0.05, "timeout": 0.0, "oversize": 0.005, "gzip_bomb": 0.0, "slow": 0.01}


def harvest(simulator: Running, attempts: int = 3) -> list[tuple[int, int, str, bytes]]:
    """(killmail_id, status, content type, body) of every answer that arrives, each killmail asked several times."""
    found = []
    with requests.Session() as session:
        for place in range(40):
            for _ in range(attempts):
                url = url_of(simulator, "killmail", place)
                try:
                    answer = session.get(url, headers=DATE, allow_redirects=False, timeout=60)
                except requests.ConnectionError:
                    found.append((kill_of(simulator, place).killmail_id, 0, "", b""))
                else:
                    kind = answer.headers.get("Content-Type", "")
                    found.append((kill_of(simulator, place).killmail_id, answer.status_code, kind, answer.content))
    return found


def test_esi_under_faults_keeps_to_its_schema_but_where_a_fault_breaks_it(openapi: dict[str, Any]) -> None:
    def validator(name: str) -> Draft202012Validator:
        reference = {"$ref": f"#/components/schemas/{name}", "components": openapi["components"]}
        return Draft202012Validator(reference)

    good, error = validator("KillmailsKillmailIdKillmailHashGet"), validator("Error")
    faults = Faults(seed=5, rates=RATES, slow_seconds=0.05)
    config = SimulatorConfig(kills=40, now=lambda: NOW, faults=faults)
    with running(config) as simulator:
        broken: Counter[str] = Counter()
        answers = harvest(simulator)
        for killmail_id, status, kind, body in answers:
            if status == 200:
                try:
                    document = json.loads(body)
                    good.validate(document)
                    broken["valid"] += document["killmail_id"] == killmail_id
                except Exception:
                    broken["broken"] += 1
            elif status >= 400:
                assert kind == "application/json"
                error.validate(json.loads(body))
        struck = simulator.state.injected()["esi"]
        breaking = ("truncated", "html", "oversize", "gzip_bomb", "string_id")
        assert broken["broken"] == sum(struck.get(name, 0) for name in breaking)
        assert broken["broken"] > 0
        assert broken["valid"] > 30
        assert len(struck) > 12
    with running(config) as again:  # the very same faults, though the universe is another process's
        assert [one[:2] for one in harvest(again)] == [one[:2] for one in answers]
        assert again.state.injected()["esi"] == struck
