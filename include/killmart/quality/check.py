"""What a check is: an expectation, why it matters, and how its SQL is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from killmart.config.sqlfiles import KILL_TABLES

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

TABLES = KILL_TABLES
"""Tables that the gate looks at, in the order of the reports; suites/<table>.py holds each one's checks."""


@dataclass(frozen=True)
class Check:
    """One expectation on one candidate table; its severity says whether it blocks (critical), warns or informs."""

    name: str
    expectation: Expectation
    why: str


@dataclass(frozen=True)
class CheckResult:
    """What one check found; `examples` are some of the rows that do not meet it, ready for JSON.

    `unexpected_percent` is the share of the batch's killmails that have such rows; of rows, where the expectation is
    on a column. It is None where the rows name no killmail.
    """

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
class ColumnProfile:
    """How many cells of one column are empty in a batch whose latest kill is of `day` (UTC)."""

    day: date
    table_name: str
    column_name: str
    rows: int
    nulls: int


@dataclass(frozen=True)
class GateReport:
    """A batch's passage through the gate: every result, and the verdict `passed`, `warned` or `blocked`."""

    results: list[CheckResult]
    seconds: float
    profile: list[ColumnProfile] = field(default_factory=list)
    """What later batches are compared with."""

    @property
    def failures(self) -> list[CheckResult]:
        """Failed checks, critical ones first, those that only inform last."""
        failed = [result for result in self.results if not result.success]
        return sorted(failed, key=lambda result: ("critical", "warning", "info").index(result.severity))

    @property
    def outcome(self) -> str:
        """The highest failed severity decides: critical blocks, warning warns, info changes nothing."""
        severities = {failure.severity for failure in self.failures}
        if "critical" in severities:
            return "blocked"
        return "warned" if "warning" in severities else "passed"
