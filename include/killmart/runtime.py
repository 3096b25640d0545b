"""What every stage needs at hand: settings, the warehouse, and where the upstreams are."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import sqlalchemy
from sqlalchemy import Engine

from killmart.config.connections import (
    Connection,
    base_url,
    connection_from_environment,
    database_url,
    refuse_bad_connections,
)
from killmart.config.left_dsn import left_dsn
from killmart.config.settings import Settings, load_settings
from killmart.db.engine import build_engine
from killmart.db.metrics import record_metrics
from killmart.db.revisions import check_at_first_connection
from killmart.errors import ConfigurationError
from killmart.timing import Stopwatch


@dataclass(frozen=True)
class Runtime:
    """One installation as a stage sees it; `owner` names whose batches it builds there (see db.batches)."""

    settings: Settings
    find_connection: Callable[[str], Connection | None]
    owner: str = "command line"
    dag_id: str | None = None
    run_id: str | None = None
    name_airflow: Callable[[Engine], str] | None = None
    """Names the Airflow that this is part of; None outside of one. The warehouse is for a lock."""

    @cached_property
    def warehouse_url(self) -> str:
        """SQLAlchemy URL of the warehouse, for who loads it; raises ConfigurationError where there is none."""
        return self._url_of("warehouse")

    def _url_of(self, conn_id: str) -> str:
        """The same for another connection to the warehouse; where it is not configured, `warehouse` stands for it."""
        connection = self.find_connection(conn_id) or self.find_connection("warehouse")
        if connection is not None:
            return database_url(connection)
        dsn = _driven(left_dsn(self.settings.home_path, conn_id))
        if dsn is None:
            raise ConfigurationError(
                f"No warehouse: AIRFLOW_CONN_WAREHOUSE is not set and no embedded PostgreSQL runs from "
                f"{self.settings.home_path}. Set the one, or start the other with `make db`."
            )
        return dsn

    @cached_property
    def metadata_url(self) -> str | None:
        """SQLAlchemy URL of Airflow's metadata database, for housekeeping alone; None where nobody says where it is."""
        connection = self.find_connection("metadata")
        if connection is not None:
            return database_url(connection)
        return _driven(left_dsn(self.settings.home_path, "metadata"))

    @cached_property
    def engine(self) -> Engine:
        """Engine of the warehouse, one per runtime, for who loads it; its use raises RevisionError where code and
        warehouse do not fit."""
        return _checked(self.warehouse_url)

    @cached_property
    def reader_engine(self) -> Engine:
        """The engine of pages and API, whose role may read and nothing else; by the connection `warehouse_reader`."""
        url = self._url_of("warehouse_reader")
        return self.engine if url == self.warehouse_url else _checked(url)

    @cached_property
    def owner_engine(self) -> Engine:
        """The engine of who migrates and makes people readers, at any revision; by the connection `warehouse_owner`."""
        return build_engine(self._url_of("warehouse_owner"))

    def migrate(self) -> str:
        """Bring the warehouse to the newest revision and return it (db.migrate)."""
        from killmart.db.migrate import migrate  # alembic takes a while, and few want it

        try:
            return migrate(self.owner_engine)
        finally:
            self.owner_engine.dispose()

    def dispose(self) -> None:
        """Close the connections of all its engines; the next question opens new ones."""
        for value in list(self.__dict__.values()):
            if isinstance(value, Engine):
                value.dispose()

    @cached_property
    def installation(self) -> str:
        """Where the batches' owner is at home: this Airflow, whatever machine a task runs on, or host and home."""
        if self.name_airflow is not None:
            return self.name_airflow(self.engine)
        return f"{socket.gethostname()}:{self.settings.home_path}"

    def __getstate__(self) -> dict[str, Any]:
        """What another process gets of it: all but the engines, of which each process has its own."""
        return {name: value for name, value in self.__dict__.items() if not isinstance(value, Engine)}

    def record(
        self,
        connection: sqlalchemy.Connection,
        stage: str,
        values: Mapping[str, float],
        watch: Stopwatch | None = None,
        batch_id: int | None = None,
    ) -> None:
        """Put what a stage of this run did into ops.run_metrics, with the seconds of `watch`, as part of its work."""
        measured = values if watch is None else {**values, "seconds": watch.seconds}
        record_metrics(connection, stage, measured, dag_id=self.dag_id, run_id=self.run_id, batch_id=batch_id)

    def url(self, service: str) -> str:
        """Base URL of an upstream (`redisq`, `r2z2`, `esi`, `everef`, `sde`)."""
        return base_url(self.find_connection(service), service)


def _checked(url: str) -> Engine:
    engine = build_engine(url)
    check_at_first_connection(engine)
    return engine


def _driven(dsn: str | None) -> str | None:
    """A DSN as SQLAlchemy wants it."""
    return dsn and dsn.replace("postgresql://", "postgresql+psycopg2://", 1)


def runtime_from_environment(environ: Mapping[str, str] = os.environ) -> Runtime:
    """The runtime outside Airflow; raises ConfigurationError naming what is bad, whether it will be needed or not."""
    refuse_bad_connections(environ)
    return Runtime(
        settings=load_settings(environ),
        find_connection=partial(connection_from_environment, environ=dict(environ)),
    )
