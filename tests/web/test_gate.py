"""Readers never hurt Airflow: however many ask, few are at work, the rest learn when to come back, and Airflow's own
threads are left alone, also where a table is locked or the warehouse says nothing."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from killmart.config.connections import Connection
from killmart.config.settings import load_settings
from killmart.runtime import Runtime
from killmart.web import gate, threads
from killmart.web.frame.headers import SAFE_HEADERS
from killmart.web.gate import Gate
from killmart.web.logins import Logins
from support.serving import ACTOR, ANOTHER_LOGIN, OTHER, READER, client, make_app, routes, served
from support.silent import silent_proxy

COVERAGE = "/api/v1/coverage"
AIRFLOWS_THREADS = 40


@dataclass
class Beside:
    """A site with a stand-in of Airflow beside our app: sync routes in the event loop's own threads."""

    url: str
    app: FastAPI
    go_on: threading.Event = field(default_factory=threading.Event)

    def version(self) -> int:
        """The status of what Airflow answers to its simplest question, out of its own threads."""
        return httpx.get(self.url.replace("/killmart", "/api/v2/version"), timeout=60).status_code

    def taken(self) -> int:
        """How many of Airflow's threads are in use."""
        return int(httpx.get(self.url.replace("/killmart", "/taken"), timeout=60).text)


@contextmanager
def beside(runtime: Runtime) -> Iterator[Beside]:
    """Our app mounted beside Airflow's stand-in."""
    app = make_app(runtime)
    one = Beside("", app)

    def version() -> dict[str, str]:
        return {"version": "3.3"}

    def hold() -> None:
        one.go_on.wait(60)

    async def taken() -> int:
        return anyio.to_thread.current_default_thread_limiter().statistics().borrowed_tokens

    app.add_api_route("/api/v2/version", version)
    app.add_api_route("/hold", hold)
    app.add_api_route("/taken", taken)
    with served(app) as url:
        one.url = url
        try:
            yield one
        finally:
            one.go_on.set()


def ask_all(url: str, paths: list[tuple[str, str]], meanwhile: Callable[[], Any]) -> list[httpx.Response]:
    """What these (login, path) are answered, asked all at once; `meanwhile` is done again and again."""

    async def ask() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as browser:
            asked = [browser.get(path, headers={"Cookie": f"login={who}"}) for who, path in paths]
            answers = asyncio.gather(*asked)
            while not answers.done():
                await asyncio.to_thread(meanwhile)
                await asyncio.sleep(0.05)
            return await answers

    return asyncio.run(ask())


@pytest.fixture
def lock(runtime: Runtime) -> Iterator[None]:
    """Somebody holds the table that the coverage is read from, say a migration."""
    with runtime.engine.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE quality.day_coverage IN ACCESS EXCLUSIVE MODE")
        yield


@dataclass
class Connections:
    """How many connections are taken from the pool, and how many were at most."""

    now: int = 0
    most: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, change: int) -> None:
        with self._lock:
            self.now += change
            self.most = max(self.most, self.now)


@pytest.fixture
def connections(runtime: Runtime) -> Connections:
    """Those that are taken from the app's pool from now on."""
    counted = Connections()
    event.listen(runtime.reader_engine, "checkout", lambda *_: counted.count(1))
    event.listen(runtime.reader_engine, "checkin", lambda *_: counted.count(-1))
    return counted


def test_300_readers_are_served_a_few_at_a_time_out_of_our_own_threads(
    runtime: Runtime, connections: Connections
) -> None:
    taken = []
    with beside(runtime) as site:

        def look() -> None:
            taken.append(site.taken())
            assert site.version() == 200

        answers = ask_all(site.url, [(f"reader{number % 7}", COVERAGE) for number in range(300)], look)
    counts = Counter(answer.status_code for answer in answers)
    assert counts.keys() == {200, 503}
    assert counts[200] >= threads.AT_ONCE
    assert 1 <= connections.most <= threads.AT_ONCE
    assert connections.now == 0
    assert set(taken) == {0}
    for answer in answers:
        assert (answer.status_code == 503) == ("retry-after" in answer.headers)


