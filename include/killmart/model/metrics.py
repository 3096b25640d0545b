"""What is sampled and judged: gauges, and readings of a rule's metric."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gauge:
    """How one thing stands now; the unit is in its name, `label` says of what, where there are several."""

    metric: str
    label: str | None
    value: float


@dataclass(frozen=True)
class Reading:
    """A metric of one subject (a service, a target, a kind) over a window, and on how many samples it rests."""

    subject: str
    value: float
    samples: int
