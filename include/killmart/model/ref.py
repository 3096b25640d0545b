"""What sources yield: refs, maybe with the body; and what the stages make of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


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
    """Positions of a feed, both ends included, that it does not give; the daily run repairs what was in them."""

    first: int | None
    last: int | None
    """Both None where no position can be given."""
    reason: str
    maybe_lost: int = 0
    """Packages that may have been popped without arriving."""


@dataclass(frozen=True, slots=True)
class FeedStep:
    """One step of a feed: what came, and where its cursor then stands. All of it is committed together."""

    position: str | None
    refs: tuple[Ref, ...] = ()
    unreadable: Unreadable | None = None
    hole: Hole | None = None
    is_not_found: bool = False
    """Whether the feed just said that nothing is at this position (yet); it wants to be left alone for a while then."""
    failures: int = 0
    """What this run could not read from this position on; the cursor adds it up while it stays there."""
    is_popping: bool = False
    """Whether the next thing to happen is a pop; the cursor keeps that until the next step."""
    may_end: bool = True
    """Whether the drain may end after this step though the feed has more to say."""
    uploaded_at: int | None = None
    """When the feed published what came, in seconds since 1970; None where it does not say."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a feed was read, as stored in staging.feed_cursors."""

    position: str | None = None
    client_id: str | None = None
    seconds_since_404: float | None = None
    failures: int = 0
    """How much from the position on an earlier run could not read: R2Z2's numbers; of RedisQ's objects, the last."""
    pop_began_at: datetime | None = None
    """When a pop began of which nothing was written down afterwards."""


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