def test_readers_of_a_locked_table_wait_a_few_at_a_time_and_not_for_ever(
    runtime: Runtime, lock: None, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "PAGE_SECONDS", 5.0)
    others = []
    with beside(runtime) as site, client(site.url, OTHER) as otto:

        def look() -> None:
            others.append(otto.get("/quality/runs").status_code)
            assert site.version() == 200
            assert site.taken() == 0

        answers = ask_all(site.url, [(READER.replace(" ", "%20"), COVERAGE)] * 60, look)
    assert {answer.status_code for answer in answers} == {503}
    assert 1 <= connections.most <= gate.SHARE + 1  # one person cannot take it all,
    assert set(others) == {200}  # so the others do not notice
    assert connections.now == 0
    said = Counter(answer.json()["detail"][:30] for answer in answers)
    assert gate.SHARE <= said["The warehouse took too long to"] <= gate.SHARE + gate.QUEUE // 2
    assert said["Too many pages and answers are"] >= 60 - gate.SHARE - gate.QUEUE // 2


def test_two_logins_of_one_person_have_one_share(
    runtime: Runtime, lock: None, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "PAGE_SECONDS", 3.0)
    logins = [f"{READER.replace(' ', '%20')}{ANOTHER_LOGIN}{number}" for number in range(2)]
    with beside(runtime) as site:
        for login in logins:  # whose they are is known from the first answer on
            assert httpx.get(f"{site.url}/quality/runs", headers={"Cookie": f"login={login}"}, timeout=60).is_success
        answers = ask_all(site.url, [(login, COVERAGE) for login in logins * 20], site.version)
    assert {answer.status_code for answer in answers} == {503}
    assert 1 <= connections.most <= gate.SHARE


def test_a_login_that_nobody_has_checked_is_nobody_elses() -> None:
    logins = Logins("login")
    assert logins.holder("rita's") != logins.holder("otto's")
    logins.learn("rita's", "Rita")
    logins.learn("rita's too", "Rita")
    assert logins.holder("rita's") == logins.holder("rita's too") != logins.holder("person Rita")
    for number in range(1000):
        logins.learn(f"login{number}", "somebody")
    assert logins.holder("rita's") != logins.holder("rita's too")  # the latest thousand are remembered


def test_many_people_at_a_locked_table_take_no_more_than_there_is(
    runtime: Runtime, lock: None, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "PAGE_SECONDS", 3.0)
    with beside(runtime) as site:
        answers = ask_all(site.url, [(f"reader{number}", COVERAGE) for number in range(80)], site.version)
    assert {answer.status_code for answer in answers} == {503}
    assert 1 <= connections.most <= threads.AT_ONCE
    assert connections.now == 0


@pytest.mark.parametrize("knew_it", [False, True], ids=["from the start", "later"])
def test_a_warehouse_that_never_answers_holds_nobody(
    warehouse: Connection, monkeypatch: pytest.MonkeyPatch, knew_it: bool
) -> None:
    monkeypatch.setattr(threads, "PAGE_SECONDS", 5.0)
    with silent_proxy(warehouse) as proxy:
        runtime = Runtime(load_settings({}), lambda name: proxy.connection if name == "warehouse" else None)
        with beside(runtime) as site, client(site.url) as anna:
            if knew_it:
                proxy.is_silent = False
                assert anna.get("/quality/runs").status_code == 200
                proxy.is_silent = True
            answers = ask_all(site.url, [(f"reader{n % 5}", COVERAGE) for n in range(60)], site.version)
            assert {answer.status_code for answer in answers} == {503}
            page = anna.get("/quality/runs")
            assert page.status_code == 503
            assert page.headers["retry-after"]
            assert runtime.engine.pool.checkedout() == 0
            proxy.is_silent = False
            assert anna.get("/quality/runs").status_code == 200
        runtime.engine.dispose()


def test_no_route_of_ours_needs_a_thread_of_airflows(runtime: Runtime) -> None:
    with beside(runtime) as site:
        held = [
            threading.Thread(target=httpx.get, args=(site.url.replace("/killmart", "/hold"),), kwargs={"timeout": 90})
            for _ in range(AIRFLOWS_THREADS)
        ]
        for thread in held:
            thread.start()
        while site.taken() < AIRFLOWS_THREADS:
            pass
        with client(site.url) as anna, client(site.url, "nobody") as stranger:
            for method, path in sorted(set(routes(runtime))):
                assert anna.request(method, path, data={"csrf": "x"} if method == "POST" else None).status_code, path
                assert stranger.request(method, path).status_code == 403
            upload = {"note": ("note.txt", b"x" * 300_000)}
            assert anna.post("/quality/batches/7/release", files=upload).status_code == 403  # it lacks our token
            bearer = {"Authorization": "Bearer nobody's"}
            assert anna.get("/metrics", headers=bearer).status_code == 200
        site.go_on.set()
        for thread in held:
            thread.join()


