"""Warehouses on the test run's PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from killmart.config.connections import Connection, database_url
from killmart.config.settings import load_settings
from killmart.db.engine import build_engine
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres


@contextmanager
def copied(postgres: EmbeddedPostgres, database: str, template: str = "killmart") -> Iterator[Connection]:
    """A database made as a copy of the template (an empty, migrated warehouse), dropped at the end."""
    admin = build_engine(database_url(postgres.connection("postgres"))).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy"))
    try:
        yield postgres.connection(database)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {database} WITH (FORCE)"))
        admin.dispose()


@contextmanager
def shared_warehouse(postgres: EmbeddedPostgres, database: str, **environ: str) -> Iterator[Runtime]:
    """A runtime on a warehouse that many tests read; keywords are settings, as variables."""
    with copied(postgres, database) as warehouse:
        runtime = Runtime(
            settings=load_settings(environ),
            owner="test",
            find_connection=lambda name: warehouse if name == "warehouse" else None,
        )
        yield runtime
        runtime.engine.dispose()
