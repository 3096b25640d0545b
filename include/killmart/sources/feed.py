"""What a feed is: something that yields refs, maybe with bodies, and a cursor that moves with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import requests

from killmart.errors import UpstreamError
from killmart.model.ref import Cursor, FeedStep
from killmart.sources.http import unreachable, was_sent, what_failed


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
    """A live source of killmails (RedisQ, R2Z2)."""

    name: str

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """Read on from `cursor` until nothing newer is there.

        The caller commits each step, refs and position in one transaction, before it asks for the next one.
        Raises UpstreamError where the feed refuses or is away.
        """
