"""A short version of `make soak`: crashes at random points lose nothing and double nothing, on both feeds."""

from __future__ import annotations

from pathlib import Path

import great_expectations  # noqa: F401 - before any fork
import pytest

from killmart.config.connections import Connection
from support.crashes import STAGES, run


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("seed", "feed"), [(1, "redisq"), (2, "r2z2")])
def test_crashes_lose_nothing_and_double_nothing(warehouse: Connection, tmp_path: Path, seed: int, feed: str) -> None:
    report = run(seed, 400, feed, crashes=8, warehouse=warehouse, home=tmp_path / "home", time_box=0.4)
    assert report.differences == []
    assert report.breaches == []
    assert report.crashes
    assert set(report.crashes) <= set(STAGES)
    assert report.told_lost <= report.crashes["drain"] + report.failures  # no life that ended well left a pop in doubt
    if feed == "r2z2":
        assert report.told_lost == 0
        assert report.interrupted_pops == []  # reads of R2Z2 are idempotent: not even a crash in one loses it
