"""One killmail as the simulated upstreams serve it, and where they get it from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

MAX_DELAY_SECONDS = 180

Body = dict[str, Any]
"""The body of a killmail, or an object within it, decoded."""


@dataclass(frozen=True)
class Kill:
    """A killmail with everything that any upstream says about it."""

    killmail_id: int
    killmail_hash: str
    """40 hex digits, or the text `CCP VERIFIED`."""
    killed_at: datetime
    """UTC."""
    body: bytes
    """JSON exactly as ESI serves it."""
    zkb: dict[str, Any]
    """zKillboard's block, as RedisQ sends it."""


class Catalogue(Protocol):
    """Where the routers find kills; they do not care whether these are synthetic or real."""

    def get(self, killmail_id: int) -> Kill | None:
        """The kill of this id, or None where nobody knows it (yet)."""
        ...

    def first_load(self, until: float) -> list[int]:
        """Ids of the kills that the feed starts with at `until` (Unix seconds), in processing order."""
        ...

    def published(self, after: float, until: float) -> list[int]:
        """Ids of the kills published in (after, until], Unix seconds, in processing order."""
        ...

    def describe(self) -> str:
        """What this serves, in a few words for people."""
        ...


def publication_delay(seed: int, killmail_id: int) -> int:
    """Seconds (0 to 180) from a kill to its place in the feed; the same for ever for one seed and id.

    Hence a feed in the order of processing, which is neither that of ids nor that of time.
    """
    digest = hashlib.blake2b(f"{seed}:{killmail_id}:delay".encode(), digest_size=4).digest()
    return int.from_bytes(digest) % (MAX_DELAY_SECONDS + 1)
