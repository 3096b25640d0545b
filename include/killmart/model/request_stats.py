"""What is counted about requests: the rows of ops.request_stats."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

LATENCY_BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the latency buckets in seconds; one more bucket holds what took longer."""


@dataclass
class RequestCount:
    """Requests of one minute to one route of one service that ended with one status (0: no answer)."""

    at: datetime
    service: str
    route: str
    status: int
    requests: int = 0
    cache_hits: int = 0
    seconds: float = 0.0
    latency_buckets: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS) + 1))
    bytes: int = 0
