"""What ESI may answer, over real HTTP, and what it makes of the killmail that waits for its body."""

from __future__ import annotations

import json
import socket
import struct
from collections import Counter
from typing import Any

import pytest

from killmart.load.fetch import fetch
from support.installation import Installation, killmails, rows, run_sql, stage_refs
from support.scripted import Answer, Handler, Request, scripted

HASH = "0123456789abcdef0123456789abcdef01234567"
BODY = {"killmail_id": 1, "attackers": [], "killmail_time": "2026-01-01T00:00:00Z", "solar_system_id": 30000142}
LATER = 600.0
"""Seconds of the first retry: nothing is asked for twice by one fetch."""


def killmail_id_of(request: Request) -> int:
    return int(request.path.split("/")[-2])


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def hang(handler: Handler) -> None:
    handler.connection.settimeout(60)
    handler.connection.recv(1)  # until the client has had enough


def cut(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + json.dumps(BODY).encode()[:40])
    handler.wfile.flush()


SCRIPT: dict[int, Any] = {
    10: (200, b'{"killmail_id":10,"half'),
    11: (200, b"<!DOCTYPE html><html></html>"),
    12: (200, BODY),
    13: (200, b""),
    20: (204, b""),
    30: (302, b"", {"Location": "http://127.0.0.1:1/killmails/30/x"}),
    31: (304, b""),
    40: (400, {"error": "Invalid"}),
    41: (401, {"error": "No"}),
    42: (422, {"error": "Invalid killmail_id and/or killmail_hash"}),
    44: (404, {"error": "Killmail not found"}),
    50: (500, b"oops"),
    52: (502, b"<html>"),
    53: (503, b""),
    54: (504, b'{"error":"Timeout"}'),
    60: reset,
    61: hang,
    62: cut,
}
STATE = dict.fromkeys(SCRIPT, "pending") | {12: "fetched", 40: "gone", 44: "gone"}
HANGING = {61}
TRIED_THREE_TIMES = {50, 52, 53, 54, 60, 61, 62}


def test_every_answer_has_its_outcome_on_the_row(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: Request, handler: Handler) -> Answer:
        said = SCRIPT[killmail_id_of(request)]
        return said(handler) if callable(said) else said

    with scripted(answer) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, retry_seconds=LATER, esi_concurrency=16)
        stage_refs(runtime, dict.fromkeys(SCRIPT.keys() - HANGING, HASH))
        report = fetch(runtime)
        monkeypatch.setattr("killmart.sources.transport.wire.TIMEOUT", (5.0, 0.4))  # all that is left never answers
        stage_refs(runtime, dict.fromkeys(HANGING, HASH))
        report.outcomes += fetch(runtime).outcomes
        tries = Counter(map(killmail_id_of, esi.requests))

    found = killmails(runtime)
    assert {one: row.state for one, row in found.items()} == STATE
    assert tries == {one: 3 if one in TRIED_THREE_TIMES else 1 for one in SCRIPT}
    assert report.outcomes == {"fetched": 1, "garbled": 3, "gone": 2, "rejected": 1, "failed": len(SCRIPT) - 7}
    assert all(row.attempts == 1 for row in found.values())
    waiting = [row for row in found.values() if row.state == "pending"]
    assert all(row.next_attempt_at and row.error for row in waiting)
    assert found[42].error == "ESI answered 422: id and hash do not belong together"
    assert found[53].error == "ESI answered 503"
    assert found[60].error.startswith("no answer of use from ESI: ")
    assert (json.loads(bytes(found[12].body)), found[10].body) == (BODY, None)


def test_what_fails_waits_twice_as_long_each_time_and_then_comes(installation: Installation) -> None:
    answers: list[Any] = [(503, b"")] * 6 + [(200, {"killmail_id": 1})]
    with scripted(lambda *_: answers.pop(0)) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, retry_seconds=LATER)
        stage_refs(runtime, {1: HASH})
        for wait in (LATER, 2 * LATER):
            fetch(runtime)
            [row] = rows(
                runtime, "SELECT extract(epoch FROM next_attempt_at - now())::float AS s FROM staging.killmails"
            )
            assert 0.75 * wait < row.s < 1.25 * wait  # with its jitter
            run_sql(runtime, "UPDATE staging.killmails SET next_attempt_at = now()")
        assert (fetch(runtime).fetched, killmails(runtime)[1].attempts) == (1, 3)


def test_422_is_asked_once_more_later_and_may_have_been_untrue(installation: Installation) -> None:
    true, untrue = 1, 2
    seen: Counter[int] = Counter()

    def answer(request: Request, _: Handler) -> Answer:
        one = killmail_id_of(request)
        seen[one] += 1
        return (200, {"killmail_id": one}) if one == untrue and seen[one] > 1 else (422, {})

    with scripted(answer) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, retry_seconds=LATER)
        stage_refs(runtime, {true: HASH, untrue: HASH})
        fetch(runtime)
        fetch(runtime)
        assert seen == {true: 1, untrue: 1}  # not before its time
        run_sql(runtime, "UPDATE staging.killmails SET next_attempt_at = now()")
        fetch(runtime)
        fetch(runtime)
    assert {one: row.state for one, row in killmails(runtime).items()} == {true: "gone", untrue: "fetched"}
    assert seen == {true: 2, untrue: 2}


def test_a_body_that_stays_no_json_is_handed_on_to_quarantine(installation: Installation) -> None:
    with scripted(lambda *_: (200, b"<html>")) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url, retry_seconds=LATER)
        stage_refs(runtime, {1: HASH})
        for _ in range(6):
            assert killmails(runtime)[1].state == "pending"
            fetch(runtime)
            run_sql(runtime, "UPDATE staging.killmails SET next_attempt_at = now()")
        row = killmails(runtime)[1]
        assert (row.state, bytes(row.body), len(esi.requests)) == ("fetched", b"<html>", 6)


def test_a_hash_that_cannot_be_asked_for_is_not(installation: Installation) -> None:
    with scripted(lambda *_: (500, b"")) as esi:
        runtime = installation.runtime(esi.url, esi=esi.url)
        stage_refs(runtime, {1: "CCP VERIFIED", 2: "../../status", 3: HASH.upper(), 4: HASH + "\n"})
        fetch(runtime)
        assert {row.state for row in killmails(runtime).values()} == {"gone"}
        assert esi.requests == []
