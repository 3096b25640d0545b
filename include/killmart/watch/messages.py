"""What people read about alerts: values with their units, and one message for all that an evaluation changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from killmart.config.settings import Settings
from killmart.model.metrics import Reading
from killmart.watch.rules import Rule

GRAVITY = ("critical", "warning", "info", "resolved")
"""Severities, the gravest first; a message in which all is resolved comes last."""


@dataclass(frozen=True)
class Event:
    """One alert that began or ended, as a message reports it."""

    severity: str
    title: str
    message: str
    action: str = ""
    page: str = ""
    runbook: str = ""
    opened_at: datetime | None = None
    """When it began, of one that has ended."""


def told_value(rule: Rule, reading: Reading) -> str:
    """The rule's message about a reading."""
    return rule.message.format(
        subject=reading.subject,
        value=_shown(rule, reading.value),
        threshold=_shown(rule, rule.threshold),
        samples=f"{reading.samples:,}",
        window=duration(rule.window),
        held=duration(timedelta(minutes=rule.open_after_minutes)),
    )


def _shown(rule: Rule, value: float) -> str:
    if rule.shown == "percent":
        text = f"{value:.0%}" if value == 1 else f"{value:.4%}" if value > 0.99 else f"{value:.1%}"
        return "99.9999%" if text == "100.0000%" else text  # one killmail of a million is not all of them
    return duration(timedelta(seconds=value)) if rule.shown == "seconds" else f"{value:,.0f}"


def duration(length: timedelta) -> str:
    """A length of time in its two largest units: `2 h 5 min`."""
    seconds = round(length.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if seconds >= size:
            parts.append(f"{seconds // size} {unit}")
            seconds %= size
    return " ".join(parts[:2]) or "0 s"


def ui_url(settings: Settings, environ: Mapping[str, str] = os.environ) -> str:
    """Where the Airflow UI is, without a trailing slash: as set in Airflow, else KILLMART_PORT on this machine."""
    return (environ.get("AIRFLOW__API__BASE_URL") or f"http://127.0.0.1:{settings.port}").rstrip("/")


def severity_of(events: Sequence[Event]) -> str:
    """The highest severity of what began; `resolved` where nothing did."""
    begun = [event.severity for event in events if event.opened_at is None]
    return min(begun, key=GRAVITY.index, default="resolved")


def subject(events: Sequence[Event]) -> str:
    """The first line of a message."""
    begun = [event for event in events if event.opened_at is None]
    ended = len(events) - len(begun)
    if len(events) == 1:
        [event] = events
        return f"Killmart: {event.title} ({event.severity if begun else 'resolved'})"
    parts = [f"{len(begun)} alerts" if len(begun) > 1 else "1 alert"] if begun else []
    parts += [f"{ended} resolved"] if ended else []
    return f"Killmart: {', '.join(parts)}"


def body(events: Sequence[Event]) -> str:
    """All that began, the gravest first, then all that ended."""
    begun = sorted(
        (event for event in events if event.opened_at is None), key=lambda event: GRAVITY.index(event.severity)
    )
    paragraphs = [
        f"[{event.severity}] {event.title}\n{event.message}\n{event.action}\n{event.page}\n{event.runbook}"
        for event in begun
    ]
    paragraphs += [
        f"[resolved] {event.title}\nIt began at {event.opened_at:%Y-%m-%d %H:%M} UTC: {event.message}"
        for event in events
        if event.opened_at is not None
    ]
    return "\n\n".join(paragraphs)
