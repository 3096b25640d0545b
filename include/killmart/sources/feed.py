"""What a feed is: a class that yields refs, maybe with bodies, and a cursor that moves with them.

`sources/feeds.py` lists them; nobody else asks which one it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Protocol

import requests

from killmart.config.settings import Settings
from killmart.errors import UpstreamError
from killmart.model.ref import Cursor, FeedStep
from killmart.sources.http import unreachable, was_sent, what_failed
from killmart.sources.transport.session import PoliteSession

LONGEST_PACKAGE = 60.0
"""Seconds that one answer of a feed may take, long polls included; it has a killmail, of some kilobytes."""
LARGEST_PACKAGE = 2 << 20
"""Bytes of one answer of a feed: a killmail's megabyte (bounds.LARGEST_BODY), and as much for what comes with it."""


class UnreadableAnswerError(UpstreamError):
    """One file or object of a feed could not be read, however often it was asked for; others may well be.

    `reason` is what came in its place in some words, `content` its bytes where it had any.
    """

    def __init__(self, message: str, reason: str, content: bytes = b"") -> None:
        super().__init__(message)
        self.reason = reason
        self.content = content


def no_answer(service: str, error: requests.RequestException) -> UpstreamError:
    """The error for a request without an answer of use: unreadable what was asked for, or nobody there to be asked."""
    failure = unreachable(service, error)
    if not was_sent(error):
        return failure
    return UnreadableAnswerError(str(failure), what_failed(error))


class Feed(Protocol):
    """A live source of killmails; `name` is its connection and what `KILLMART_FEED` calls it."""

    name: ClassVar[str]

    def __init__(self, session: PoliteSession, base_url: str, settings: Settings) -> None:
        """The feed at `base_url`, as `settings` say that it is to be read."""

    @staticmethod
    def per_second(settings: Settings) -> float:
        """Requests per second to it, of all workers together."""

    @staticmethod
    def propose_client_id() -> str | None:
        """What an installation may call itself there, another name each time; None where it needs none."""

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """Read on from `cursor` until nothing newer is there.

        The caller commits each step, refs and position in one transaction, before it asks for the next one.
        Raises UpstreamError where the feed refuses or is away.
        """
