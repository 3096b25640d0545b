"""Drain: reads a feed into staging, each step committed before the next request."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from killmart.db import staging
from killmart.db.budget import pause_service, seconds_paused
from killmart.db.locks import exclusive
from killmart.db.manners import shared_manners
from killmart.db.quarantine import Quarantined, quarantine
from killmart.db.request_stats import record_requests
from killmart.errors import UpstreamRefusedError
from killmart.model.ref import Cursor, FeedStep
from killmart.runtime import Runtime
from killmart.sources.feed import LARGEST_PACKAGE, LONGEST_PACKAGE, Feed
from killmart.sources.feeds import FEEDS
from killmart.sources.retry import PATIENCE
from killmart.sources.transport.session import PoliteSession, build_session
from killmart.timing import Stopwatch, TimeBox

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 10.0


@dataclass
class Drained:
    """What a drain brought: refs seen, of these new to staging, with their body, unreadable answers, holes.

    `maybe_lost` counts packages that a pop which was broken off may have cost.
    """

    refs: int = 0
    new: int = 0
    with_body: int = 0
    unreadable: int = 0
    holes: int = 0
    maybe_lost: int = 0
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
        with runtime.engine.connect() as connection:
            paused = seconds_paused(connection, feed_name)
        if paused:
            log.warning("%s asked us to stay away; asking again in %.0f s at the earliest", feed_name, paused)
            return Drained()
        return _drain(runtime, feed_name, seconds)


def _drain(runtime: Runtime, feed_name: str, seconds: float | None) -> Drained:
    watch, box, drained = Stopwatch(), TimeBox(seconds), Drained()
    session, feed = open_feed(runtime)
    with runtime.engine.begin() as connection:
        cursor = _cursor(connection, feed)
    try:
        _read(runtime, session, feed, cursor, drained, box)
    except UpstreamRefusedError as refusal:
        with runtime.engine.begin() as connection:
            if not seconds_paused(connection, feed_name):  # else whoever was refused has noted it, with its reason
                pause_service(connection, feed_name, refusal.pause_seconds, str(refusal))
        raise
    finally:
        session.close()  # type: ignore[no-untyped-call]
        _finish(runtime, session, feed_name, drained, watch)
    return drained


def _read(runtime: Runtime, session: PoliteSession, feed: Feed, cursor: Cursor, drained: Drained, box: TimeBox) -> None:
    """Commit step after step of the feed, until it ends or the time box does."""
    watch = told = Stopwatch()
    for step in feed.steps(cursor):
        with runtime.engine.begin() as connection:
            _commit(connection, feed.name, step, drained)
            record_requests(connection, session.counter.take())
        if told.seconds >= PROGRESS_SECONDS:
            log.info("%s: %d killmails so far, %.1f a second", feed.name, drained.refs, watch.rate(drained.refs))
            told = Stopwatch()
        if box.is_over and step.may_end:
            log.info("%s: the time box is over; the next run reads on", feed.name)
            return
    drained.is_dry = True


def _finish(runtime: Runtime, session: PoliteSession, feed_name: str, drained: Drained, watch: Stopwatch) -> None:
    """Log and store what the drain did, even if it failed halfway."""
    with runtime.engine.begin() as connection:
        record_requests(connection, session.counter.take())
        runtime.record(connection, "drain", {name: float(value) for name, value in asdict(drained).items()}, watch)
    log.info(
        "%s: %d killmails named, %d of them new, %d with their body, %d unreadable, %d holes, in %.1f s%s",
        feed_name,
        drained.refs,
        drained.new,
        drained.with_body,
        drained.unreadable,
        drained.holes,
        watch.seconds,
        "; the feed is dry" if drained.is_dry else "",
    )


def open_feed(runtime: Runtime) -> tuple[PoliteSession, Feed]:
    """The feed that `KILLMART_FEED` names, and the session it is read with."""
    settings = runtime.settings
    kind = FEEDS[settings.feed]
    url = runtime.url(kind.name)
    session = build_session(
        kind.name,
        url,
        manners=shared_manners(runtime.engine, kind.name, kind.per_second(settings), PATIENCE),
        contact=settings.contact,
        longest=LONGEST_PACKAGE,
        largest=LARGEST_PACKAGE,
    )
    return session, kind(session, url, settings)


def _cursor(connection: Connection, feed: Feed) -> Cursor:
    client_id = feed.propose_client_id()
    if client_id is not None:
        staging.keep_client_id(connection, feed.name, client_id)
    return staging.find_cursor(connection, feed.name)


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
    if step.hole is not None:
        drained.holes += 1
        drained.maybe_lost += step.hole.maybe_lost
        staging.record_hole(connection, feed_name, step.hole)
    staging.move_cursor(
        connection,
        feed_name,
        step.position,
        is_not_found=step.is_not_found,
        failures=step.failures,
        is_popping=step.is_popping,
        uploaded_at=step.uploaded_at,
    )
