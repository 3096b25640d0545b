"""Brings the schema of the embedded warehouse to its newest revision."""

from __future__ import annotations

from killmart.config.connections import database_url
from killmart_stack.postgres import EmbeddedPostgres


def migrate_warehouse(postgres: EmbeddedPostgres) -> None:
    """Migrate the database `killmart` of a server that runs; safe to run again and from several processes."""
    from killmart.db.engine import build_engine
    from killmart.db.migrate import migrate

    engine = build_engine(database_url(postgres.connection()))
    try:
        migrate(engine)
    finally:
        engine.dispose()
