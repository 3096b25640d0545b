"""Alerts: what is open, what was, which rules there are, what is muted, and who was notified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from sqlalchemy import Connection
from starlette.responses import Response

from killmart.db import alerts as stored
from killmart.watch.rules import load_rules
from killmart.web.access import Actor
from killmart.web.errors import Missing
from killmart.web.frame.fields import FormNote, PathName, ReportDownload
from killmart.web.frame.warehouse import back_to, runtime_of, warehouse
from killmart.web.pipeline.section import PIPELINE

router = APIRouter(prefix="/pipeline")

_PAST = timedelta(days=30)


@router.get("/alerts")
def alerts(request: Request, download: ReportDownload = None) -> Response:
    """The alerts of 30 days, the rules, the mutes and the latest messages."""
    at = datetime.now(UTC)
    with warehouse(request) as connection:
        is_open = open_alerts(connection, at)
        view = {
            "at": at,
            "alerts": is_open,
            "past": [_told(row) for row in stored.alerts_since(connection, at - _PAST) if row.resolved_at],
            "rules": _rules(connection, at, is_open),
            "messages": [_told(row) for row in stored.latest_notifications(connection)],
        }
    return PIPELINE.show(request, "alerts", view, title="Alerts", download=download, name=f"alerts-{at:%Y-%m-%d-%H%M}")


@router.post("/alerts/{rule}/mute")
def mute(
    request: Request, actor: Actor, rule: PathName, hours: Annotated[int, Form(ge=1, le=24 * 31)], note: FormNote = ""
) -> Response:
    """Notify nobody of the rule's alerts for that many hours."""
    at = datetime.now(UTC)
    reason = f"{note.strip() or 'no reason given'} ({actor.name})"
    with runtime_of(request).engine.begin() as connection:
        stored.mute(connection, _known(rule), at + timedelta(hours=hours), reason, at)
    return back_to(request, "/pipeline/alerts")


@router.post("/alerts/{rule}/unmute")
def unmute(request: Request, actor: Actor, rule: PathName) -> Response:
    """Notify people again."""
    with runtime_of(request).engine.begin() as connection:
        stored.unmute(connection, _known(rule))
    return back_to(request, "/pipeline/alerts")


def _known(rule: str) -> str:
    if rule not in {known.name for known in load_rules()}:
        raise Missing(f"There is no rule “{rule}”, so nothing was done.", "The page about alerts has all rules.")
    return rule


def open_alerts(connection: Connection, at: datetime) -> list[dict[str, Any]]:
    """Open alerts, the gravest first, each with its rule's title, what to do, and its mute (`muted_until`)."""
    reasons = {row.rule: row.reason for row in stored.mutes(connection, at)}
    return [_told(row) | {"mute_reason": reasons.get(row.rule)} for row in stored.open_alerts(connection, at)]


def _told(row: Any) -> dict[str, Any]:
    """A row with the words of its rule, where it has one that is still in the file."""
    told = dict(row._mapping)
    rule = {rule.name: rule for rule in load_rules()}.get(told.get("rule", ""))
    return told | {"title": rule.title if rule else told.get("rule"), "action": rule.action if rule else None}


def _rules(connection: Connection, at: datetime, is_open: list[dict[str, Any]]) -> list[dict[str, Any]]:
    mutes = {row.rule: row for row in stored.mutes(connection, at)}
    opened = {alert["rule"] for alert in is_open}
    return [
        {
            "rule": rule.name,
            "title": rule.title,
            "severity": rule.severity,
            "action": rule.action,
            "window_seconds": rule.window.total_seconds(),
            "is_open": rule.name in opened,
            "muted_until": mutes[rule.name].until if rule.name in mutes else None,
            "mute_reason": mutes[rule.name].reason if rule.name in mutes else None,
        }
        for rule in load_rules()
    ]
