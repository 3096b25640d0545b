"""The request budget of an upstream with a floating token window, shared by all workers of this installation.

The ledger lives in PostgreSQL (ops.token_ledger), so it outlives processes and binds every worker. A request is
reserved at its dearest price, and settled at what it cost when the answer is there; since tokens are booked at the
time of the answer, rounded up, they are given back no sooner here than upstream.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from killmart.db.reading import Row, select
from killmart.db.sql import sql
from killmart.model.budget import RateLimit, Reservation
from killmart.model.waits import LONGEST_PAUSE, SHORTEST_PAUSE

log = logging.getLogger(__name__)

DEAREST = 5
"""Tokens that the dearest answer costs (4xx)."""
STEPS = 500
"""Slots of a window in the ledger."""
WORTHWHILE = 100
"""Who waits does so until a hundredth of the tokens is free, to sleep long and work a while."""


class PauseLeft(NamedTuple):
    """Seconds until a service may be asked again (0: now), and how often in a row it has wanted quiet."""

    seconds: float
    refusals: int


class TokenBudget:
    """`tokens` per `window_seconds`, until the upstream's own headers say otherwise: that is kept for all workers."""

    def __init__(self, engine: Engine, tokens: int = 3600, window_seconds: float = 900.0) -> None:
        self._engine = engine
        self._tokens = tokens
        self._window = window_seconds
        self._knows_limit = False
        self._was_refused = False
        self._lock = threading.Lock()

    def reserve(self, service: str) -> Reservation | float:
        """Take the tokens of one request at its dearest price, or say how many seconds to wait."""
        with self._ledger(service) as connection:
            wait, refusals = find_pause(connection, service)
            if wait:
                return wait
            self._was_refused = refusals > 0
            self._recall_limit(connection, service)
            wanted = max(DEAREST, self._tokens // WORTHWHILE)
            row = connection.execute(sql("ops/sum_token_ledger"), self._values(service, tokens=wanted)).one()
            if row.used + DEAREST > self._tokens:
                return max(0.05, float(row.wait_seconds))
            slot = self._book(connection, service, DEAREST)
        return Reservation(service, slot, DEAREST)

    def settle(self, reservation: Reservation, tokens: int, limit: RateLimit | None) -> None:
        """Book what the request really cost, and what others at this address have spent by the headers."""
        with self._ledger(reservation.service) as connection:
            back = {"service": reservation.service, "spent_at": reservation.slot, "tokens": reservation.tokens}
            connection.execute(sql("ops/return_tokens"), back)
            if tokens:
                self._book(connection, reservation.service, tokens)
            if limit is not None:
                self._heed(connection, reservation.service, limit)

    def pause(self, service: str, seconds: float, reason: str) -> None:
        """Let nobody of this installation ask `service` for that long."""
        with self._engine.begin() as connection:
            left = pause_service(connection, service, seconds, reason)
        log.warning("%s is left alone for %.0f s: %s", service, left, reason)

    def answered(self, service: str) -> None:
        """Note that `service` has answered: it wants quiet no more."""
        if self._was_refused:
            self._was_refused = False
            with self._engine.begin() as connection:
                note_answer(connection, service)

    def _heed(self, connection: Connection, service: str, limit: RateLimit) -> None:
        if (limit.tokens, limit.window_seconds) != (self._tokens, self._window) or not self._knows_limit:
            self._tokens, self._window, self._knows_limit = limit.tokens, limit.window_seconds, True
            row = {"service": service, "tokens": limit.tokens, "window_seconds": limit.window_seconds}
            connection.execute(sql("ops/upsert_token_limit"), row)
        used = connection.execute(sql("ops/sum_token_ledger"), self._values(service, tokens=0)).one().used
        foreign = limit.tokens - limit.remaining - used
        if foreign > 0:
            self._book(connection, service, foreign)

    def _recall_limit(self, connection: Connection, service: str) -> None:
        """Start with the limit that another worker, or this one's forerunner, has learnt."""
        if not self._knows_limit:
            row = connection.execute(sql("ops/find_token_limit"), {"service": service}).one_or_none()
            if row is not None:
                self._tokens, self._window, self._knows_limit = row.tokens, row.window_seconds, True

    def _book(self, connection: Connection, service: str, tokens: int) -> datetime:
        slot: datetime = connection.execute(sql("ops/book_tokens"), self._values(service, tokens=tokens)).scalar_one()
        return slot

    def _values(self, service: str, tokens: int) -> dict[str, object]:
        return {
            "service": service,
            "tokens": tokens,
            "limit": self._tokens,
            "window": self._window,
            "step": self._window / STEPS,
        }

    @contextmanager
    def _ledger(self, service: str) -> Iterator[Connection]:
        """A short transaction in which this service's ledger is ours alone."""
        with self._lock, self._engine.begin() as connection:
            connection.execute(sql("ops/lock_token_ledger"), {"service": service})
            yield connection


def seconds_paused(connection: Connection, service: str) -> float:
    """Seconds until `service` may be asked again; 0 where it may."""
    return find_pause(connection, service).seconds


def find_pause(connection: Connection, service: str) -> PauseLeft:
    """The pause of `service` as it stands."""
    parameters = {"service": service, "longest": LONGEST_PAUSE}
    row = connection.execute(sql("ops/find_pause"), parameters).one_or_none()
    return PauseLeft(0.0, 0) if row is None else PauseLeft(float(row.seconds), row.refusals)


def pause_service(connection: Connection, service: str, seconds: float, reason: str) -> float:
    """Keep a pause, unless a longer one is kept already; it grows while refusals go on. Returns the seconds left."""
    row = {
        "service": service,
        "seconds": seconds,
        "shortest": SHORTEST_PAUSE,
        "longest": LONGEST_PAUSE,
        "reason": reason,
    }
    return float(connection.execute(sql("ops/upsert_pause"), row).scalar_one())


def note_answer(connection: Connection, service: str) -> None:
    """Note that `service` answers again, so that its next pause is a short one."""
    connection.execute(sql("ops/update_answered_pause"), {"service": service, "longest": LONGEST_PAUSE})


def budgets(connection: Connection, at: datetime) -> list[Row]:
    """Tokens spent of each upstream's window, and pauses with their reasons."""
    return select(connection, "ops/select_budgets", at=at, longest=LONGEST_PAUSE)
