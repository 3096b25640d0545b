"""Warehouses on the test run's PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, text

from killmart.config.connections import WAREHOUSE_ROLES, Connection, database_url
from killmart.config.settings import load_settings
from killmart.db.engine import build_engine
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.postgres_files import ADMIN
from support.making import find_connection

_by_hand: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
_SETTLING_SECONDS = 120
_LOOKERS = """SELECT backend_type || ': ' || query FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL"""


@contextmanager
def copied(
    postgres: EmbeddedPostgres, database: str, template: str = "killmart", role: str | None = None
) -> Iterator[Connection]:
    """A database made as a copy of the template (an empty, migrated warehouse), dropped at the end.

    The role owns it and connects to it; without one it is a warehouse's, as who loads it.
    """
    admin = build_engine(database_url(postgres.connection("postgres"))).execution_options(isolation_level="AUTOCOMMIT")
    owner = role or WAREHOUSE_ROLES["warehouse_owner"]
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {database} OWNER {owner} TEMPLATE {template} STRATEGY file_copy"))
    try:
        yield postgres.connection(database, role or WAREHOUSE_ROLES["warehouse"])
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
            find_connection=partial(find_connection, warehouse, {}),
        )
        yield runtime
        runtime.dispose()


def by_hand(engine: Engine) -> Engine:
    """The same database for a test's own hand, as the server's superuser: whatever Killmart itself may there."""
    if engine not in _by_hand:
        _by_hand[engine] = build_engine(engine.url.set(username=ADMIN).render_as_string(hide_password=False))
    return _by_hand[engine]


def maintain(engine: Engine, statement: str) -> None:
    """Execute what no transaction may hold, such as VACUUM."""
    with by_hand(engine).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def settle(engine: Engine) -> None:
    """Let PostgreSQL look at all rows when nobody's snapshot is older than they are, and know that everybody sees them.

    Where autovacuum's ANALYZE began before them, VACUUM leaves their pages to the next one, and index-only scans fetch
    each row in vain. So they do where a page keeps a few rows of who rolled back: too few for VACUUM to clean the
    indexes of them unasked.
    """
    deadline = time.monotonic() + _SETTLING_SECONDS
    with by_hand(engine).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while lookers := connection.execute(text(_LOOKERS)).scalars().all():
            assert time.monotonic() < deadline, f"still looking at the database: {', '.join(lookers)}"
            time.sleep(0.1)
        connection.execute(text("VACUUM (FREEZE, ANALYZE, INDEX_CLEANUP on)"))
