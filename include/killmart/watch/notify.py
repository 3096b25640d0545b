"""Notifies people: the targets of the connection `notify`, and sending them what waits in ops.notifications.

The connection has the form of Airflow's Apprise provider: its extra has `config`, one entry or a list of
`{"path": URL, "tag": severities}`, where the URL is any that Apprise knows (mailtos://, discord://, slack://, json://
and a hundred more). Messages are put down in the transaction of their alerts and sent afterwards, so none is lost;
what a target refuses is tried again by the next evaluations, and never fails anything.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from sqlalchemy import Engine

from killmart.config.connections import Connection
from killmart.db import alerts
from killmart.db.actions import storable_note
from killmart.watch.messages import GRAVITY
from killmart.watch.send import Sender

log = logging.getLogger(__name__)

CONNECTION = "notify"
_SECRET_LENGTH = 4
"""Parts of a URL from this length on are taken out of what people read."""


@dataclass(frozen=True)
class Target:
    """Somebody to notify; `name` is safe to show. Without `severities` among its tags it gets everything."""

    name: str
    url: str = field(repr=False)
    severities: frozenset[str] = frozenset()
    refusal: str = ""
    """Why it can take no message, where that is known before one is sent."""


@dataclass
class Delivery:
    """How many messages were sent, and how many are still to be sent or were given up."""

    sent: int = 0
    failed: int = 0


def targets_of(connection: Connection | None) -> list[Target]:
    """Those whom the connection names; one that makes no sense is a target that refuses everything."""
    if connection is None:
        return []
    if not isinstance(connection.extra, Mapping) or "config" not in connection.extra:
        return [unreadable(1, f"the extra of the connection `{CONNECTION}` is no JSON object with an entry `config`")]
    config = connection.extra["config"]
    try:
        entries = json.loads(config) if isinstance(config, str) else config
    except (ValueError, RecursionError):
        entries = [None]
    entries = entries if isinstance(entries, list) else [entries]
    return [_target(place, entry) for place, entry in enumerate(entries, 1)]


def unreadable(place: int, refusal: str) -> Target:
    """A target that refuses everything, so that people see what is wrong with the connection."""
    return Target(f"{place} unreadable", "", refusal=refusal)


def _target(place: int, entry: object) -> Target:
    if not isinstance(entry, dict):
        return unreadable(place, f"entry {place} of `config` in the connection `{CONNECTION}` is no object")
    url, tags = str(entry.get("path") or ""), entry.get("tag") or ()
    if not isinstance(tags, str | list | tuple):
        return unreadable(
            place, f"the tag of entry {place} in the connection `{CONNECTION}` is neither text nor a list"
        )
    kind = url.partition("://")[0].lower()
    words = re.split(r"[\s,]+", tags) if isinstance(tags, str) else [str(tag) for tag in tags]
    name = kind if re.fullmatch(r"[a-z0-9+]{2,20}", kind) else "unreadable"
    return Target(f"{place} {name}", url, frozenset(words) & frozenset(GRAVITY))


def deliver(engine: Engine, targets: Sequence[Target], now: datetime) -> Delivery:
    """Send what waits; a target that refuses one message is left alone till the next evaluation."""
    delivery = Delivery()
    by_name = {target.name: target for target in targets}
    with engine.connect() as connection:
        waiting = alerts.waiting_notifications(connection)
    refusing: set[str] = set()
    with Sender() as sender:
        for message in waiting:
            if message.target in refusing:
                delivery.failed += 1
                continue
            error = _send(sender, by_name.get(message.target), message.severity, message.subject, message.body)
            with engine.begin() as connection:
                alerts.note_attempt(connection, message.notification_id, error, now)
            if error is None:
                delivery.sent += 1
                continue
            refusing.add(message.target)
            delivery.failed += 1
            log.warning("message %d to target %s was not sent: %s", message.notification_id, message.target, error)
    return delivery


def _send(sender: Sender, target: Target | None, severity: str, subject: str, body: str) -> str | None:
    """Send one message; None where the target took it, else why not, without secrets."""
    if target is None:
        return f"the connection `{CONNECTION}` does not name this target any more"
    if target.refusal:
        return target.refusal
    said = sender.send(target.url, severity, subject, body)
    return None if said is None else storable_note(scrubbed(said, target.url)) or "it did not say why"


def scrubbed(words: str, url: str) -> str:
    """`words` without what is secret in the URL: credentials, path and options; the host may be read.

    Nothing is left of them where the URL cannot be taken apart.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    secrets = [parts.username, parts.password, *re.split(r"[/:@]", parts.path), *(v for _, v in parse_qsl(parts.query))]
    if parts.scheme not in ("json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "http", "https"):
        secrets.append(parts.hostname)  # with discord:// and the like the host is a token
    for secret in sorted({part for part in secrets if part}, key=len, reverse=True):
        for text in {secret, unquote(secret)}:
            if len(text) >= _SECRET_LENGTH:
                words = re.sub(re.escape(text), "…", words, flags=re.IGNORECASE)
    return words
