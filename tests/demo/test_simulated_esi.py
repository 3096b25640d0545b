"""The simulated ESI over a real socket: bodies, caching, errors and the token bucket."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from killmart_demo.app import Running, SimulatorConfig, running
from killmart_demo.esi_limits import TokenBucket, token_cost
from killmart_demo.kill import Kill
from killmart_demo.universe import EPOCH

NOW = EPOCH + 150_000_000.0
DATE = {"X-Compatibility-Date": "2026-08-18"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running(SimulatorConfig(kills=200, now=lambda: NOW, esi_gone=frozenset({404}))) as found:
        yield found


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as found:
        yield found


def kills_of(simulator: Running) -> list[Kill]:
    return [simulator.state.feed.kill(killmail_id) for killmail_id in simulator.state.feed.ids]


def url_of(simulator: Running, kill: Kill) -> str:
    return f"{simulator.url}/esi/killmails/{kill.killmail_id}/{kill.killmail_hash}"


def test_bodies_are_those_of_the_catalogue(
    simulator: Running, session: requests.Session, openapi: dict[str, Any]
) -> None:
    reference = "#/components/schemas/KillmailsKillmailIdKillmailHashGet"
    validator = Draft202012Validator({"$ref": reference, "components": openapi["components"]})
    for kill in kills_of(simulator):
        answer = session.get(url_of(simulator, kill), headers=DATE, timeout=60)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.content == kill.body
        validator.validate(answer.json())


def test_a_trailing_slash_is_the_same_route(simulator: Running) -> None:
    kill = kills_of(simulator)[0]
    answer = requests.get(url_of(simulator, kill) + "/", headers=DATE, allow_redirects=False, timeout=60)
    assert (answer.status_code, answer.content) == (200, kill.body)


def test_a_body_may_be_kept_for_30_days(simulator: Running) -> None:
    url = url_of(simulator, kills_of(simulator)[0])
    answer = requests.get(url, headers=DATE, timeout=60)
    assert answer.headers["Cache-Control"] == "public, max-age=2592000"
    assert parsedate_to_datetime(answer.headers["Expires"]).timestamp() == NOW + 30 * 86_400
    assert parsedate_to_datetime(answer.headers["Last-Modified"]) == kills_of(simulator)[0].killed_at
    used = simulator.state.bucket.used
    conditions = [
        {"If-None-Match": answer.headers["ETag"]},
        {"If-None-Match": f'"other", W/{answer.headers["ETag"]}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": answer.headers["Last-Modified"]},
    ]
    for condition in conditions:
        again = requests.get(url, headers=DATE | condition, timeout=60)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == answer.headers["ETag"]
    assert simulator.state.bucket.used == used + len(conditions)


@pytest.mark.parametrize(
    "condition",
    [
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ],
)
def test_what_the_caller_does_not_have_is_sent(simulator: Running, condition: dict[str, str]) -> None:
    kill = kills_of(simulator)[0]
    assert requests.get(url_of(simulator, kill), headers=DATE | condition, timeout=60).content == kill.body


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("{id}/{other_hash}", DATE, 422),
        ("{id}/nonsense", DATE, 422),
        ("{other_id}/{hash}", DATE, 422),
        ("1/{hash}", DATE, 422),
        ("-5/{hash}", DATE, 422),
        ("404/{hash}", DATE, 404),
        ("abc/{hash}", DATE, 400),
        ("1_0/{hash}", DATE, 400),
        ("9223372036854775808/{hash}", DATE, 400),
        ("{id}/{hash}", {}, 400),
        ("{id}/{hash}", {"X-Compatibility-Date": "soon"}, 400),
    ],
)
def test_errors(simulator: Running, openapi: dict[str, Any], path: str, headers: dict[str, str], status: int) -> None:
    kill, other = kills_of(simulator)[:2]
    used = simulator.state.bucket.used
    values = {"id": kill.killmail_id, "hash": kill.killmail_hash}
    values |= {"other_id": other.killmail_id, "other_hash": other.killmail_hash}
    answer = requests.get(f"{simulator.url}/esi/killmails/{path.format(**values)}", headers=headers, timeout=60)
    assert answer.status_code == status
    schema = {"$ref": "#/components/schemas/Error", "components": openapi["components"]}
    Draft202012Validator(schema).validate(answer.json())
    if status == 422:
        assert answer.json() == {"error": "Invalid killmail_id and/or killmail_hash"}
    assert simulator.state.bucket.used == used + 5
    assert answer.headers["X-Ratelimit-Used"] == str(used + 5)


def test_the_bucket_runs_dry_and_fills_again(clock: Any) -> None:
    config = SimulatorConfig(kills=20, esi_tokens=10, esi_window_seconds=60, monotonic=clock, now=lambda: NOW)
    with running(config) as simulator, requests.Session() as session:

        def get(kill: Kill) -> requests.Response:
            return session.get(url_of(simulator, kill), headers=DATE, timeout=60)

        kills = kills_of(simulator)
        first = get(kills[0])
        assert first.headers["X-Ratelimit-Group"] == "killmail"
        assert first.headers["X-Ratelimit-Limit"] == "10/1m"
        assert (first.headers["X-Ratelimit-Remaining"], first.headers["X-Ratelimit-Used"]) == ("8", "2")
        clock.at += 10
        assert [get(kill).status_code for kill in kills[1:5]] == [200] * 4
        refused = get(kills[5])
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "50"
        assert refused.headers["X-Ratelimit-Remaining"] == "0"
        assert "error" in refused.json()
        clock.at += 49.5
        assert get(kills[5]).headers["Retry-After"] == "1"
        clock.at += 0.5  # the first two tokens are back, a 429 cost none
        assert get(kills[5]).status_code == 200
        assert get(kills[6]).headers["Retry-After"] == "10"
        clock.at += 60
        assert get(kills[6]).headers["X-Ratelimit-Remaining"] == "8"
        assert simulator.state.status()["esi"] == {"tokens": 10, "remaining": 8, "bodies": 7, "bodies_again": 0}


@pytest.mark.parametrize(
    ("status", "cost"), [(200, 2), (204, 2), (304, 1), (400, 5), (422, 5), (420, 5), (429, 0), (500, 0), (503, 0)]
)
def test_what_answers_cost(status: int, cost: int) -> None:
    assert token_cost(status) == cost


def test_an_overdrawn_bucket_waits_until_a_token_is_left(clock: Any) -> None:
    bucket = TokenBucket(4, 100, clock)
    for status in (304, 304, 304, 404):  # the last one takes more than was left
        assert bucket.retry_after() is None
        bucket.spend(status)
        clock.at += 1
    assert (bucket.used, bucket.remaining) == (8, 0)
    # Five tokens have to come back; they do when the 404 does, spent one second ago.
    assert bucket.retry_after() == 99
    clock.at += 99
    assert bucket.retry_after() is None
    assert (bucket.used, bucket.remaining) == (0, 4)


def test_1800_fetches_fit_into_a_window(clock: Any) -> None:
    bucket = TokenBucket(3600, 900, clock)
    for _ in range(1_800):
        assert bucket.retry_after() is None
        bucket.spend(200)
    assert bucket.retry_after() == 900


def test_a_window_of_odd_length_is_told_in_seconds(clock: Any) -> None:
    with running(SimulatorConfig(kills=0, esi_window_seconds=1.5, monotonic=clock)) as simulator:
        answer = requests.get(f"{simulator.url}/esi/killmails/1/2", headers=DATE, timeout=60)
        assert answer.headers["X-Ratelimit-Limit"] == "3600/1.5s"
