"""Migrates the warehouse with alembic; the SQL lies in migrations/sql/<revision>_<name>/*.sql."""

from __future__ import annotations

import logging

from alembic import command, op
from alembic.config import Config
from sqlalchemy import Engine, text

from killmart.config.settings import PROJECT

log = logging.getLogger(__name__)

_MIGRATIONS = PROJECT / "migrations"
_LOCK = 7_340_001  # advisory lock: one migration at a time


def migrate(engine: Engine) -> str:
    """Bring the warehouse to the newest revision and return it; safe to run again and from several processes."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))  # a bare % is configparser's own
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        try:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            revision = connection.execute(text("SELECT version_num FROM public.schema_version")).scalar_one()
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
    log.info("warehouse is at revision %s", revision)
    return str(revision)


def run_sql_folder(folder: str) -> None:
    """Run every .sql file of migrations/sql/<folder> in the order of their names (called by the revisions)."""
    for path in sorted((_MIGRATIONS / "sql" / folder).glob("*.sql")):
        op.get_bind().execution_options(no_parameters=True).exec_driver_sql(path.read_text())
