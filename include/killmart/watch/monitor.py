"""Monitor: samples how things stand, evaluates the rules, notifies people."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection

from killmart.db import alerts, metrics
from killmart.db.locks import exclusive
from killmart.errors import ConfigurationError
from killmart.model.metrics import Gauge
from killmart.runtime import Runtime
from killmart.watch import messages
from killmart.watch.evaluate import Evaluation, ResolvedAlert, evaluate
from killmart.watch.junctions import check_junctions
from killmart.watch.marts import check_marts
from killmart.watch.messages import Event
from killmart.watch.notify import CONNECTION, Target, deliver, targets_of, unreadable
from killmart.watch.rules import Rule, load_rules

log = logging.getLogger(__name__)


@dataclass
class MonitorRound:
    """What one evaluation found; alerts as people read them, keyed by rule."""

    rules: dict[str, str] = field(default_factory=dict)
    """State of each rule: fine, unknown (too little to say), pending (not for long enough yet), open."""
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    resolved: list[str] = field(default_factory=list)
    messages_sent: int = 0
    messages_failed: int = 0

    @property
    def is_critical(self) -> bool:
        """Whether a critical alert is open that nobody has muted."""
        return any(one["severity"] == "critical" and one["muted_until"] is None for one in self.alerts.values())


def monitor(runtime: Runtime, now: datetime | None = None, rules: Sequence[Rule] | None = None) -> MonitorRound:
    """Evaluate the rules once at `now` and notify people of what changed; two evaluations never run at the same time.

    `rules` are those of rules.toml unless given. A target that cannot be notified is noted, never an error.
    """
    now = now or datetime.now(UTC)
    rules = load_rules() if rules is None else rules
    targets = _targets(runtime)
    with exclusive(runtime.engine, "monitor", wait=True):
        with runtime.engine.begin() as connection:
            metrics.record_gauges(connection, metrics.read_gauges(connection, now) + _disk(runtime), now)
            evaluation = evaluate(connection, rules, now, [target.name for target in targets])
            _put_down(connection, runtime, evaluation, {rule.name: rule for rule in rules}, targets)
        delivery = deliver(runtime.engine, targets, now)
        watched = _watched(runtime, evaluation)
        check_junctions(runtime, now)  # these two last, so that whatever keeps them from their work is reported by then
        check_marts(runtime, now)
    watched.messages_sent, watched.messages_failed = delivery.sent, delivery.failed
    _log(evaluation, watched)
    return watched


def _targets(runtime: Runtime) -> list[Target]:
    """Those who are notified; a connection that cannot be read is one that refuses: rules are evaluated anyhow."""
    try:
        return targets_of(runtime.find_connection(CONNECTION))
    except ConfigurationError as error:
        return [unreadable(1, str(error))]


def _disk(runtime: Runtime) -> list[Gauge]:
    """Room on the disk where this installation keeps its things."""
    folder: Path = runtime.settings.home_path
    while not folder.exists():
        folder = folder.parent
    usage = psutil.disk_usage(str(folder))
    share = usage.free / usage.total if usage.total else 1.0
    return [Gauge("disk_free_bytes", None, float(usage.free)), Gauge("disk_free_ratio", None, share)]


def _put_down(
    connection: Connection,
    runtime: Runtime,
    evaluation: Evaluation,
    rules: dict[str, Rule],
    targets: Sequence[Target],
) -> None:
    """Put one message down for each target, about everything that it has not been sent yet.

    That messages do not arrive is no news to a target that refused the latest one: notified of it, its refusal would
    keep the alert alive, and the message after that the next one, for ever.
    """
    now = evaluation.now
    muted = {row.rule for row in alerts.mutes(connection, now)}
    untold = [row for row in alerts.open_alerts(connection, now) if row.notified_at is None and row.muted_until is None]
    url = messages.ui_url(runtime.settings)
    events = {row.rule: _begun(row, rules[row.rule], url) for row in untold}
    ended = {one.rule: _ended(one, rules) for one in evaluation.resolved if one.was_told and one.rule not in muted}
    of_messages = {rule.name for rule in rules.values() if rule.metric == "failed_notifications"}
    refusing, told = alerts.refusing_targets(connection), set[str]()
    for target in targets:
        theirs = {
            rule: event
            for rule, event in (events | ended).items()
            if (not target.severities or event.severity in target.severities)
            and not (rule in of_messages and target.name in refusing)
        }
        if theirs:
            found = list(theirs.values())
            severity, subject = messages.severity_of(found), messages.subject(found)
            alerts.put_notification(connection, target.name, severity, subject, messages.body(found), now)
            told |= theirs.keys()
    alerts.mark_notified(connection, sorted(told & events.keys()), now)


def _begun(row: Any, rule: Rule, url: str) -> Event:
    return Event(
        severity=row.severity,
        title=rule.title,
        message=row.message,
        action=rule.action,
        page=f"{url}/{rule.page}",
        runbook=rule.runbook,
    )


def _ended(one: ResolvedAlert, rules: dict[str, Rule]) -> Event:
    title = rules[one.rule].title if one.rule in rules else one.rule
    return Event(severity=one.severity, title=title, message=one.message, opened_at=one.opened_at)


def _watched(runtime: Runtime, evaluation: Evaluation) -> MonitorRound:
    states = {"opened": "open", "resolved": "fine"}
    watched = MonitorRound(
        rules={one.rule.name: states.get(one.state, one.state) for one in evaluation.verdicts},
        resolved=[one.rule for one in evaluation.resolved],
    )
    runbooks = {one.rule.name: one.rule.runbook for one in evaluation.verdicts}
    with runtime.engine.connect() as connection:
        for row in alerts.open_alerts(connection, evaluation.now):
            watched.alerts[row.rule] = {
                "severity": row.severity,
                "message": row.message,
                "opened_at": row.opened_at,
                "muted_until": row.muted_until,
                "runbook": runbooks.get(row.rule, ""),
            }
    return watched


def _log(evaluation: Evaluation, watched: MonitorRound) -> None:
    """The target that everybody has: the log."""
    for verdict in evaluation.verdicts:
        if verdict.state == "opened":
            level = logging.ERROR if verdict.rule.severity == "critical" else logging.WARNING
            log.log(level, "alert %s opened (%s): %s", verdict.rule.name, verdict.rule.severity, verdict.message)
    for one in evaluation.resolved:
        log.info("alert %s resolved; it began at %s: %s", one.rule, f"{one.opened_at:%Y-%m-%d %H:%M}", one.message)
    log.info(
        "%d rules evaluated, %d alerts open, %d resolved; %d messages sent, %d not",
        len(evaluation.verdicts),
        len(watched.alerts),
        len(evaluation.resolved),
        watched.messages_sent,
        watched.messages_failed,
    )
