"""What the simulator notices about the manners of its clients."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from killmart_demo.app import Running, SimulatorConfig, running
from killmart_demo.faults import Faults
from killmart_demo.universe import EPOCH
from killmart_demo.watch import Limits, RateMeter, Watch

NOW = EPOCH + 150_000_000.0
DATE = {"X-Compatibility-Date": "2026-08-18"}


@pytest.fixture
def watch(clock: Any) -> Watch:
    return Watch(Limits(), clock)


def test_a_meter_of_a_shorter_stretch() -> None:
    meter = RateMeter(0.5)
    for at in (0.0, 0.4, 0.6, 0.9, 1.1):
        meter.note(at)
    assert (meter.peak, meter.recent) == (2, 2)


def test_rates_are_of_any_second_and_forgive_jitter(watch: Watch, clock: Any) -> None:
    for seconds in (0.0, 0.0, 0.97, 0.0, 1.0):
        clock.at += seconds
        watch.arrived("redisq", "listen.php")
    assert watch.status()["requests_per_second_max"] == {"redisq": 4}
    assert watch.breaches({}) == []
    watch.arrived("redisq", "object.php")
    watch.arrived("redisq", "object.php")
    assert watch.breaches({}) == ["redisq was asked 3 times within one second; it allows 2."]


def test_a_pause_is_broken_by_what_was_not_under_way(watch: Watch, clock: Any) -> None:
    watch.arrived("esi", "a")
    watch.answered("esi", "a", 429, {"retry-after": "10"})
    for seconds in (0.1, 9.9):  # under way already, and when it is over
        clock.at += seconds
        watch.arrived("esi", "b")
    assert watch.breaches({}) == []
    watch.answered("esi", "b", 420, {"x-esi-error-limit-reset": "30"})
    watch.answered("redisq", "b", 429, {})
    clock.at += 20
    watch.arrived("redisq", "b")
    watch.arrived("esi", "b")
    assert watch.breaches({}) == ["esi was asked 1 times during a pause that it had asked for."]


def test_a_file_is_left_alone_after_its_404(watch: Watch, clock: Any) -> None:
    for _ in range(2):
        watch.answered("r2z2", "ephemeral/5.json", 404, {})
        clock.at += 6.1
        watch.arrived("r2z2", "ephemeral/5.json")
    watch.answered("r2z2", "ephemeral/6.json", 404, {})
    clock.at += 1
    watch.arrived("r2z2", "ephemeral/sequence.json")  # another file
    assert watch.breaches({}) == []
    clock.at += 1
    watch.arrived("r2z2", "ephemeral/6.json")
    assert watch.status()["r2z2_gap_min"] == pytest.approx(2.0)
    assert watch.breaches({}) == ["r2z2 was asked for a file 2.00 s after its 404; it wants 6 s at least."]


def test_two_requests_of_a_queue_are_a_breach(watch: Watch) -> None:
    assert watch.breaches({"mine": 1}) == []
    assert watch.breaches({"mine": 2}) == ["redisq had 2 requests of the queueID mine in flight at once; it allows 1."]


def test_an_overdrawn_bucket_is_a_breach_and_an_injected_429_is_none() -> None:
    faults = Faults(rates={"r2z2:429": 1.0, "esi:420": 1.0})
    with running(SimulatorConfig(kills=2, esi_tokens=2, now=lambda: NOW, faults=faults)) as simulator:
        ask = _asker(simulator)
        assert ask("r2z2/ephemeral/sequence.json") == 429
        assert ask("esi/killmails/1/2") == 420
        assert simulator.state.breaches() == []
        simulator.state.plan.faults = Faults()
        assert [ask("esi/killmails/1/2") for _ in range(2)] == [422, 429]
        breaches = requests.get(f"{simulator.url}/_sim/status", timeout=60).json()["breaches"]
        assert "esi had to answer 429 to 1 requests beyond its token bucket." in breaches


def _asker(simulator: Running) -> Any:
    return lambda path: requests.get(f"{simulator.url}/{path}", headers=DATE, timeout=60).status_code
