"""Clocks for a simulator that lives faster than its tests."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Gives seconds."""


def scaled(clock: Clock, factor: float) -> Clock:
    """A clock that agrees with `clock` now and runs `factor` times as fast from here on."""
    start = clock()
    return lambda: start + (clock() - start) * factor
