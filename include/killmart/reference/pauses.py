"""How the lookups wait: on the pauses that all workers share."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import Engine

from killmart.db.budget import note_answer, pause_service, seconds_paused

log = logging.getLogger(__name__)


class SharedPauses:
    """The pauses of this installation, kept in the warehouse (sources.names.Pauses)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def seconds(self, services: Sequence[str]) -> float:
        """Seconds until all of `services` may be asked again; 0 where they may."""
        with self._engine.connect() as connection:
            return max(seconds_paused(connection, service) for service in services)

    def pause(self, service: str, seconds: float, reason: str) -> None:
        """Let nobody of this installation ask `service` for that long."""
        with self._engine.begin() as connection:
            left = pause_service(connection, service, seconds, reason)
        log.warning("%s: left alone for %.0f s: %s", service, left, reason)

    def answered(self, services: Sequence[str]) -> None:
        """Note that `services` want quiet no more."""
        with self._engine.begin() as connection:
            for service in services:
                note_answer(connection, service)
