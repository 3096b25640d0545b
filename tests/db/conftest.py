"""Databases beside the test's warehouse, on the same server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from killmart.config.connections import Connection, database_url
from killmart.db.engine import build_engine
from killmart_stack.postgres import EmbeddedPostgres
from support.databases import maintain

_numbers = itertools.count(1)


@pytest.fixture
def admin(postgres: EmbeddedPostgres) -> Iterator[Engine]:
    """The engine of the server's database `postgres`."""
    engine = build_engine(database_url(postgres.connection("postgres")))
    yield engine
    engine.dispose()


@pytest.fixture
def empty(postgres: EmbeddedPostgres, admin: Engine) -> Iterator[Connection]:
    """A database of the test's server that is not there yet; whatever comes of it goes."""
    name = f'restored {next(_numbers)}, "100%"'
    yield postgres.connection(name)
    with admin.connect() as connection:
        made = connection.execute(text("SELECT quote_ident(datname) FROM pg_database WHERE datname ~ '^restored '"))
        left = made.scalars().all()
    for database in left:
        maintain(admin, f"DROP DATABASE {database} WITH (FORCE)")
