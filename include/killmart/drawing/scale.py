"""Round numbers for axes."""

from __future__ import annotations

import math
from collections.abc import Sequence


def ceiling(values: Sequence[float]) -> float:
    """The smallest of 1, 2, 4, 5, 8, 10 × 10ⁿ that holds all values; 1 where there are none."""
    top = max(values, default=0)
    if top <= 0:
        return 1
    unit = 10.0 ** math.floor(math.log10(top))
    return next(step * unit for step in (1, 2, 4, 5, 8, 10) if step * unit >= top * 0.9999)


def short(value: float) -> str:
    """`1.2 m`, `40 k`, `0.5`: a number for an axis."""
    for unit, name in ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{value / unit:g} {name}"
    return f"{value:g}"
