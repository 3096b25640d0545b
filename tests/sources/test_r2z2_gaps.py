"""Numbers that R2Z2 does not have: holes, the end, a cursor too far or too old; none is passed over unrecorded."""

from __future__ import annotations

from typing import Any

import pytest

from killmart.errors import UpstreamRefusedError
from killmart.load.drain import drain
from killmart.runtime import Runtime
from killmart_demo.app import Running
from support.installation import FIRST, Installation, cursor, rows, run_sql, set_faults, simulated, staged, status
from support.scripted import Answer, Handler, Request, scripted

HASH = "0123456789abcdef0123456789abcdef01234567"


def reader(installation: Installation, simulator: Running, **options: Any) -> Runtime:
    return installation.runtime(simulator.url, **{"feed": "r2z2", "r2z2_start": FIRST} | options)


def holes(runtime: Runtime) -> list[tuple[int, int]]:
    found = rows(runtime, "SELECT first_position, last_position FROM staging.feed_holes ORDER BY 1")
    return [tuple(row) for row in found]


def put_cursor(runtime: Runtime, position: int) -> None:
    run_sql(runtime, "INSERT INTO staging.feed_cursors (feed, position) VALUES ('r2z2', :at)", at=str(position))


def test_a_hole_is_recorded_and_stepped_over_after_three_looks(installation: Installation) -> None:
    with simulated(kills=30, r2z2_holes=frozenset({FIRST + 5, FIRST + 6})) as simulator:
        runtime = reader(installation, simulator)
        drained = drain(runtime)
        ids = simulator.state.feed.ids
        assert (drained.holes, drained.is_dry) == (2, True)
        assert holes(runtime) == [(FIRST + 5, FIRST + 5), (FIRST + 6, FIRST + 6)]
        assert staged(runtime) == {*ids} - {ids[5], ids[6]}
        assert (
            status(simulator)["requests"]["r2z2"]["/ephemeral/{name}.json 404"] == 3 + 3 + 2
        )  # at the end one look ahead


def test_a_number_near_the_head_is_waited_for(installation: Installation) -> None:
    with simulated(kills=20, r2z2_holes=frozenset({FIRST + 12})) as simulator:  # sequence.json is 7 past it
        runtime = reader(installation, simulator)
        for _ in range(4):
            drain(runtime)
        assert (cursor(runtime, "r2z2").position, holes(runtime)) == (str(FIRST + 12), [])


def test_a_file_that_comes_while_it_is_looked_for_is_no_hole(installation: Installation) -> None:
    asked: list[str] = []

    def answer(request: Request, _: Handler) -> Answer:
        asked.append(request.path)
        if request.path.endswith("sequence.json"):
            return 200, {"sequence": 60}
        number = int(request.path.split("/")[-1].split(".")[0])
        return (404, b"") if number > 60 or (number == 50 and asked.count(request.path) < 3) else (200, package(number))

    with scripted(answer) as upstream:
        runtime = installation.runtime(upstream.url, feed="r2z2", r2z2_start=49, r2z2=upstream.url)
        drain(runtime)
        assert (staged(runtime), holes(runtime)) == ({*range(49, 61)}, [])


@pytest.mark.parametrize("position", [FIRST + 5_000, 2**63 - 1])
def test_a_cursor_beyond_the_head_goes_back_to_the_oldest_file_and_says_so(
    installation: Installation, position: int
) -> None:
    with simulated(kills=20) as simulator:
        runtime = reader(installation, simulator)
        put_cursor(runtime, position)
        drained = drain(runtime)
        assert (drained.is_dry, drained.new, drained.holes) == (True, 20, 1)
        assert cursor(runtime, "r2z2").position == str(FIRST + 20)
        [(first, reason)] = rows(runtime, "SELECT first_position, reason FROM staging.feed_holes")
        said = f"our cursor {position} was beyond the head {FIRST + 19}; went on at the oldest file, {FIRST}"
        assert (first, reason) == (None, said)


def test_a_sequence_that_is_stale_by_a_hundred_moves_no_cursor(installation: Installation) -> None:
    with simulated(kills=150) as simulator:
        runtime = reader(installation, simulator)
        put_cursor(runtime, FIRST + 149)
        set_faults(simulator, stale=1.0)
        drain(runtime)
        assert cursor(runtime, "r2z2").position == str(FIRST + 150)


