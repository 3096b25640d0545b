"""Percentiles from the fixed buckets in which latencies are counted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from killmart.model.request_stats import LATENCY_BOUNDS

PERCENTILES = (50, 90, 99)


def percentile(buckets: Sequence[int], percent: float) -> float | None:
    """Seconds below which `percent` of the requests stayed, as if they were even within their bucket.

    None where there were none; the last bound where it lies beyond, since nobody knows how far.
    """
    whole = sum(buckets)
    if not whole:
        return None
    wanted = whole * percent / 100
    below = 0
    for place, reached in enumerate(accumulate(buckets)):
        if reached >= wanted and buckets[place]:
            if place == len(LATENCY_BOUNDS):
                break
            lower = LATENCY_BOUNDS[place - 1] if place else 0.0
            return lower + (LATENCY_BOUNDS[place] - lower) * (wanted - below) / buckets[place]
        below = reached
    return LATENCY_BOUNDS[-1]


def percentiles(buckets: Sequence[int]) -> dict[str, float | None]:
    """`p50`, `p90` and `p99` in seconds."""
    return {f"p{percent}": percentile(buckets, percent) for percent in PERCENTILES}
