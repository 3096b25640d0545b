"""Alerts, mutes and the messages about them: ops.alerts, ops.mutes, ops.notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from killmart.db.sql import sql
from killmart.model.metrics import Reading

MOST_ATTEMPTS = 12
"""Attempts to send a message, one per evaluation, after which it is given up."""


def read_metric(
    connection: Connection, metric: str, gauge: str, since: datetime, at: datetime, targets: Sequence[str] = ()
) -> list[Reading]:
    """What include/sql/ops/rules/<metric>.sql says of the window from `since` to `at`, per subject.

    `targets` are the names of those who are notified of alerts now.
    """
    values = {"since": since, "at": at, "gauge": gauge, "targets": list(targets)}
    rows = connection.execute(sql(f"ops/rules/{metric}"), values)
    return [Reading(*row) for row in rows]


def open_alerts(connection: Connection, at: datetime) -> Sequence[Row[Any]]:
    """Alerts that are open, the gravest first; `muted_until` where nobody is notified of it."""
    return connection.execute(sql("ops/select_open_alerts"), {"at": at}).all()


def alerts_since(connection: Connection, since: datetime) -> Sequence[Row[Any]]:
    """Alerts that are open or were until after `since`, the newest first."""
    return connection.execute(sql("ops/select_alerts"), {"since": since}).all()


def open_alert(
    connection: Connection, rule: str, severity: str, message: str, value: float, threshold: float, at: datetime
) -> None:
    """Open the alert of a rule."""
    connection.execute(sql("ops/insert_alert"), _alert(rule, severity, message, value, threshold, at))


def update_alert(
    connection: Connection, rule: str, severity: str, message: str, value: float, threshold: float, at: datetime
) -> None:
    """Bring the open alert of a rule up to date."""
    connection.execute(sql("ops/update_alert"), _alert(rule, severity, message, value, threshold, at))


def _alert(rule: str, severity: str, message: str, value: float, threshold: float, at: datetime) -> dict[str, Any]:
    return {
        "rule": rule,
        "severity": severity,
        "message": message,
        "value": value,
        "threshold": threshold,
        "at": at,
    }


def resolve_alert(connection: Connection, rule: str, at: datetime) -> Row[Any] | None:
    """Resolve the open alert of a rule; the alert, or None where there was none."""
    return connection.execute(sql("ops/resolve_alert"), {"rule": rule, "at": at}).one_or_none()


def mark_notified(connection: Connection, rules: Sequence[str], at: datetime) -> None:
    """Note that the open alerts of these rules were put into a message."""
    connection.execute(sql("ops/update_notified_alerts"), {"rules": list(rules), "at": at})


def mute(connection: Connection, rule: str, until: datetime, reason: str, at: datetime) -> None:
    """Notify nobody of a rule's alerts until then; they are still recorded."""
    connection.execute(sql("ops/upsert_mute"), {"rule": rule, "until": until, "reason": reason, "at": at})


def unmute(connection: Connection, rule: str) -> bool:
    """End a mute; False where there was none."""
    return connection.execute(sql("ops/delete_mute"), {"rule": rule}).rowcount > 0


def mutes(connection: Connection, at: datetime) -> Sequence[Row[Any]]:
    """Mutes in force: (rule, until, reason, muted_at)."""
    return connection.execute(sql("ops/select_mutes"), {"at": at}).all()


def put_notification(connection: Connection, target: str, severity: str, subject: str, body: str, at: datetime) -> None:
    """Put down a message for one target, to be sent after the transaction."""
    values = {"target": target, "severity": severity, "subject": subject, "body": body, "at": at}
    connection.execute(sql("ops/insert_notification"), values)


def waiting_notifications(connection: Connection) -> Sequence[Row[Any]]:
    """Messages still to be sent, the oldest first."""
    return connection.execute(sql("ops/select_waiting_notifications")).all()


def refusing_targets(connection: Connection) -> set[str]:
    """Targets that did not take the message that was tried last."""
    return set(connection.execute(sql("ops/select_refusing_targets")).scalars())


def note_attempt(connection: Connection, notification_id: int, error: str | None, at: datetime) -> None:
    """Note that sending a message was tried; `error` is None where the target took it."""
    values = {"notification_id": notification_id, "error": error, "at": at, "most": MOST_ATTEMPTS}
    connection.execute(sql("ops/update_notification"), values)


def latest_notifications(connection: Connection, rows: int = 50) -> Sequence[Row[Any]]:
    """The newest messages, sent or not."""
    return connection.execute(sql("ops/select_notifications"), {"rows": rows}).all()


def forget(connection: Connection, now: datetime, days: float) -> tuple[int, int]:
    """Drop resolved alerts and messages that are older than `days`; returns how many of each."""
    row = connection.execute(sql("ops/delete_old_notifications"), {"at": now, "days": days}).one()
    return row.alerts, row.notifications
