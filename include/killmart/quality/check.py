"""What a check is: an expectation, why it matters, and how its SQL is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

TABLES = ("kills_fact", "kill_victims", "kill_attackers", "kill_characters", "kill_items")
"""Tables that the gate looks at, in the order of the reports; suites/<table>.py holds each one's checks."""


@dataclass(frozen=True)
class Check:
    """One expectation on one candidate table; its severity says whether it blocks (critical) or warns."""

    name: str
    expectation: Expectation
    why: str


@dataclass(frozen=True)
class CheckResult:
    """What one check found; `examples` are some of the rows that do not meet it."""

    table_name: str
    expectation: str
    column_name: str | None
    severity: str
    success: bool
    observed: str
    unexpected_count: int | None
    unexpected_percent: float | None
    examples: list[dict[str, object]]
    why: str


@dataclass(frozen=True)
class GateReport:
    """A batch's passage through the gate: every result, and the verdict `passed`, `warned` or `blocked`."""

    results: list[CheckResult]
    seconds: float

    @property
    def failures(self) -> list[CheckResult]:
        """Failed checks, critical ones first."""
        failed = [result for result in self.results if not result.success]
        return sorted(failed, key=lambda result: result.severity != "critical")

    @property
    def outcome(self) -> str:
        """The highest failed severity decides: critical blocks, anything less warns."""
        failures = self.failures
        if not failures:
            return "passed"
        return "blocked" if failures[0].severity == "critical" else "warned"
