"""Files that R2Z2 publishes again: the newer version replaces the older one; what is missing then is recorded."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from killmart.errors import UpstreamRefusedError
from killmart.load.drain import drain
from killmart.runtime import Runtime
from killmart.sources.r2z2 import LOOKS
from killmart_demo.app import Running
from killmart_demo.faults import Faults
from killmart_demo.r2z2 import zkb_of_r2z2
from support.installation import FIRST, Installation, cursor, killmails, rows, simulated, status
from support.pipeline import load_past_gate
from support.scripted import Answer, Handler, Request, Scripted, scripted

HASH = "0123456789abcdef0123456789abcdef01234567"
OLDER, NEWER = 10, 12
AGAIN = f"updated={NEWER}"


def reader(installation: Installation, simulator: Running) -> Runtime:
    return installation.runtime(simulator.url, feed="r2z2", r2z2_start=FIRST)


def read_one_by_one(runtime: Runtime, files: int) -> None:
    """Bring each file to core before the next is read: a newer version finds the older one there."""
    for _ in range(files + 2):
        drain(runtime, seconds=0)
        load_past_gate(runtime)


def true_blocks(simulator: Running) -> dict[int, Any]:
    """The zkb block of every killmail as its newest file has it."""
    return {one: zkb_of_r2z2(simulator.state.feed.kill(one)) for one in simulator.state.feed.ids}


def true_bodies(simulator: Running) -> dict[int, bytes]:
    """The body of every killmail as its newest file has it."""
    return {one: simulator.state.feed.kill(one).body for one in simulator.state.feed.ids}


def half_up(value: float) -> int:
    return int(Decimal(repr(value)).quantize(Decimal(1), ROUND_HALF_UP))


def test_newer_values_replace_the_older_ones_in_core(installation: Installation) -> None:
    with simulated(kills=16, faults=Faults(rates={"republished": 0.9})) as simulator:
        runtime = reader(installation, simulator)
        read_one_by_one(runtime, 16)
        assert len(status(simulator)["r2z2"]["republished"]) > 2
        blocks = true_blocks(simulator)
        assert {one: row.zkb for one, row in killmails(runtime).items()} == blocks
        values = dict(map(tuple, rows(runtime, "SELECT killmail_id, total_value FROM core.kills_fact")))
        assert values == {one: half_up(zkb["totalValue"]) for one, zkb in blocks.items()}


@pytest.mark.parametrize("is_loaded_between", [True, False])
def test_a_newer_body_under_the_same_hash_replaces_the_older_one_in_core(
    installation: Installation, is_loaded_between: bool
) -> None:
    with simulated(kills=16, faults=Faults(rates={"republished_body": 0.9})) as simulator:
        runtime = reader(installation, simulator)
        if is_loaded_between:
            read_one_by_one(runtime, 16)
        else:
            assert drain(runtime).is_dry
            load_past_gate(runtime)
        assert len(status(simulator)["r2z2"]["republished"]) > 2
        bodies = true_bodies(simulator)
        assert {one: bytes(row.body) for one, row in killmails(runtime).items()} == bodies
        damage = dict(map(tuple, rows(runtime, "SELECT killmail_id, damage_taken FROM core.kill_victims")))
        assert damage == {one: json.loads(body)["victim"]["damage_taken"] for one, body in bodies.items()}
        assert {row.state for row in killmails(runtime).values()} == {"promoted"}
        assert rows(runtime, "SELECT * FROM quality.quarantine") == []
        assert rows(runtime, "SELECT * FROM staging.feed_holes") == []


def package(number: int, value: float, **more: Any) -> dict[str, Any]:
    zkb = {"hash": HASH, "totalValue": value}
    return {
        "killmail_id": number,
        "hash": HASH,
        "esi": {"killmail_id": number},
        "zkb": zkb,
        "sequence_id": number,
    } | more


@contextmanager
def announcing(second_look: Callable[[int], int]) -> Iterator[Scripted]:
    """A feed of 10 to 13 whose 12 announces 10 again; `second_look` says the status of the nth look at that."""
    looks = 0

    def answer(request: Request, _: Handler) -> Answer:
        nonlocal looks
        name = request.path.split("/")[-1].removesuffix(".json")
        if name == "sequence":
            return 200, {"sequence": 13}
        number = int(name)
        if number == OLDER and request.query == AGAIN:
            looks += 1
            code = second_look(looks)
            return code, package(OLDER, 2.0) if code == 200 else b""
        return (
            (200, package(number, 1.0, sequence_updated=OLDER if number == NEWER else None))
            if number < 14
            else (404, b"")
        )

    with scripted(answer) as upstream:
        yield upstream


def looks_at(upstream: Scripted) -> int:
    """How often the older file was asked for because a newer one announced it."""
    return sum(request.query == AGAIN for request in upstream.requests)


def values_staged(runtime: Runtime) -> dict[int, float]:
    return {one: row.zkb["totalValue"] for one, row in killmails(runtime).items()}


def test_one_404_for_an_announced_file_is_looked_at_again(installation: Installation) -> None:
    with announcing(lambda look: 404 if look == 1 else 200) as upstream:
        runtime = installation.runtime(upstream.url, feed="r2z2", r2z2_start=OLDER, r2z2=upstream.url)
        drained = drain(runtime)
        assert (drained.is_dry, drained.refs, drained.holes) == (True, 5, 0)
        assert values_staged(runtime) == {10: 2.0, 11: 1.0, 12: 1.0, 13: 1.0}
        assert (looks_at(upstream), rows(runtime, "SELECT * FROM staging.feed_holes")) == (2, [])


def test_an_announced_file_that_stays_away_is_recorded_and_its_older_version_kept(
    installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with announcing(lambda _: 404) as upstream:
        runtime = installation.runtime(upstream.url, feed="r2z2", r2z2_start=OLDER, r2z2=upstream.url)
        with caplog.at_level(logging.WARNING):
            drained = drain(runtime)
        assert (drained.is_dry, drained.refs, drained.holes) == (True, 4, 1)
        assert values_staged(runtime) == dict.fromkeys((10, 11, 12, 13), 1.0)
        [hole] = rows(runtime, "SELECT first_position, last_position, reason FROM staging.feed_holes")
        assert (hole.first_position, hole.last_position, looks_at(upstream)) == (OLDER, OLDER, LOOKS)
        assert hole.reason == f"404 {LOOKS} times, though file {NEWER} says that it was republished"
        assert (
            "R2Z2's 10: 404 3 times, though file 12 says that it was republished; what it said before stays"
            in caplog.text
        )
        assert cursor(runtime, "r2z2").position == "14"


def test_a_run_that_ends_between_two_looks_leaves_the_announcement_to_the_next(installation: Installation) -> None:
    bans = iter([404, 403])
    with announcing(lambda _: next(bans, 200)) as upstream:
        runtime = installation.runtime(upstream.url, feed="r2z2", r2z2_start=OLDER, r2z2=upstream.url)
        with pytest.raises(UpstreamRefusedError):
            drain(runtime)
        at = cursor(runtime, "r2z2")
        assert (at.position, at.last_404_at is not None) == (str(NEWER), True)
        assert values_staged(runtime) == {10: 1.0, 11: 1.0}
        with runtime.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE ops.pauses SET until = now()")
        assert drain(runtime).is_dry
        assert values_staged(runtime) == {10: 2.0, 11: 1.0, 12: 1.0, 13: 1.0}
