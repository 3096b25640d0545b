"""Drain: reads a feed into staging, each step committed before the next request."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from sqlalchemy import Connection

from killmart.db import staging
from killmart.db.locks import exclusive
from killmart.db.metrics import record_metrics
from killmart.db.quarantine import Quarantined, quarantine
from killmart.model.ref import Cursor, FeedStep
from killmart.runtime import Runtime
from killmart.sources import redisq
from killmart.sources.feed import Feed
from killmart.sources.http import build_session

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 10.0


@dataclass
class Drained:
    """What a drain brought: refs seen, of these new to staging, with their body, and unreadable answers."""

    refs: int = 0
    new: int = 0
    with_body: int = 0
    unreadable: int = 0
    is_dry: bool = False


def drain(runtime: Runtime, seconds: float | None = None) -> Drained:
    """Read the configured feed until it is empty or the time box ends (`seconds`; None: until it is empty).

    One process drains a feed at a time; another one that comes meanwhile finds nothing to do. Raises UpstreamError.
    """
    feed_name = runtime.settings.feed
    with exclusive(runtime.engine, f"drain {feed_name}", wait=False) as ours:
        if not ours:
            log.info("another process is draining %s; leaving it to that one", feed_name)
            return Drained()
        return _drain(runtime, feed_name, seconds)


def _drain(runtime: Runtime, feed_name: str, seconds: float | None) -> Drained:
    started = time.monotonic()
    drained = Drained()
    with runtime.engine.begin() as connection:
        cursor = _cursor(connection, feed_name)
    feed = open_feed(runtime)
    told = started
    for step in feed.steps(cursor):
        with runtime.engine.begin() as connection:
            _commit(connection, feed_name, step, drained)
        now = time.monotonic()
        if now - told >= PROGRESS_SECONDS:
            log.info("%s: %d killmails so far, %.1f a second", feed_name, drained.refs, drained.refs / (now - started))
            told = now
        if seconds is not None and now - started >= seconds:
            log.info("%s: the time box of %.0f s is over", feed_name, seconds)
            break
    else:
        drained.is_dry = True
    elapsed = time.monotonic() - started
    with runtime.engine.begin() as connection:
        record_metrics(
            connection,
            "drain",
            {"refs": drained.refs, "new_killmails": drained.new, "unreadable": drained.unreadable, "seconds": elapsed},
            dag_id=runtime.dag_id,
            run_id=runtime.run_id,
        )
    log.info(
        "%s: %d killmails named, %d of them new, %d with their body, %d unreadable, in %.1f s%s",
        feed_name,
        drained.refs,
        drained.new,
        drained.with_body,
        drained.unreadable,
        elapsed,
        "; the feed is dry" if drained.is_dry else "",
    )
    return drained


def open_feed(runtime: Runtime) -> Feed:
    """The feed that `KILLMART_FEED` names."""
    settings = runtime.settings
    session = build_session(per_second=settings.redisq_rate, contact=settings.contact)
    return redisq.RedisQ(session, runtime.url("redisq"), settings.redisq_ttw)


def _cursor(connection: Connection, feed_name: str) -> Cursor:
    staging.keep_client_id(connection, feed_name, redisq.propose_queue_id())
    return staging.find_cursor(connection, feed_name)


def _commit(connection: Connection, feed_name: str, step: FeedStep, drained: Drained) -> None:
    """Store what one step brought together with the cursor."""
    drained.new += staging.stage(connection, feed_name, step.refs)
    drained.refs += len(step.refs)
    drained.with_body += sum(ref.body is not None for ref in step.refs)
    if step.unreadable is not None:
        log.warning("%s: %s; kept in quarantine", feed_name, step.unreadable.detail)
        drained.unreadable += 1
        entry = Quarantined(
            killmail_id=step.unreadable.killmail_id,
            killmail_hash=step.unreadable.killmail_hash,
            reason="unreadable_package",
            detail=step.unreadable.detail,
            body=step.unreadable.body,
            feed=feed_name,
        )
        quarantine(connection, [entry])
    staging.move_cursor(connection, feed_name, step.position)
