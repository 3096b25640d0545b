"""Migrates the warehouse with alembic; the SQL lies in migrations/sql/<revision>_<name>/*.sql."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic import command, op
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from killmart.db import revisions, roles
from killmart.db.revisions import MIGRATIONS

log = logging.getLogger(__name__)

VERSION_TABLE: dict[str, Any] = {"version_table": "schema_version", "version_table_schema": "public"}
"""Where alembic keeps the revision, as it takes it."""
_LOCK = 7_340_001  # advisory lock: one migration at a time


def migrate(engine: Engine, migrations: Path = MIGRATIONS) -> str:
    """Bring the warehouse to the newest revision and return it; safe to run again and from several processes.

    Who migrates owns what is made, or becomes killmart_owner for it, and gives the other roles their rights (see
    db.roles). Each revision is one transaction: one that is broken off is done anew by the next call. Raises
    RevisionError where the warehouse is newer than the code, or was made from something else than its revisions, and
    KillmartError where the role of `engine` may not migrate; nothing was changed then.
    """
    code, config = revisions.of_code(migrations), _config(migrations)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        try:
            warehouse = revisions.of_warehouse(connection.connection)
            connection.commit()
            with suppress(revisions.OlderWarehouseError):
                revisions.refuse_unless_fit(warehouse, code)
            config.attributes["connection"] = connection
            with roles.owning(connection):
                command.upgrade(config, "head")
                roles.grant(connection, anew=warehouse != code)
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
            connection.commit()
    newest = max(code)
    log.info("warehouse is at revision %s", newest)
    return newest


def write_revision(name: str, migrations: Path = MIGRATIONS) -> tuple[Path, Path]:
    """Begin the revision after the newest one: its file in versions/, and the folder of its SQL."""
    config = _config(migrations)
    newest = ScriptDirectory.from_config(config).get_current_head()
    number = f"{int(newest or 0) + 1:04}"
    command.revision(config, name, rev_id=number)
    folder = migrations / "sql" / f"{number}_{name}"
    folder.mkdir(exist_ok=True)
    return migrations / "versions" / f"{folder.name}.py", folder


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))  # a bare % is configparser's own
    return config


def run_sql_folder(name: str) -> None:
    """Run every .sql file of sql/<name> in the order of their names, and note it (called by the revisions)."""
    config = op.get_context().config
    assert config is not None
    folder = Path(config.get_main_option("script_location") or "") / "sql" / name
    connection = op.get_bind()
    for path in revisions.files_of(folder):
        connection.exec_driver_sql(path.read_text("utf-8"), execution_options={"no_parameters": True})
    revisions.note(connection, folder)
