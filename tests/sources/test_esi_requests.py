"""What goes to ESI: only what has to, under our name, as CCP's OpenAPI wants it; and nothing twice."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from killmart import __version__
from killmart.load.fetch import fetch
from killmart.runtime import Runtime
from support import realdata
from support.installation import (
    Installation,
    hashes_of,
    killmails,
    rows,
    run_sql,
    simulated,
    stage_refs,
    status,
)
from support.pipeline import load_past_gate
from support.scripted import Answer, Handler, Request, scripted

OPENAPI = realdata.DATA / "esi" / "esi_openapi_2026-08-18_subset.json"
HASH = "0123456789abcdef0123456789abcdef01234567"


def ask_again(runtime: Runtime, *, refetches: int = 0) -> None:
    """Let everything in staging wait for its body once more."""
    run_sql(
        runtime,
        "UPDATE staging.killmails SET state = 'pending', body = NULL, next_attempt_at = NULL, refetches = :refetches",
        refetches=refetches,
    )


def stats(runtime: Runtime) -> dict[int, tuple[int, int]]:
    """{status: (requests on the wire, cache hits)}."""
    query = "SELECT status, sum(requests)::int, sum(cache_hits)::int FROM ops.request_stats GROUP BY 1"
    return {status: (requests, hits) for status, requests, hits in rows(runtime, query)}


def test_a_body_is_asked_for_once_and_then_comes_from_the_cache_of_every_process(installation: Installation) -> None:
    with simulated(kills=20) as simulator:
        runtime = installation.runtime(simulator.url)
        stage_refs(runtime, hashes_of(simulator))
        assert fetch(runtime).fetched == 20
        ask_again(runtime)
        assert installation.run("fetch(runtime)", simulator.url)[0] == 0
        bodies = {one: bytes(row.body) for one, row in killmails(runtime).items()}
        assert bodies == {one: simulator.state.feed.kill(one).body for one in simulator.state.feed.ids}
        assert stats(runtime) == {200: (20, 20)}
        state = status(simulator)
        assert (state["esi"]["bodies"], state["esi"]["bodies_again"], state["breaches"]) == (20, 0, [])
        assert 3600 - state["esi"]["remaining"] == 40  # what the cache gave cost no token


def test_killmails_that_core_has_need_no_request(installation: Installation) -> None:
    with simulated(kills=5) as simulator:
        runtime = installation.runtime(simulator.url)
        stage_refs(runtime, hashes_of(simulator))
        fetch(runtime)
        load_past_gate(runtime)
        run_sql(runtime, "DELETE FROM staging.killmails")
        stage_refs(runtime, hashes_of(simulator))
        assert fetch(runtime).outcomes == {}
        assert [built.known for built in load_past_gate(runtime)] == [5]
        assert stats(runtime) == {200: (5, 0)}


def test_what_has_outlived_the_cache_is_revalidated(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.load.fetch.FOREVER", timedelta(milliseconds=1))
    with simulated(kills=3) as simulator:
        runtime = installation.runtime(simulator.url)
        stage_refs(runtime, hashes_of(simulator))
        fetch(runtime)
        ask_again(runtime)
        assert fetch(runtime).fetched == 3
        assert status(simulator)["requests"]["esi"] == {
            "/killmails/{killmail_id}/{killmail_hash} 200": 3,
            "/killmails/{killmail_id}/{killmail_hash} 304": 3,
        }
        assert {one: bytes(row.body) for one, row in killmails(runtime).items()} == {
            one: simulator.state.feed.kill(one).body for one in simulator.state.feed.ids
        }


def test_a_wrong_body_is_not_cached_and_a_bad_one_is_fetched_again(installation: Installation) -> None:
    told = iter([{"killmail_id": 2}, {"killmail_id": 1, "n": 1}, {"killmail_id": 1, "n": 2}])
    with scripted(lambda *_: (200, next(told))) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url)
        stage_refs(runtime, {1: HASH})
        given = []
        for refetches in (0, 0, 0, 1, 0):  # the second is cached; the fourth passes the cache by and renews it
            ask_again(runtime, refetches=refetches)
            fetch(runtime)
            given.append(json.loads(bytes(killmails(runtime)[1].body)))
        assert given == [
            {"killmail_id": 2},
            {"killmail_id": 1, "n": 1},
            {"killmail_id": 1, "n": 1},
            {"killmail_id": 1, "n": 2},
            {"killmail_id": 1, "n": 2},
        ]
        assert stats(runtime) == {200: (3, 2)}


def test_every_request_says_who_we_are_and_which_date_we_were_written_for(installation: Installation) -> None:
    for request in some_requests(installation):
        assert request.headers["User-Agent"] == f"Killmart/{__version__} (pilot@example.org)"
        assert request.headers["X-Compatibility-Date"] == "2026-08-18"
        assert "only-if-cached" not in str(request.headers)


def test_requests_in_flight_are_bounded_and_share_their_connections(installation: Installation) -> None:
    at_once, most, connections = 0, 0, set()
    lock = threading.Lock()

    def answer(request: Request, handler: Handler) -> Answer:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            connections.add(handler.client_address)
        time.sleep(0.02)
        with lock:
            at_once -= 1
        return 200, {"killmail_id": int(request.path.split("/")[2])}

    with scripted(answer) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, esi_concurrency=3)
        stage_refs(runtime, dict.fromkeys(range(1, 101), HASH))
        assert fetch(runtime).fetched == 100
    assert (most, len(connections)) == (3, 3)


@pytest.mark.skipif(not OPENAPI.exists(), reason="CCP's OpenAPI is not in ../shared/data/esi")
def test_every_request_is_one_of_ccps_openapi(installation: Installation) -> None:
    document = json.loads(OPENAPI.read_text())
    for request in some_requests(installation):
        check_request(document, request)


def some_requests(installation: Installation) -> list[Request]:
    """What a fetch sends, with an answer that is retried, one fetched again and one revalidated."""
    told = iter([503, 200, 200])
    with scripted(lambda *_: (next(told), {"killmail_id": 9_223_372_036_854_775_807})) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, contact="pilot@example.org")
        stage_refs(runtime, {9_223_372_036_854_775_807: HASH})
        for refetches in (0, 1):
            ask_again(runtime, refetches=refetches)
            fetch(runtime)
        assert len(esi.requests) == 3
        return esi.requests


def check_request(document: dict[str, Any], request: Request) -> None:
    """Method, path, and each parameter by its schema; no query that the operation does not have."""
    [(template, item)] = [
        (template, item)
        for template, item in document["paths"].items()
        if path_pattern(template).fullmatch(request.path)
    ]
    operation = item[request.method.lower()]
    parameters = [resolved(document, parameter) for parameter in operation["parameters"]]
    values: dict[tuple[str, str], str] = {
        ("path", name): value for name, value in path_pattern(template).fullmatch(request.path).groupdict().items()
    }
    values |= {("header", name.lower()): value for name, value in request.headers.items()}
    assert request.query == ""
    for parameter in parameters:
        value: Any = values.get(
            (parameter["in"], parameter["name"].lower() if parameter["in"] == "header" else parameter["name"])
        )
        if value is None:
            assert not parameter.get("required"), parameter["name"]
            continue
        if parameter["schema"]["type"] == "integer":
            value = int(value)
        jsonschema.validate(value, parameter["schema"])


def path_pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


def resolved(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: dict[str, Any] = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
    return found


MAKE_CACHES = """
import sys, time
from pathlib import Path
from killmart.sources.transport.session import FOREVER, Cache, build_session
for number in range(100):
    time.sleep(max(0, float(sys.argv[2]) + number * 0.01 - time.time()))  # all of them at once
    file = Path(sys.argv[1], f"{number}.sqlite")
    build_session("esi", "http://x", cache=Cache(file, FOREVER, bool)).close()
"""


def test_processes_that_make_the_cache_at_the_same_moment_share_it(tmp_path: Path) -> None:
    arguments = [sys.executable, "-c", MAKE_CACHES, str(tmp_path), str(time.time() + 3)]
    makers = [subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [maker.communicate(timeout=60)[1] for maker in makers] == ["", "", ""]
    assert len(list(tmp_path.glob("*.sqlite"))) == 100