def test_who_is_refused_is_told_in_the_form_that_was_asked_for(blank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "AT_ONCE", 0)
    monkeypatch.setattr(gate, "QUEUE", 0)
    with client(blank, ACTOR) as anna:
        page, answer, metrics = anna.get("/quality"), anna.get("/api/v1/killmails"), anna.get("/metrics")
    for one in (page, answer, metrics):
        assert one.status_code == 503
        assert int(one.headers["retry-after"]) > 0
        assert not [name for name in SAFE_HEADERS if name not in one.headers]
    assert "<h1>Too many at once</h1>" in page.text
    assert answer.json()["detail"].startswith("Too many pages and answers")
    assert metrics.headers["content-type"].startswith("text/plain")


def test_a_form_that_comes_slowly_or_is_huge_holds_no_place(blank: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "BODY_SECONDS", 0.5)
    with client(blank) as anna:
        said = anna.post("/quality/batches/7/release", data={"note": "x" * gate.LARGEST_FORM})
        assert said.status_code == 413
        assert "larger than any of ours" in said.text
    host, port = blank.removeprefix("http://").removesuffix("/killmart").split(":")
    head = "POST /killmart/quality/batches/7/release HTTP/1.1\r\nHost: x\r\nCookie: login=Otto\r\nContent-Length: 9\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\n\r\nn"
    with socket.create_connection((host, int(port)), timeout=30) as slow:
        slow.sendall((head + kind).encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")


def test_who_reads_an_answer_slowly_holds_no_place() -> None:
    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("done")(scope, receive, send)

    async def scenario() -> list[int]:
        one = Gate(answers, Logins("login"), lambda request: PlainTextResponse("full", 503))
        for_ever = asyncio.Event()

        async def never_read(message: Message) -> None:
            if message["type"] == "http.response.body":
                await for_ever.wait()

        slow = [asyncio.create_task(ask(one, "slow", never_read)) for _ in range(50)]
        await asyncio.sleep(0)
        statuses: list[int] = []

        async def read(message: Message) -> None:
            statuses.append(message.get("status", 0))

        await ask(one, "slow", read)
        for_ever.set()
        await asyncio.gather(*slow)
        return statuses

    assert asyncio.run(scenario())[0] == 200


def test_places_go_to_those_who_wait_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many come and go, some give up in the moment in which their turn comes: all places are free at the end."""
    monkeypatch.setattr(gate, "WAIT_SECONDS", 0.02)
    busy: Counter[str] = Counter()
    most: Counter[str] = Counter()

    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        who = Request(scope).cookies["login"]
        busy[who] += 1
        most[who] = max(most[who], busy[who])
        most["all"] = max(most["all"], busy.total())
        try:
            await asyncio.sleep(0.01)
        finally:
            busy[who] -= 1
        await PlainTextResponse("done")(scope, receive, send)

    async def scenario() -> Gate:
        one = Gate(work, Logins("login"), lambda request: PlainTextResponse("full", 503))
        tasks = []
        for number in range(2000):
            tasks.append(asyncio.create_task(ask(one, "abc"[number % 3], swallow)))
            if number % 7 == 0:
                tasks[number // 2].cancel()
            if number % 20 == 0:
                await asyncio.sleep(0.005)
        await asyncio.gather(*tasks, return_exceptions=True)
        return one

    one = asyncio.run(scenario())
    assert most["all"] == threads.AT_ONCE
    assert most["a"] <= gate.SHARE
    assert not one._at_work
    assert not one._queue


async def swallow(message: Message) -> None:
    """Take an answer."""


def ask(one: Gate, who: str, send: Callable[[Message], Awaitable[None]]) -> Awaitable[None]:
    """Send a request of this login through the gate."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    return one(scope_of(who), receive, send)


def scope_of(who: str) -> Scope:
    """A request with this login."""
    headers = [(b"cookie", f"login={who}".encode())]
    return {"type": "http", "method": "GET", "path": "/x", "query_string": b"", "headers": headers}
