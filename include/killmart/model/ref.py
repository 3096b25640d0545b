"""What sources yield: refs, maybe with the body; and what the stages make of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Ref:
    """A killmail that a source named, with the JSON texts of its zkb block and body where the source had them."""

    killmail_id: int
    killmail_hash: str
    zkb: bytes | None = None
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer of a feed that names no killmail: kept in quarantine as it came."""

    detail: str
    body: bytes
    killmail_id: int | None = None
    killmail_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """Positions of a feed, both ends included, that it does not have; the daily run repairs what was in them."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class FeedStep:
    """One step of a feed: what came, and where its cursor then stands. All of it is committed together."""

    position: str | None
    refs: tuple[Ref, ...] = ()
    unreadable: Unreadable | None = None
    hole: Hole | None = None
    is_not_found: bool = False
    """Whether the feed just said that nothing is at this position (yet); it wants to be left alone for a while then."""
    uploaded_at: int | None = None
    """When the feed published what came, in seconds since 1970; None where it does not say."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a feed was read, as stored in staging.feed_cursors."""

    position: str | None = None
    client_id: str | None = None
    seconds_since_404: float | None = None


@dataclass(slots=True)
class Arrival:
    """One killmail on its way into a batch; without a body where core knows it already."""

    killmail_id: int
    killmail_hash: str
    body: bytes | None
    zkb: bytes | None
    source: str
    known: bool
    refetches: int = 0
    day: date | None = None
    """In day loads: the UTC day that its kill time has to be in."""
