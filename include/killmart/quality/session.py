"""The gate's one session on the warehouse: its settings, and the summaries that its claims read.

Claims read large tables through temporary summaries that are made in one pass each, so all of them have to run on
one connection.
"""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from killmart.config.sqlfiles import batch_names, source
from killmart.errors import KillmartError
from killmart.quality.check import ColumnProfile
from killmart.watched import NOTICES, Watched

log = logging.getLogger(__name__)

ENGINE_OPTIONS: dict[str, Any] = {
    "poolclass": StaticPool,
    "connect_args": {
        "application_name": "killmart gate",
        "options": "-c timezone=UTC -c jit=off -c synchronous_commit=off"
        " -c work_mem=64MB -c maintenance_work_mem=128MB",
        "connection_factory": Watched,
        **NOTICES,
    },
}
"""One connection, UTC; memory enough to sort a chunk of days; no 100 ms to compile a query; no waiting for the disk to
keep what lives as long as the batch."""

SUMMARIES = (
    "create_id_ranges",
    "create_keys",
    "create_attackers_by_kill",
    "create_items_by_kill",
    "create_column_profile",
)
"""include/sql/quality/summaries/<name>.sql, in this order."""


class Session:
    """What the gate asks PostgreSQL beside its expectations, on the connection that these use."""

    def __init__(self, engine: Engine, batch_id: int) -> None:
        self._engine = engine
        self._batch_id = batch_id
        self._backend = self._backend_pid()

    def prepare(self) -> dict[str, str]:
        """Make keys and summaries; returns why for each that could not be made, by name."""
        failed = {}
        for name in SUMMARIES:
            try:
                with self._engine.begin() as connection:
                    connection.connection.cursor().execute(
                        batch_names(source(f"quality/summaries/{name}"), self._batch_id)
                    )
            except Exception as error:  # whatever it is, it is reported by name and the rest goes on
                failed[name] = first_line(error)
                log.error("%s of batch %d could not be made: %s", name, self._batch_id, failed[name])
        return failed

    def examples(self, query: str, limit: int) -> list[dict[str, object]]:
        """The first rows of a claim's query, as PostgreSQL writes them in JSON."""
        statement = text(f"SELECT to_jsonb(found) FROM ({_bare(query)}) AS found LIMIT :limit")
        with self._engine.begin() as connection:
            return [row for (row,) in connection.execute(statement, {"limit": limit})]

    def percent_of_kills(self, query: str) -> float | None:
        """Share of the batch's killmails that a claim's query names, in percent."""
        kills = batch_names("SELECT count(*) FROM candidate.kills_fact_batch", self._batch_id)
        statement = text(
            f"SELECT 100.0 * count(DISTINCT found.killmail_id) / nullif(({kills}), 0) FROM ({_bare(query)}) AS found"
        )
        with self._engine.begin() as connection:
            percent = connection.execute(statement).scalar_one()
        return None if percent is None else min(float(percent), 100.0)

    def profile(self) -> list[ColumnProfile]:
        """What later batches are compared with; empty where it could not be made or the batch has no kills."""
        statement = text(batch_names(source("quality/select_column_profile"), self._batch_id))
        try:
            with self._engine.begin() as connection:
                return [ColumnProfile(**row._mapping) for row in connection.execute(statement)]
        except SQLAlchemyError as error:
            log.error("the column profile of batch %d cannot be read: %s", self._batch_id, first_line(error))
            return []

    def refuse_if_lost(self) -> None:
        """Raise KillmartError where the connection was lost on the way: what failed then says nothing of the data."""
        try:
            is_same = self._backend_pid() == self._backend
        except SQLAlchemyError:
            is_same = False
        if not is_same:
            raise KillmartError(
                f"The connection to the warehouse was lost while the gate judged batch {self._batch_id}. Its results "
                "are not kept and nothing was promoted; the next attempt judges the batch again."
            )

    def _backend_pid(self) -> int:
        with self._engine.begin() as connection:
            return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def first_line(error: BaseException) -> str:
    """The error's kind and the first line of what it says."""
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0] if said else 'no message'}"


def _bare(query: str) -> str:
    return query.replace("{batch}", "batch")
