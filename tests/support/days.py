"""What the tests of whole days share: a simulator whose days are small, and the sources on it over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from killmart_demo.app import Running, running
from killmart_demo.config import SimulatorConfig
from killmart_demo.days_options import DayOptions
from killmart_demo.watch import Limits

NOW = 1_795_000_000.0
"""2026-11-18, in the forenoon."""
DAY = date(2026, 11, 17)
DAY_BEFORE = date(2026, 11, 16)
FREE = Limits(r2z2_per_second=10_000)


@contextmanager
def serving(options: DayOptions | None = None, **config: Any) -> Iterator[Running]:
    """A simulator with days of about 120 kills, from three days before `DAY` on."""
    usual = {"kills": 5, "now": lambda: NOW, "limits": FREE, "days": options or small()}
    with running(SimulatorConfig(**usual | config)) as found:
        yield found


def small(**options: Any) -> DayOptions:
    return DayOptions(**{"day_kills": 120, "first_day": date(2026, 11, 14)} | options)


def damaged(*names: str, **options: Any) -> DayOptions:
    """Small days, `DAY` with that damage."""
    return small(damage={DAY.isoformat(): names}, **options)
