"""Rate limits as upstreams announce them, and the budget that sources ask before a request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class RateLimit:
    """ESI's `X-Ratelimit-*` headers: tokens per window of seconds, and how many are left."""

    tokens: int
    window_seconds: float
    remaining: int


@dataclass(frozen=True)
class Reservation:
    """Tokens taken from one slot of a service's window for a request that is under way."""

    service: str
    slot: datetime
    tokens: int


class Budget(Protocol):
    """The tokens and pauses of this installation, shared by all its workers (db.budget keeps them)."""

    def reserve(self, service: str) -> Reservation | float:
        """Take the tokens of one request at its dearest price; else the seconds to wait."""

    def settle(self, reservation: Reservation, tokens: int, limit: RateLimit | None) -> None:
        """Book what the request really cost, and heed what the headers say is left."""

    def pause(self, service: str, seconds: float, reason: str) -> None:
        """Let nobody of this installation ask `service` for that long, or longer where refusals go on."""

    def answered(self, service: str) -> None:
        """Note that `service` has answered: it wants quiet no more."""
