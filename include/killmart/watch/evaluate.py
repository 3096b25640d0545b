"""Judges the rules by what is stored, and opens, updates and resolves their alerts.

For how long a rule was broken is read off the stored statistics, at steps back in time, not counted by evaluations:
one evaluation sees what a hundred would have seen, and an evaluation that did not take place is no gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from killmart.db import alerts
from killmart.model.metrics import Reading
from killmart.watch.messages import told_value
from killmart.watch.rules import Rule

STEP = timedelta(minutes=5)
"""How far apart the times are at which the past is looked at; the `monitor` DAG samples as often."""

Read = Callable[[datetime], Reading | None]
State = Literal["fine", "unknown", "pending", "open", "opened", "resolved"]


@dataclass(frozen=True)
class Verdict:
    """What a rule says now; `reading` is the worst subject, None where too little is known (`unknown`)."""

    rule: Rule
    state: State
    reading: Reading | None

    @property
    def message(self) -> str:
        """The alert in a sentence; empty where there is no reading."""
        return "" if self.reading is None else told_value(self.rule, self.reading)


@dataclass(frozen=True)
class ResolvedAlert:
    """An alert that has just ended; `was_told` where somebody was notified that it had begun."""

    rule: str
    severity: str
    opened_at: datetime
    message: str
    was_told: bool


@dataclass
class Evaluation:
    """One evaluation of all rules."""

    now: datetime
    verdicts: list[Verdict] = field(default_factory=list)
    resolved: list[ResolvedAlert] = field(default_factory=list)


def evaluate(connection: Connection, rules: Sequence[Rule], now: datetime, targets: Sequence[str] = ()) -> Evaluation:
    """Judge every rule at `now` and bring ops.alerts up to date, inside the caller's transaction.

    `targets` are the names of those who are notified: one rule is about what becomes of the messages to them.
    """
    evaluation = Evaluation(now)
    is_open = {row.rule for row in alerts.open_alerts(connection, now)}
    for rule in rules:
        verdict = judge(rule, _reader(connection, rule, targets), now, rule.name in is_open)
        evaluation.verdicts.append(verdict)
        _keep(connection, verdict, evaluation)
    for name in sorted(is_open - {rule.name for rule in rules}):  # a rule that was taken out of the file
        _resolve(connection, name, evaluation)
    return evaluation


def judge(rule: Rule, read: Read, now: datetime, is_open: bool) -> Verdict:
    """What a rule says at `now`; `read` gives its worst reading at a time, or None."""
    reading = read(now)
    if reading is not None and rule.is_breached(reading.value):
        if is_open:
            return Verdict(rule, "open", reading)
        return Verdict(rule, "opened" if _has_held(rule, read, now) else "pending", reading)
    if is_open:
        return Verdict(rule, "resolved" if _is_calm(rule, read, now) else "open", reading)
    return Verdict(rule, "unknown" if reading is None else "fine", reading)


def _has_held(rule: Rule, read: Read, now: datetime) -> bool:
    """Whether the rule was broken all the time that it must have been, as far back as that."""
    past = [read(at) for at in _steps_back(now, rule.open_after_minutes)]
    if past and past[-1] is None:
        return False
    return all(reading is None or rule.is_breached(reading.value) for reading in past)


def _is_calm(rule: Rule, read: Read, now: datetime) -> bool:
    """Whether the rule was not broken for as long as it must not have been; where nothing is known it is calm."""
    past = (read(at) for at in _steps_back(now, rule.resolve_after_minutes))
    return not any(reading is not None and rule.is_breached(reading.value) for reading in past)


def _steps_back(now: datetime, minutes: float) -> Iterator[datetime]:
    length = timedelta(minutes=minutes)
    step = STEP
    while step < length:
        yield now - step
        step += STEP
    if length:
        yield now - length


def _reader(connection: Connection, rule: Rule, targets: Sequence[str]) -> Read:
    def read(at: datetime) -> Reading | None:
        readings = alerts.read_metric(connection, rule.metric, rule.gauge, at - rule.window, at, targets)
        enough = [reading for reading in readings if reading.samples >= rule.at_least]
        worst = max if rule.breach == "above" else min
        return worst(enough, key=lambda reading: reading.value, default=None)

    return read


def _keep(connection: Connection, verdict: Verdict, evaluation: Evaluation) -> None:
    rule, reading = verdict.rule, verdict.reading
    if verdict.state == "resolved":
        _resolve(connection, rule.name, evaluation)
    elif verdict.state in ("opened", "open") and reading is not None and rule.is_breached(reading.value):
        write = alerts.open_alert if verdict.state == "opened" else alerts.update_alert
        write(connection, rule.name, rule.severity, verdict.message, reading.value, rule.threshold, evaluation.now)


def _resolve(connection: Connection, name: str, evaluation: Evaluation) -> None:
    row = alerts.resolve_alert(connection, name, evaluation.now)
    if row is not None:
        was_told = row.notified_at is not None
        evaluation.resolved.append(ResolvedAlert(row.rule, row.severity, row.opened_at, row.message, was_told))
