"""The simulated R2Z2 over a real socket: numbered files, holes, republished ones, refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests

from killmart_demo.app import Running, SimulatorConfig, running
from killmart_demo.faults import Faults
from killmart_demo.universe import EPOCH
from killmart_demo.watch import Limits

NOW = EPOCH + 150_000_000.0
FIRST = 96_000_000
KILLS = 30
FREE = Limits(r2z2_per_second=10_000)
AGENT = {"User-Agent": "Killmart/1 (tests)"}


def get(simulator: Running, name: object, agent: str = "Killmart/1 (tests)") -> requests.Response:
    url = f"{simulator.url}/r2z2/ephemeral/{name}.json"
    return requests.get(url, headers={"User-Agent": agent}, timeout=60)


def head(simulator: Running) -> int:
    number: int = get(simulator, "sequence").json()["sequence"]
    return number


def files(simulator: Running) -> dict[int, dict[str, Any]]:
    """Every file there is, read once in order."""
    answers = {number: get(simulator, number) for number in range(FIRST, head(simulator) + 1)}
    return {number: answer.json() for number, answer in answers.items() if answer.status_code == 200}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Running]:
    with running(SimulatorConfig(kills=KILLS, now=lambda: NOW, limits=FREE)) as found:
        yield found


def test_every_kill_of_the_feed_has_a_number_in_processing_order(simulator: Running) -> None:
    assert head(simulator) == FIRST + KILLS - 1
    found = files(simulator)
    assert list(found) == list(range(FIRST, FIRST + KILLS))
    assert [file["killmail_id"] for file in found.values()] == simulator.state.feed.ids
    for number, file in found.items():
        kill = simulator.state.feed.kill(file["killmail_id"])
        assert list(file) == ["killmail_id", "hash", "esi", "zkb", "uploaded_at", "sequence_id"]
        assert (file["sequence_id"], file["uploaded_at"], file["hash"]) == (number, int(NOW), kill.killmail_hash)
        assert file["esi"] == msgspec.json.decode(kill.body)
    assert get(simulator, FIRST + KILLS).status_code == 404
    assert simulator.state.status()["first_load_left"] == {"r2z2": 0}


def test_the_files_have_the_shape_of_a_real_one(simulator: Running, shared_file: Callable[[str], Path]) -> None:
    lines = shared_file("killmails/zkb_packages.jsonl").read_text().splitlines()
    real = next(
        one["data"]
        for one in map(msgspec.json.decode, lines)
        if one["kind"] == "r2z2_ephemeral" and "totalDroppableValue" in one["data"]["zkb"]
    )
    file = get(simulator, FIRST).json()
    assert list(file["zkb"]) == list(real["zkb"])
    zkb, kill = file["zkb"], simulator.state.feed.kill(file["killmail_id"])
    assert zkb["attackerCount"] == len(file["esi"]["attackers"])
    assert {name: zkb[name] for name in kill.zkb} == kill.zkb
    assert 0 <= zkb["totalDroppableValue"] < zkb["totalValue"]
    for name in file.keys() & real.keys():
        assert type(file[name]) is type(real[name])


@pytest.mark.parametrize("name", ["0", "-1", FIRST - 1, "9" * 30, "abc", "%D9%A3"])
def test_what_is_no_number_of_the_sequence_is_404(simulator: Running, name: object) -> None:
    assert get(simulator, name).status_code == 404


def test_the_sequence_may_trail_and_newer_files_appear(clock: Any) -> None:
    clock.at = NOW
    config = SimulatorConfig(kills=20, trickle=True, now=clock, r2z2_trail=7, r2z2_first=500, limits=FREE)
    with running(config) as simulator:
        assert head(simulator) == 512
        assert get(simulator, 519).status_code == 200
        assert get(simulator, 520).status_code == 404
        clock.at += 600
        assert head(simulator) > 512
        assert get(simulator, 520).json()["uploaded_at"] == int(NOW + 600)
    with running(SimulatorConfig(kills=3, now=clock, r2z2_trail=51, limits=FREE)) as simulator:
        assert head(simulator) == FIRST - 1


def test_old_files_go_and_holes_stay(clock: Any) -> None:
    clock.at = NOW
    config = SimulatorConfig(kills=5, now=clock, r2z2_holes=frozenset({FIRST + 2}), limits=FREE)
    with running(config) as simulator:
        assert list(files(simulator)) == [FIRST, FIRST + 1, FIRST + 3, FIRST + 4]
        assert simulator.state.status()["r2z2"]["swallowed"] == {FIRST + 2: simulator.state.feed.ids[2]}
        clock.at += 86_399
        assert get(simulator, FIRST).status_code == 200
        clock.at += 1
        assert get(simulator, FIRST).status_code == 404
        assert head(simulator) == FIRST + 4


def test_injected_holes_take_a_number_but_no_kill() -> None:
    config = SimulatorConfig(kills=60, now=lambda: NOW, limits=FREE, faults=Faults(rates={"hole": 0.3}))
    with running(config) as simulator:
        found = files(simulator)
        assert [file["killmail_id"] for file in found.values()] == simulator.state.feed.ids
        holes = simulator.state.status()["r2z2"]["holes"]
        assert holes
        assert sorted([*found, *holes]) == list(range(FIRST, FIRST + 60 + len(holes)))
        assert max(holes) <= max(found) - 20  # sequence.json gets well past every one
        assert simulator.state.injected() == {"r2z2": {"hole": len(holes)}}


def test_a_republished_file_changes_when_its_announcement_is_read() -> None:
    faults = Faults(rates={"republished": 0.3, "republished_body": 0.2})
    with running(SimulatorConfig(kills=KILLS, now=lambda: NOW, limits=FREE, faults=faults)) as simulator:
        before = files(simulator)
        announced = {file["sequence_updated"]: number for number, file in before.items() if "sequence_updated" in file}
        assert announced
        assert announced == simulator.state.status()["r2z2"]["republished"]
        other_bodies = 0
        for number, by in announced.items():
            kill = simulator.state.feed.kill(before[number]["killmail_id"])
            assert number < by
            assert before[number]["zkb"]["totalValue"] != kill.zkb["totalValue"]
            after = get(simulator, number).json()
            assert after["zkb"]["totalValue"] == kill.zkb["totalValue"]
            assert after["esi"] == msgspec.json.decode(kill.body)
            other_bodies += before[number]["esi"] != after["esi"]
        assert 0 < other_bodies < len(announced)
        again = files(simulator)
        assert all(again[number] == file for number, file in before.items() if number not in announced)


def test_old_kills_ride_again_and_out_of_order() -> None:
    faults = Faults(rates={"duplicate": 0.3, "out_of_order": 0.3})
    with running(SimulatorConfig(kills=KILLS, now=lambda: NOW, limits=FREE, faults=faults)) as simulator:
        told = [file["killmail_id"] for file in files(simulator).values()]
        assert len(told) == KILLS + simulator.state.injected()["r2z2"]["duplicate"]
        assert set(told) == set(simulator.state.feed.ids)
        assert list(dict.fromkeys(told)) != simulator.state.feed.ids


def test_who_gives_no_name_is_refused(simulator: Running) -> None:
    assert get(simulator, FIRST, agent="").status_code == 403
    assert get(simulator, "sequence", agent="").status_code == 403


def test_hasty_clients_are_throttled_then_banned_for_an_hour(clock: Any) -> None:
    config = SimulatorConfig(kills=3, monotonic=clock, now=lambda: NOW, limits=Limits(r2z2_strikes=3))
    with running(config) as simulator:
        assert [get(simulator, FIRST).status_code for _ in range(16)] == [200] * 15 + [429]
        clock.at += 1
        assert get(simulator, FIRST).status_code == 200
        assert [get(simulator, FIRST).status_code for _ in range(17)] == [200] * 14 + [429, 429, 403]
        clock.at += 3_599
        assert get(simulator, FIRST).status_code == 403
        clock.at += 3_601
        assert get(simulator, FIRST).status_code == 200
        status = simulator.state.status()
        assert (status["r2z2_throttled"], status["r2z2_bans"], status["requests_in_pause"]) == (3, 1, {"r2z2": 1})
        assert [breach for breach in status["breaches"] if "ban" in breach]
