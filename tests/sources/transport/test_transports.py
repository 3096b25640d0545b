"""Each transport alone: what it adds to the one inside it, over real HTTP where it reads answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from killmart.sources.transport.base import Mannerly, Transport
from killmart.sources.transport.bound import Bounded, OversizedAnswerError, Spool, beginning_of, size_of
from killmart.sources.transport.count import Counted, RequestCounter
from killmart.sources.transport.pace import Paced
from killmart.sources.transport.session import Cache, CachingSession, build_session
from killmart.sources.transport.wire import Wire
from support.scripted import scripted


class Fake(BaseAdapter):
    """An innermost transport that answers as arranged, and notes when it was asked."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[float] = []
        self.is_closed = False

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.asked.append(time.monotonic())
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, BaseException):
            raise answer
        response = requests.Response()
        response.status_code = answer
        response._content = b"four"
        return response

    def close(self) -> None:
        self.is_closed = True


def prepared(url: str = "http://host/killmails/7", **headers: str) -> requests.PreparedRequest:
    return requests.Request("GET", url, headers=headers).prepare()


LAYERS: dict[str, Callable[[BaseAdapter], Transport]] = {
    "bounds": lambda inner: Bounded(inner, 5.0, 100, None),
    "count": lambda inner: Counted(inner, RequestCounter("test", "http://host")),
    "manner": lambda inner: Mannerly(inner, lambda send: send()),
    "pace": lambda inner: Paced(inner, 100.0),
}


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_passes_errors_on_and_closes_what_is_inside(name: str) -> None:
    inner = Fake(requests.ConnectionError("away"))
    layer = LAYERS[name](inner)
    with pytest.raises(requests.ConnectionError, match="away"):
        layer.send(prepared())
    layer.close()
    assert (len(inner.asked), inner.is_closed) == (1, True)


# --- the count ----------------------------------------------------------------------------------------------------


def test_what_is_counted() -> None:
    counter = RequestCounter("test", "http://host")
    teapot = requests.Response()
    teapot.status_code = 418
    fails = [requests.ConnectionError(), KeyError(), OversizedAnswerError("too much", response=teapot)]
    layer = Counted(Fake(200, 404, *fails), counter)
    for kind in (None, None, requests.ConnectionError, KeyError, OversizedAnswerError):
        if kind is None:
            layer.send(prepared())
        else:
            with pytest.raises(kind):
                layer.send(prepared())
    found = {(one.route, one.status): (one.requests, one.bytes) for one in counter.take()}
    route = "/killmails/{id}"
    assert found == {(route, 200): (1, 4), (route, 404): (1, 4), (route, 0): (2, 0), (route, 418): (1, 0)}


# --- the pace -----------------------------------------------------------------------------------------------------


def test_a_pace_spreads_requests() -> None:
    inner = Fake()
    layer = Paced(inner, 20.0)
    for _ in range(41):
        layer.send(prepared())
    layer.close()
    assert inner.asked[-1] - inner.asked[0] >= 1.9  # 20 a second, whenever they began


# --- manners ------------------------------------------------------------------------------------------------------


def test_manners_are_minded_from_the_first_to_the_last_and_may_send_nothing() -> None:
    said: list[str] = []

    def manner(name: str) -> Callable[[Callable[[], requests.Response]], requests.Response]:
        def mind(send: Callable[[], requests.Response]) -> requests.Response:
            said.append(f"{name} before")
            response = send()
            said.append(f"{name} after")
            return response

        return mind

    def refuse(send: Callable[[], requests.Response]) -> requests.Response:
        raise requests.ConnectionError("not now")

    with scripted(lambda *_: (200, {})) as upstream:
        with build_session("test", upstream.url, manners=[manner("outer"), manner("inner")]) as session:
            assert session.get(upstream.url).status_code == 200
        assert said == ["outer before", "inner before", "inner after", "outer after"]
        with build_session("test", upstream.url, manners=[refuse]) as session:
            with pytest.raises(requests.ConnectionError, match="not now"):
                session.get(upstream.url)
            assert session.counter.take() == []
        assert len(upstream.requests) == 1


def test_the_cache_is_above_the_manners(tmp_path: Path) -> None:
    paid: list[int] = []

    def pay(send: Callable[[], requests.Response]) -> requests.Response:
        paid.append(1)
        return send()

    cache = Cache(tmp_path / "cache.sqlite", timedelta(hours=1), lambda _: True)
    with (
        scripted(lambda *_: (200, {})) as upstream,
        build_session("test", upstream.url, manners=[pay], cache=cache) as session,
    ):
        assert isinstance(session, CachingSession)
        for _ in range(3):
            session.get(f"{upstream.url}/x")
        [count] = session.counter.take()
        assert (len(paid), len(upstream.requests), count.requests, count.cache_hits) == (1, 1, 1, 2)


# --- bounds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "fits"), [(100, True), (101, False)])
def test_an_answer_has_so_many_bytes_at_most(size: int, fits: bool) -> None:
    with scripted(lambda *_: (200, b"x" * size)) as upstream:
        layer = Bounded(Wire(1), 30.0, 100, None)
        if fits:
            assert layer.send(prepared(upstream.url)).content == b"x" * size
        else:
            with pytest.raises(OversizedAnswerError, match="announced 101 bytes, more than 100") as caught:
                layer.send(prepared(upstream.url))
            assert caught.value.response is not None
            assert caught.value.response.status_code == 200
        layer.close()


def test_what_is_spooled_is_a_file_of_its_own_bound_and_of_the_range_asked_for(tmp_path: Path) -> None:
    with scripted(lambda *_: (206, b"x" * 500)) as upstream:
        layer = Bounded(Wire(1), 30.0, 100, Spool(tmp_path, 1000))
        response = layer.send(prepared(upstream.url), stream=True)
        assert (size_of(response), beginning_of(response, 3), response.raw.read()) == (500, b"xxx", b"x" * 500)
        with pytest.raises(OversizedAnswerError, match="more than 400"):
            layer.send(prepared(upstream.url, Range="bytes=0-399"), stream=True)
        with pytest.raises(OversizedAnswerError, match="more than 100"):  # in memory
            layer.send(prepared(upstream.url))
        layer.close()


# --- the session --------------------------------------------------------------------------------------------------


def test_a_session_follows_no_redirect_and_tells_who_it_is_but_no_password() -> None:
    with scripted(lambda *_: (302, b"", {"Location": "/elsewhere"})) as upstream:
        with_password = upstream.url.replace("http://", "http://me:secret@")
        with build_session("test", with_password, contact="me@example.org") as session:
            response = session.get(f"{with_password}/x")
        [request] = upstream.requests
        assert (response.status_code, "secret" in response.url) == (302, False)
        assert request.headers["User-Agent"].endswith("(me@example.org)")
        assert request.headers["Authorization"].startswith("Basic ")
