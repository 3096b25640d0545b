"""What the supervisor makes of an Airflow that answers slowly, fails once, or loses an answer."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from killmart.errors import KillmartError
from killmart_stack import ports
from killmart_stack.airflow_api import AirflowApi
from killmart_stack.home import Home
from killmart_stack.main_job import MainJob

PATIENCE = 2.0


class SlowAirflow(ThreadingHTTPServer):
    """As much of Airflow as is needed to start and follow a run; `slow` and `broken` routes fail their first time.

    A slow one does its work, and answers once it is asked again: nobody waits for that answer any more.
    """

    daemon_threads = True

    def __init__(self, slow: set[str] = frozenset(), broken: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        super().__init__(("127.0.0.1", 0), _Handler)
        self.slow, self.broken = set(slow), set(broken)
        self.is_down = False  # as when its database is
        self.refused: set[str] = set()
        self.runs: dict[str, Any] = {}
        self.pools: list[str] = []
        self.asked: Counter[str] = Counter()
        self.asked_again = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, route: str, body: Any) -> tuple[int, Any]:
        what = route.split("?")[0]
        if what == "POST /auth/token":
            return 201, {"access_token": "token"}
        if what == "GET /api/v2/pools":
            return 200, {"pools": [{"name": name} for name in self.pools]}
        if what == "POST /api/v2/pools":
            there = body["name"] in self.pools
            self.pools += [] if there else [body["name"]]
            return (409, {"detail": "there"}) if there else (201, body)
        if what == "POST /api/v2/dags/marts/dagRuns":
            there = body["dag_run_id"] in self.runs
            self.runs.setdefault(body["dag_run_id"], body["conf"])
            return (409, {"detail": "there"}) if there else (200, body)
        return 200, {"state": "success", "first_load_left": {"redisq": 3}}


class _Handler(BaseHTTPRequestHandler):
    server: SlowAirflow

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        route = f"{self.command} {self.path}"
        known = route.split("?")[0]
        is_first = not self.server.asked[known]
        self.server.asked[known] += 1
        if not is_first:
            self.server.asked_again.set()
        if self.server.is_down or (is_first and known in self.server.broken):
            status, answer = 500, {"detail": "Internal Server Error"}
        elif known in self.server.refused:
            status, answer = 404, {"detail": "not found"}
        else:
            status, answer = self.server.answer(route, body)
        if is_first and known in self.server.slow:
            self.server.asked_again.wait(60)
        try:
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            return  # nobody waits any more

    do_GET = do_POST = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[SlowAirflow]]:
    monkeypatch.setattr(ports, "ANSWER_SECONDS", PATIENCE)
    started: list[SlowAirflow] = []
    yield started
    for one in started:
        one.shutdown()
        one.server_close()


def serve(started: list[SlowAirflow], **faults: set[str]) -> SlowAirflow:
    airflow = SlowAirflow(**faults)
    started.append(airflow)
    threading.Thread(target=airflow.serve_forever, daemon=True).start()
    return airflow


LOGIN, TRIGGER, POOL = "POST /auth/token", "POST /api/v2/dags/marts/dagRuns", "POST /api/v2/pools"
STATUS = "GET /_sim/status"
STATE = "GET /api/v2/dags/marts/dagRuns/one"


@pytest.mark.parametrize("fault", ["slow", "broken"])
@pytest.mark.parametrize("route", [LOGIN, STATE])
def test_one_slow_or_failed_answer_is_asked_for_again(served: list[SlowAirflow], route: str, fault: str) -> None:
    airflow = serve(served, **{fault: {route}})
    assert AirflowApi(airflow.url, "admin", "secret").run_state("marts", "one") == "success"
    assert airflow.asked[route] == 2


@pytest.mark.parametrize("fault", ["slow", "broken"])
def test_a_run_whose_answer_was_lost_is_not_started_twice(served: list[SlowAirflow], fault: str) -> None:
    airflow = serve(served, **{fault: {TRIGGER}})
    run_id = AirflowApi(airflow.url, "admin", "secret").trigger("marts", {"first_day": "2026-11-01"})
    assert airflow.runs == {run_id: {"first_day": "2026-11-01"}}
    assert airflow.asked[TRIGGER] == 2


def test_a_pool_whose_answer_was_lost_is_there(served: list[SlowAirflow]) -> None:
    airflow = serve(served, slow={POOL})
    AirflowApi(airflow.url, "admin", "secret").make_pool("esi", 1, "one at a time")
    assert airflow.pools == ["esi"]
    assert airflow.asked[POOL] == 2


@pytest.mark.parametrize("fault", ["slow", "broken"])
def test_one_slow_answer_of_the_simulator_stops_nothing(
    served: list[SlowAirflow], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: str
) -> None:
    airflow = serve(served, **{fault: {STATUS}})
    monkeypatch.setattr("killmart_stack.summary.due", lambda dsn: 2)
    job = MainJob(AirflowApi(airflow.url, "admin", ""), Home(tmp_path), "", lambda: None, simulator=airflow.url)
    assert job._left() == 5
    assert airflow.asked[STATUS] == 2


def test_an_airflow_that_never_answers_is_named_with_the_route(
    served: list[SlowAirflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    airflow = serve(served)
    airflow.shutdown()  # the port stays open, nobody accepts
    monkeypatch.setattr(ports, "_AGAIN", ports._AGAIN.new(total=1, backoff_factor=0))
    with pytest.raises(KillmartError, match=r"does not answer GET /api/v2/dags/marts/dagRuns/one, asked several times"):
        AirflowApi(airflow.url, "admin", "secret").run_state("marts", "one")


@pytest.mark.parametrize("route", [LOGIN, STATE, TRIGGER])
def test_an_airflow_that_was_down_is_asked_again_once_it_is_back(
    served: list[SlowAirflow], monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    monkeypatch.setattr(ports, "_AGAIN", ports._AGAIN.new(total=0))
    airflow = serve(served)
    recovered: list[str] = []

    def recover() -> None:
        recovered.append("waited")
        airflow.is_down = False

    api = AirflowApi(airflow.url, "admin", "secret", recover)
    if route != LOGIN:
        api.run_state("marts", "before")  # it is logged in
    airflow.is_down = True
    if route == TRIGGER:
        run_id = api.trigger("marts")
        assert set(airflow.runs) == {run_id}
    else:
        assert api.run_state("marts", "one") == "success"
    assert recovered == ["waited"]


def test_a_refusal_is_no_reason_to_wait(served: list[SlowAirflow]) -> None:
    airflow = serve(served)
    airflow.refused = {STATE}
    api = AirflowApi(airflow.url, "admin", "secret", lambda: pytest.fail("nothing has died"))
    with pytest.raises(KillmartError, match="with 404"):
        api.run_state("marts", "one")
