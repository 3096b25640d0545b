"""How long work has taken and may take."""

from __future__ import annotations

import pytest

from killmart.timing import Stopwatch, TimeBox


def test_a_time_box_ends_and_waits_no_longer_than_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr("killmart.timing.time.monotonic", lambda: now[0])
    monkeypatch.setattr("killmart.timing.time.sleep", sleep)
    box, endless, watch = TimeBox(10), TimeBox(), Stopwatch()
    assert (box.is_over, box.wait(6), box.is_over) == (False, True, False)
    assert (box.wait(5), box.is_over) == (False, True)
    assert (endless.wait(1000), endless.is_over) == (True, False)
    assert slept == [6, 1000]
    assert (watch.seconds, watch.rate(503)) == (1006.0, 0.5)
