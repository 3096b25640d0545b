"""Digest: posts to a Discord channel once what a day was like."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from killmart.config.connections import base_url
from killmart.db import digests
from killmart.db.digests import DayFacts, Subject
from killmart.db.locks import exclusive
from killmart.db.ranges import snapshot
from killmart.errors import KillmartError
from killmart.runtime import Runtime
from killmart.watch.digest import discord
from killmart.watch.digest.discord import NotTakenError, UnsureError
from killmart.watch.digest.message import Digest, compose

log = logging.getLogger(__name__)

DIGEST_CONNECTION = "digest"
"""Its URL is the webhook's: https://discord.com/api/webhooks/ID/TOKEN."""


class NotReadyError(KillmartError):
    """The mart is behind core for the day; later it will not be."""


class UnknownOutcomeError(KillmartError):
    """The message was sent and not answered: a person has to look whether it is there."""


@dataclass(frozen=True)
class Posted:
    """What became of a day's digest: `posted`, `skipped` with the reason, or `shown` where it was a dry run."""

    day: date
    outcome: str
    why: str = ""
    text: str = ""


def post_digest(runtime: Runtime, day: date | None = None, *, dry_run: bool = False, again: bool = False) -> Posted:
    """Post the digest of a UTC day, yesterday unless it is given; a day that was posted is left alone.

    It is skipped without the connection `digest`, and where nothing happened. With `again` it is posted whatever was
    noted; `dry_run` posts nothing. Raises KillmartError where it cannot be posted: what failed and what comes next.
    """
    today = datetime.now(UTC).date()
    day = day or today - timedelta(days=1)
    if day >= today:
        raise KillmartError(
            f"{day} is not over yet (days are UTC), so there is no digest of it; ask for an earlier one."
        )
    url = _webhook(runtime)
    if url is None and not dry_run:
        why = f"there is no connection `{DIGEST_CONNECTION}`"
        log.info("no digest of %s: %s", day, why)
        return Posted(day, "skipped", why)
    with exclusive(runtime.engine, "digest", wait=True):
        if not dry_run and not again and _was_posted(runtime, day):
            return Posted(day, "skipped", "it was posted before")
        facts = _facts(runtime, day)
        if facts.is_empty:
            return Posted(day, "skipped", "nothing happened")
        digest = compose(facts)
        if not dry_run and url is not None:
            _post(runtime, url, day, facts.subject, digest)
    return Posted(day, "shown" if dry_run else "posted", text=digest.text)


def _webhook(runtime: Runtime) -> str | None:
    connection = runtime.find_connection(DIGEST_CONNECTION)
    return base_url(connection, DIGEST_CONNECTION) if connection is not None and connection.host else None


def _was_posted(runtime: Runtime, day: date) -> bool:
    """Whether the day was posted; raises KillmartError where nobody can know."""
    with runtime.engine.connect() as connection:
        found = digests.find_attempt(connection, day)
    if found is not None and found["state"] == "posting":
        raise UnknownOutcomeError(
            f"The digest of {day} was sent but no answer came, so it may be in the channel or not, and it is not sent "
            f"again by itself. Look there; if it is missing: `python -m killmart digest --day {day} --again`."
        )
    return found is not None and found["state"] == "posted"


def _facts(runtime: Runtime, day: date) -> DayFacts:
    with snapshot(runtime.engine) as connection:
        if digests.is_behind(connection, day):
            raise NotReadyError(
                f"Killmails of {day} changed since the mart was refreshed, so its digest would be wrong; it is posted "
                "when the DAG marts has run (`python -m killmart marts`)."
            )
        kind, _, number = runtime.settings.digest_entity.partition(":")
        subject = Subject()
        if kind:
            name = digests.find_name(connection, kind, int(number))
            subject = Subject(kind, int(number), name or f"{kind} {number}")
        return digests.read_facts(connection, subject, day)


def _post(runtime: Runtime, url: str, day: date, subject: Subject, digest: Digest) -> None:
    """Post it and note what came of it: before, so that one that was sent and not answered is not sent twice."""
    with runtime.engine.begin() as connection:
        digests.begin(connection, day, subject.label)
    try:
        discord.post(url, digest)
    except NotTakenError as error:
        with runtime.engine.begin() as connection:
            digests.end(connection, day, "failed", str(error))
        raise KillmartError(
            f"The digest of {day} was not posted. {error} It is tried again by the next run for this day."
        ) from None
    except UnsureError as error:
        with runtime.engine.begin() as connection:
            digests.end(connection, day, "posting", str(error))
        raise UnknownOutcomeError(f"The digest of {day} was sent. {error} Look whether it is in the channel.") from None
    with runtime.engine.begin() as connection:
        digests.end(connection, day, "posted")
    log.info("the digest of %s was posted", day)
