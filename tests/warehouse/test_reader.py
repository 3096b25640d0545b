"""killmart_reader reads what readers may, nothing else; where no role may be made, the migration goes on without."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from killmart.config.connections import database_url
from killmart.config.settings import PROJECT
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart.describe import SCHEMAS
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support.folders import quick_folder
from support.pipeline import kill, load_past_gate, ref, rows, stage

TABLES = """
SELECT relations.oid::regclass::text, has_table_privilege('killmart_reader', relations.oid, 'SELECT')
    AND has_schema_privilege('killmart_reader', relations.relnamespace, 'USAGE')
FROM pg_class AS relations
WHERE relations.relkind IN ('r', 'v') AND relations.relnamespace::regnamespace::text = any(:schemas)
"""


def readable(engine: Engine, *schemas: str) -> set[bool]:
    with engine.connect() as connection:
        return {row[1] for row in connection.execute(text(TABLES), {"schemas": list(schemas)})}


def as_reader(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL ROLE killmart_reader"))
        return [tuple(row) for row in connection.execute(text(statement))]


def test_the_reader_reads_what_readers_may(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1))])
    load_past_gate(runtime)
    assert readable(runtime.engine, *SCHEMAS) == {True}
    assert readable(runtime.engine, "staging", "ops", "candidate") == {False}
    assert as_reader(runtime.engine, "SELECT killmail_id FROM core.attackers_fact LIMIT 1") == [(1,)]
    assert as_reader(runtime.engine, 'SELECT "killmailId" FROM legacy.kills_fact') == [(1,)]
    assert as_reader(runtime.engine, "SELECT kills FROM core.region_activity('2021-11-29', '2021-11-30')") == [(1,)]
    for forbidden in ("DELETE FROM core.kills_fact", "SELECT body FROM staging.killmails", "CALL core.grant_reader()"):
        with pytest.raises(DBAPIError, match="permission denied"):
            as_reader(runtime.engine, forbidden)


def test_its_sessions_have_limits(runtime: Runtime) -> None:
    [(settings, connections, can_login, password)] = rows(
        runtime,
        "SELECT roles.rolconfig, roles.rolconnlimit, roles.rolcanlogin, secrets.rolpassword FROM pg_roles AS roles"
        " INNER JOIN pg_authid AS secrets ON roles.oid = secrets.oid WHERE roles.rolname = 'killmart_reader'",
    )
    assert set(settings) == {
        "default_transaction_read_only=on",
        "statement_timeout=30s",
        "idle_in_transaction_session_timeout=60s",
    }
    assert (connections, can_login, password) == (20, True, None)


def test_it_may_read_what_is_added_later(runtime: Runtime) -> None:
    with runtime.engine.begin() as connection:
        connection.execute(text("CREATE TABLE mart.added_later AS SELECT 1 AS one"))
    assert as_reader(runtime.engine, "SELECT one FROM mart.added_later") == [(1,)]


@pytest.fixture
def managed() -> Iterator[EmbeddedPostgres]:
    """A server with a database whose owner may make schemas in it and nothing else, as a managed one has it."""
    with quick_folder() as home:
        server = EmbeddedPostgres(home)
        server.start()
        try:
            admin = build_engine(database_url(server.connection())).execution_options(isolation_level="AUTOCOMMIT")
            with admin.connect() as connection:
                connection.execute(text("CREATE ROLE tenant NOSUPERUSER NOCREATEROLE NOCREATEDB"))
                connection.execute(text("GRANT CREATE ON DATABASE killmart TO tenant"))
                connection.execute(text("GRANT CREATE ON SCHEMA public TO tenant"))
            admin.dispose()
            yield server
        finally:
            server.stop()


def test_a_tenant_without_rights_on_roles_migrates_and_the_reader_comes_later(managed: EmbeddedPostgres) -> None:
    url = database_url(managed.connection())
    tenant = create_engine(url, connect_args={"options": "-c role=tenant"})
    admin = build_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        migrate(tenant)
        with admin.connect() as connection:
            assert (
                connection.execute(text("SELECT count(*) FROM pg_roles WHERE rolname = 'killmart_reader'")).scalar()
                == 0
            )
            assert (
                connection.execute(text("SELECT count(*) FROM pg_extension WHERE extname <> 'plpgsql'")).scalar() == 0
            )
        page = (PROJECT / "docs" / "migration.md").read_text()
        [recipe] = re.findall(r"```\n(CREATE ROLE killmart_reader.*?)```", page, re.DOTALL)
        *for_admin, for_owner = [line.split("--")[0] for line in recipe.strip().splitlines()]
        with admin.connect() as connection:
            for line in for_admin:
                connection.execute(text(line))
        with tenant.begin() as connection:
            connection.execute(text(for_owner))
        assert readable(admin, *SCHEMAS) == {True}
        assert as_reader(admin, "SELECT count(*) FROM core.kills_fact") == [(0,)]
    finally:
        tenant.dispose()
        admin.dispose()