@pytest.mark.parametrize("head", [2**63 - 1, 1_000, 60], ids=["64 bits", "thousands ahead", "a few ahead"])
def test_a_sequence_without_a_file_moves_no_cursor_over_what_is_not_there(
    installation: Installation, head: int
) -> None:
    said = [head, 40]

    def answer(request: Request, _: Handler) -> Answer:
        if request.path.endswith("sequence.json"):
            return 200, {"sequence": said.pop(0) if len(said) > 1 else said[0]}
        number = int(request.path.split("/")[-1].split(".")[0])
        return (200, package(number)) if number <= 40 else (404, b"")

    with scripted(answer) as upstream:
        runtime = installation.runtime(upstream.url, feed="r2z2", r2z2_start=38, r2z2_pause=0.01, r2z2=upstream.url)
        drain(runtime)
        drain(runtime)
        assert (staged(runtime), cursor(runtime, "r2z2").position, holes(runtime)) == ({38, 39, 40}, "41", [])
        assert len(upstream.requests) < 20


def package(number: int, **changes: Any) -> dict[str, Any]:
    killmail = {"killmail_id": number, "hash": HASH, "esi": {"killmail_id": number}, "zkb": {"hash": HASH}}
    return killmail | {"sequence_id": number} | changes


def test_a_cursor_older_than_the_feed_records_the_gap_and_reads_on_at_the_oldest_file(
    installation: Installation,
) -> None:
    head, oldest, hole, slips = 2_100, 2_050, 2_067, [2_083]
    asked: list[int] = []

    def answer(request: Request, _: Handler) -> Answer:
        if request.path.endswith("sequence.json"):
            return 200, {"sequence": head}
        number = int(request.path.split("/")[-1].split(".")[0])
        asked.append(number)
        if number in slips:
            slips.remove(number)
            return 404, b""
        return (200, package(number)) if oldest <= number <= head and number != hole else (404, b"")

    with scripted(answer) as upstream:
        runtime = installation.runtime(upstream.url, feed="r2z2", r2z2_pause=0.01, r2z2=upstream.url)
        put_cursor(runtime, 1)
        drain(runtime)
        assert asked.count(1) >= 3
        assert {hole, 2_083} <= {*asked[:30]}  # both misled the bisection
        assert holes(runtime) == [(1, oldest - 1), (hole, hole)]
        assert staged(runtime) == {*range(oldest, head + 1)} - {hole}
        assert len(asked) < 50 + 40  # looking for it took about as many requests as a bisection does
        assert cursor(runtime, "r2z2").position == str(head + 1)


def test_one_slip_far_behind_the_head_is_no_hole(installation: Installation) -> None:
    slips = [5]

    def answer(request: Request, _: Handler) -> Answer:
        if request.path.endswith("sequence.json"):
            return 200, {"sequence": 50_000}
        number = int(request.path.split("/")[-1].split(".")[0])
        if number in slips:
            slips.remove(number)
            return 404, b""
        return (200, package(number)) if number < 9 or number == 50_000 else (403, b"")  # enough is read

    with scripted(answer) as upstream:
        runtime = installation.runtime(upstream.url, feed="r2z2", r2z2_pause=0.01, r2z2=upstream.url, r2z2_start=1)
        with pytest.raises(UpstreamRefusedError):
            drain(runtime)
        assert staged(runtime) == {1, 2, 3, 4, 5, 6, 7, 8}
        assert holes(runtime) == []


def test_packages_that_no_reader_can_take_stop_neither_feed_nor_database(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("killmart.sources.r2z2_files._ATTEMPTS_FOR_PARTS", 1)
    deep: Any = 1
    for _ in range(600):
        deep = [deep]
    told = {
        1: package(1, zkb=deep),
        2: package(2, zkb={"hash": HASH, "labels": deep}),
        3: package(3, hash="\ud800" + HASH + "\x00"),
        4: package(4, killmail_id="9" * 5000),
        5: package(5, hash=None),
        6: package(6, zkb={"hash": HASH, "totalValue": float("nan"), "labels": ["\x00\ud800"]}),
        7: package(7, esi=None),
        8: package(8, sequence_updated="7"),
        9: package(9, sequence_updated=[1]),
    }

    def answer(request: Request, _: Handler) -> Answer:
        name = request.path.split("/")[-1].split(".")[0]
        if name == "sequence":
            return 200, {"sequence": 9}
        return (200, told[int(name)]) if int(name) in told else (404, b"")

    with scripted(answer) as upstream:
        runtime = installation.runtime(upstream.url, feed="r2z2", r2z2_start=1, r2z2=upstream.url)
        drained = drain(runtime)
        assert (drained.unreadable, drained.is_dry) == (2, True)
        assert staged(runtime) == {1, 2, 3, 6, 7, 8, 9}
        without = rows(runtime, "SELECT killmail_id FROM staging.killmails WHERE zkb IS NULL ORDER BY 1")
        assert [row.killmail_id for row in without] == [1]  # the second lacks its labels alone
