"""What a feed is: something that yields refs, maybe with bodies, and a cursor that moves with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from killmart.model.ref import Cursor, FeedStep


class Feed(Protocol):
    """A live source of killmails (RedisQ, R2Z2)."""

    name: str

    def steps(self, cursor: Cursor) -> Iterator[FeedStep]:
        """Read on from `cursor` until nothing newer is there.

        The caller commits each step, refs and position in one transaction, before it asks for the next one.
        Raises UpstreamError where the feed refuses or is away.
        """
