"""Upstreams that mean harm or have gone mad: memory, time and addresses stay within bounds."""

from __future__ import annotations

import gzip
import re
import time
from contextlib import suppress
from email.utils import formatdate
from typing import Any

import pytest
import requests

from killmart.errors import UpstreamError
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.sources.bounds import LARGEST_BODY
from killmart.sources.feed import LARGEST_PACKAGE
from killmart.sources.retry import retry_after, with_retries
from killmart.sources.transport.bound import OversizedAnswerError
from killmart.sources.transport.session import PoliteSession, build_session
from support.installation import FIRST, Installation, killmails, rows, set_faults, simulated, stage_refs, status
from support.scripted import Answer, Handler, Request, Scripted, scripted

HASH = "0123456789abcdef0123456789abcdef01234567"
PEAK = """
import resource
from killmart.errors import UpstreamError
from killmart.sources.transport.session import build_session
build_session("warm", "http://127.0.0.1:1", per_second=1).close()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    drain(runtime)
except UpstreamError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def session_for(upstream: Scripted, longest: float = 0.4) -> PoliteSession:
    return build_session("test", upstream.url, per_second=1000, longest=longest)


@pytest.mark.parametrize("fault", ["oversize", "gzip_bomb"])
def test_a_huge_answer_is_refused_and_memory_stays_bounded(installation: Installation, fault: str) -> None:
    with simulated(kills=3) as simulator:
        set_faults(simulator, **{fault: 1.0})
        code, said = installation.run(PEAK, simulator.url, feed="r2z2", r2z2_start=FIRST)
        assert code == 0, said
        assert re.search(rf"(sent|announced) .*more than {LARGEST_PACKAGE:,}", said)
        assert "connection" not in said.splitlines()[0].lower()
        assert int(said.splitlines()[1]) < 3 * 20  # the parts, what they make, and some
        set_faults(simulator)
        assert drain(installation.runtime(simulator.url, feed="r2z2", r2z2_start=FIRST)).new == 3


def test_a_bomb_in_a_bomb_does_not_go_off_either(installation: Installation) -> None:
    bomb = gzip.compress(gzip.compress(bytes(200 * 2**20), 1))
    with scripted(lambda *_: (200, bomb, {"Content-Encoding": "gzip, gzip"})) as upstream:
        code, said = installation.run(PEAK, upstream.url, feed="r2z2", r2z2_start=1, r2z2=upstream.url)
        assert code == 0, said
        assert int(said.splitlines()[1]) < 3 * 20


def test_no_redirect_to_another_host_is_followed(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("killmart.sources.redisq._TRIES", 2)
    monkeypatch.setattr("killmart.sources.r2z2_files._ATTEMPTS", 2)
    with scripted(lambda *_: (200, {"package": None})) as elsewhere:
        told = iter([f"{elsewhere.url}/object.php?objectID=one", f"{elsewhere.url}/again", "/object.php?objectID=null"])

        def answer(request: Request, _: Handler) -> Answer:
            if request.path == "/listen.php":
                return 302, b"", {"Location": next(told)}
            if request.path == "/object.php" and request.query != "objectID=one":
                return 404, b""
            return 302, b"", {"Location": f"{elsewhere.url}{request.path}"}

        with scripted(answer) as upstream:
            urls = dict.fromkeys(("redisq", "r2z2", "esi"), upstream.url)
            for options in ({"feed": "redisq"}, {"feed": "r2z2", "r2z2_start": 1}):
                with suppress(UpstreamError):
                    drain(installation.runtime(upstream.url, **urls, **options))
            runtime = installation.runtime(upstream.url, **urls, retry_seconds=600)
            stage_refs(runtime, {1: HASH})
            fetch(runtime)
            host = elsewhere.url.removeprefix("http://")
            assert killmails(runtime)[1].error.startswith(f"ESI answered 302 and leads to another host ({host})")
        assert {request.path for request in upstream.requests} == {
            "/listen.php",
            "/object.php",
            *(f"/ephemeral/{number}.json" for number in (1, 11, 51, 201, 1001)),
            "/ephemeral/sequence.json",
            f"/killmails/1/{HASH}",
        }
        assert elsewhere.requests == []


def test_a_redirect_loop_ends(installation: Installation) -> None:
    with simulated(kills=3) as simulator:
        set_faults(simulator, redirect_loop=1.0)
        with pytest.raises(UpstreamError, match="302"):
            drain(installation.runtime(simulator.url))
        assert simulator.state.counts.total() == 5
        assert status(simulator)["breaches"] == []


def endless(head: bytes, tail: bytes) -> Any:
    """A script that sends `head`, then `tail` over and over, bit by bit, until the client hangs up."""

    def answer(_: Request, handler: Handler) -> Answer:
        with suppress(OSError):
            handler.wfile.write(head)
            while True:
                handler.wfile.write(tail)
                handler.wfile.flush()
                time.sleep(0.03)
        return None

    return answer


_OK = b"HTTP/1.1 200 OK\r\n"
_NOTHING = b"5\r\n\x00\x00\x00\xff\xff\r\n"  # a chunk with a block of deflate that holds not a byte


@pytest.mark.parametrize(
    "script",
    [
        endless(b"H", b"T"),
        endless(_OK, b"X-More: and more\r\n"),
        endless(_OK + b"Content-Length: 1000000\r\n\r\n", b" "),
        endless(_OK + b"Connection: close\r\n\r\n", b" "),
        endless(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        endless(_OK + b"Content-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n\x78\x9c\r\n", _NOTHING),
    ],
    ids=["status line", "headers", "body with a length", "body without", "chunks", "chunks of nothing"],
)
def test_an_endless_dribble_is_cut_off(script: Any) -> None:
    with scripted(script) as upstream, session_for(upstream) as session:
        with pytest.raises(requests.RequestException) as caught:
            session.get(f"{upstream.url}/x")
        assert isinstance(caught.value, OversizedAnswerError)
        assert str(caught.value).endswith("/x was still sending after 0.4 s")
        [count] = session.counter.take()
        assert (count.requests, count.status in (0, 200)) == (1, True)


def test_a_connection_that_was_cut_off_is_not_used_again() -> None:
    scripts = iter([endless(_OK + b"Content-Length: 1000\r\n\r\n", b" ")])

    def answer(request: Request, handler: Handler) -> Answer:
        script = next(scripts, None)
        return (200, {"fine": True}) if script is None else script(request, handler)

    with scripted(answer) as upstream, session_for(upstream, longest=4) as session:  # what is fine has to come in it
        with pytest.raises(OversizedAnswerError):
            session.get(upstream.url)
        assert [session.get(upstream.url).json() for _ in range(3)] == [{"fine": True}] * 3


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("7.5", 7.5),
        (formatdate(1_000_000_007, usegmt=True), 7.0),  # by the upstream's own clock, however wrong that is
        (formatdate(999_999_000, usegmt=True), 1.0),  # it is over
        ("0", 1.0),
        ("0.2", 1.0),
        ("86400", 3600.0),
        ("9999999999", 3600.0),
        ("9" * 5000, 3600.0),
        (formatdate(4_000_000_000, usegmt=True), 3600.0),
        ("inf", 5.0),
        ("-1", 5.0),
        ("soon", 5.0),
        ("", 5.0),
    ],
)
def test_the_pause_that_is_asked_for_needs_no_clock_to_be_right(header: str, seconds: float) -> None:
    response = requests.Response()
    response.headers["Date"] = formatdate(1_000_000_000, usegmt=True)
    response.headers["Retry-After"] = header
    assert retry_after(response, default=5.0) == seconds


def test_a_body_larger_than_any_killmail_is_not_kept(installation: Installation) -> None:
    with scripted(lambda *_: (200, {"killmail_id": 5, "filling": "x" * LARGEST_BODY})) as upstream:
        runtime = installation.runtime(upstream.url, retry_seconds=600)
        stage_refs(runtime, {5: "a" * 40})
        fetch(runtime)
        [row] = killmails(runtime).values()
        assert (row.state, row.body) == ("pending", None)
        assert row.error.endswith("more than a killmail has")


def test_nothing_of_an_oversized_body_is_staged(installation: Installation) -> None:
    with simulated(kills=2) as simulator:
        runtime = installation.runtime(simulator.url, retry_seconds=600)
        stage_refs(runtime, {one: simulator.state.feed.kill(one).killmail_hash for one in simulator.state.feed.ids})
        set_faults(simulator, oversize=1.0)
        fetch(runtime)
        found = killmails(runtime).values()
        assert {row.state for row in found} == {"pending"}
        for row in found:
            assert re.fullmatch(r"no answer of use from ESI: .* more than 20,971,520( bytes)?", row.error)
        [(code, asked)] = rows(runtime, "SELECT status, sum(requests)::int FROM ops.request_stats GROUP BY 1")
        assert (code, asked) == (200, 2)  # once each: it will not get better


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (OversizedAnswerError("more than any"), 1),
        (requests.exceptions.InvalidURL("no host"), 1),
        (requests.exceptions.InvalidSchema("ftp"), 1),
        (requests.ConnectionError("reset"), 3),
        (requests.ReadTimeout("silent"), 3),
        (requests.exceptions.InvalidJSONError("cut off"), 3),
    ],
)
def test_what_will_not_get_better_is_asked_for_once(error: Exception, times: int) -> None:
    asked = 0

    def send() -> requests.Response:
        nonlocal asked
        asked += 1
        raise error

    with pytest.raises(type(error), match=str(error)):
        with_retries(send)
    assert asked == times
