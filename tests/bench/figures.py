"""How a figure of several rounds is told."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any


def ratio(name: str, goal: str, pairs: Sequence[tuple[Mapping[str, float], float]], unit: str) -> dict[str, Any]:
    """The ratio of what was measured to its unit, pair by pair; and the median seconds of each part."""
    ratios = sorted(sum(parts.values()) / of for parts, of in pairs)
    return {
        "figure": name,
        "goal": goal,
        "median": round(statistics.median(ratios), 2),
        "min": round(ratios[0], 2),
        "max": round(ratios[-1], 2),
        "rounds": len(pairs),
        **{f"{part}_s": round(statistics.median(parts[part] for parts, _ in pairs), 3) for part in pairs[0][0]},
        f"{unit}_s": round(statistics.median(of for _, of in pairs), 3),
    }
