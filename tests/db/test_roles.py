"""Who owns a warehouse and who loads it: no superusers, nothing beyond the work; and who migrates, on whose server."""

from __future__ import annotations

import logging
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from killmart.config.connections import WAREHOUSE_ROLES, database_url
from killmart.config.settings import PROJECT, load_settings
from killmart.db.batches import abandon_unfinished
from killmart.db.engine import build_engine
from killmart.db.locks import exclusive
from killmart.db.migrate import migrate
from killmart.db.roles import ROLES_FILE
from killmart.errors import KillmartError
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support.commands import environment, killmart
from support.databases import by_hand
from support.folders import quick_folder
from support.pipeline import build, kill, load_anew, load_past_gate, ref, rows, run, stage

FORBIDDEN = {
    "DROP TABLE core.kill_items": "must be owner of table kill_items",
    "DROP TABLE core.kills_fact_r0": "must be owner of table kills_fact_r0",
    "ALTER TABLE core.kills_fact ADD COLUMN note text": "must be owner of table kills_fact",
    "ALTER TABLE core.kills_fact DETACH PARTITION core.kills_fact_r0": "must be owner of table kills_fact",
    "TRUNCATE core.kill_items": "permission denied for table kill_items",
    "CREATE TABLE core.mine (one integer)": "permission denied for schema core",
    "CREATE TABLE public.mine (one integer)": "permission denied for schema public",
    "CREATE SCHEMA mine": "permission denied for database",
    "DROP SCHEMA candidate CASCADE": "must be owner of schema candidate",
    "CREATE FUNCTION core.is_mine() RETURNS integer RETURN 1": "permission denied for schema core",
    "DELETE FROM public.schema_version": "permission denied for table schema_version",
    "GRANT SELECT ON staging.killmails TO killmart_reader": None,
    "COPY (SELECT 1) TO PROGRAM 'cat'": "permission denied to COPY to or from an external program",
    "COPY core.kills_fact TO '/tmp/kills'": "permission denied to COPY to a file",
    "SET session_replication_role = replica": "permission denied to set parameter",
    "SET ROLE killmart_owner": "permission denied to set role",
    "SET ROLE postgres": "permission denied to set role",
    "CREATE ROLE friend": "permission denied to create role",
    "GRANT killmart_reader TO killmart_loader": "permission denied to grant role",
}
"""What is refused to who loads; None is done in vain, with a warning."""


def ask(engine: Engine, statement: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


@pytest.mark.parametrize(("statement", "refusal"), FORBIDDEN.items())
def test_who_loads_changes_rows_and_nothing_else(runtime: Runtime, statement: str, refusal: str | None) -> None:
    if refusal is None:
        ask(runtime.engine, statement)
        may = "SELECT has_table_privilege('killmart_reader', 'staging.killmails', 'SELECT')"
        assert rows(runtime, may) == [(False,)]
    else:
        with pytest.raises(DBAPIError, match=refusal):
            ask(runtime.engine, statement)


def test_ranges_are_the_owner_s_however_they_came(runtime: Runtime) -> None:
    load_anew(runtime, [kill(27_000_000)])
    assert rows(runtime, "SELECT current_user") == [("postgres",)]
    assert ask(runtime.engine, "SELECT current_user, session_user") == [("killmart_loader", "killmart_loader")]
    owners = """SELECT DISTINCT relnamespace::regnamespace::text, pg_get_userbyid(relowner) FROM pg_class
        WHERE relnamespace IN ('core'::regnamespace, 'candidate'::regnamespace)"""
    assert rows(runtime, owners) == [("core", "killmart_owner")]
    made = "SELECT count(*) FROM pg_class WHERE relname ~ '_r5$' AND relispartition AND relkind = 'r'"
    assert rows(runtime, made) == [(8,)]


def test_no_definer_s_function_goes_where_its_caller_leads_it(runtime: Runtime) -> None:
    """Functions that do what their caller may not have a search path of their own, with the caller's tables last."""
    query = """SELECT
            proname, proconfig, pg_get_userbyid(proowner), has_function_privilege('killmart_reader', oid, 'EXECUTE')
        FROM pg_proc WHERE prosecdef AND pronamespace::regnamespace::text !~ '^pg_'"""
    found = rows(runtime, query)
    assert {name for name, *_ in found} == {"create_part", "index_part", "attach_part", "drop_part", "make_ranges"}
    assert {(tuple(path), owner, public) for _, path, owner, public in found} == {
        (("search_path=pg_catalog, pg_temp",), "killmart_owner", False)
    }


def test_each_role_has_limits_that_fit_its_work(runtime: Runtime) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    asked = f"SELECT {', '.join(f'current_setting({name!r})' for name in names)}"
    assert ask(runtime.reader_engine, asked) == [("10s", "5s", "1min")]
    assert ask(runtime.engine, asked) == [("6h", "2h", "6h")]
    assert ask(runtime.owner_engine, asked) == [("12h", "15min", "1h")]


def test_who_waits_for_another_run_may_wait_longer_than_for_a_row(runtime: Runtime) -> None:
    """And what comes over the same connection afterwards has its limits again."""
    [(database,)] = rows(runtime, "SELECT current_database()")
    run(runtime, f"ALTER ROLE killmart_loader IN DATABASE {database} SET lock_timeout = '50ms'")
    run(runtime, f"ALTER ROLE killmart_loader IN DATABASE {database} SET statement_timeout = '60ms'")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"

    def wait() -> list[tuple[object, ...]]:
        engine = build_engine(runtime.warehouse_url)
        with exclusive(engine, "a run", wait=True) as held:
            assert held
        return ask(engine, "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")

    with ThreadPoolExecutor() as pool:
        with exclusive(runtime.engine, "a run", wait=True):
            second = pool.submit(wait)
            while rows(runtime, waiting) != [(1,)]:
                assert not second.done(), second.exception()
            time.sleep(0.3)
        assert second.result() == [("50ms", "60ms")]


def test_who_loads_cannot_migrate_but_may_ask_for_it_where_nothing_is_to_be_done(
    runtime: Runtime, postgres: EmbeddedPostgres
) -> None:
    assert migrate(runtime.engine) == migrate(runtime.owner_engine)
    admin = build_engine(database_url(postgres.connection("postgres"))).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE still_empty OWNER killmart_owner"))
    loader = build_engine(database_url(postgres.connection("still_empty", WAREHOUSE_ROLES["warehouse"])))
    try:
        with pytest.raises(KillmartError) as refused:
            migrate(loader)
        assert re.match(
            r"killmart_loader may not migrate the warehouse \(permission denied for .*\), and nothing was changed\. "
            r"It is to belong to killmart_owner: .*AIRFLOW_CONN_WAREHOUSE_OWNER",
            str(refused.value),
        )
        assert ask(loader, "SELECT to_regclass('public.schema_version')") == [(None,)]
    finally:
        loader.dispose()
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE still_empty WITH (FORCE)"))
        admin.dispose()


# --- on somebody's own server -------------------------------------------------------------------------------------


@pytest.fixture
def bare() -> Iterator[EmbeddedPostgres]:
    """A server that has never heard of Killmart, with two empty databases of a `tenant` who may make no roles."""
    with quick_folder() as home:
        server = EmbeddedPostgres(home)
        server.start()
        try:
            admin = as_role(server, "postgres", "postgres")
            with admin.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                for statement in (
                    "DROP DATABASE killmart",
                    "DROP DATABASE airflow",
                    "DROP ROLE airflow, killmart_owner, killmart_loader, killmart_reader",
                    "CREATE ROLE tenant LOGIN",
                    "CREATE DATABASE killmart OWNER tenant",
                    "CREATE DATABASE another OWNER tenant",
                ):
                    connection.execute(text(statement))
            (server.data / "pg_ident.conf").write_text("killmart /^.*$ all\n")
            (server.data / "pg_hba.conf").write_text("local all all peer map=killmart\n")
            ask(admin, "SELECT pg_reload_conf()")
            admin.dispose()
            yield server
        finally:
            server.stop()


def as_role(server: EmbeddedPostgres, role: str, database: str = "killmart") -> Engine:
    return build_engine(database_url(server.connection(database, role)))


OWNERS = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'core'::regnamespace"


def test_a_superuser_s_warehouse_belongs_to_the_owner(bare: EmbeddedPostgres) -> None:
    migrate(as_role(bare, "postgres"))
    assert ask(as_role(bare, "postgres"), OWNERS) == [("killmart_owner",)]
    assert ask(as_role(bare, "killmart_loader"), "SELECT core.make_ranges(ARRAY[7])") == [(8,)]
    assert ask(as_role(bare, "killmart_reader"), "SELECT count(*) FROM core.kills_fact") == [(0,)]


def test_warehouses_of_one_server_share_the_roles_and_may_be_migrated_at_once(
    bare: EmbeddedPostgres, tmp_path: Path
) -> None:
    def command(database: str) -> subprocess.CompletedProcess[str]:
        uri = f"postgres://postgres@{quote(str(bare.sockets), safe='')}:5432/{database}"
        return killmart(environment(None, tmp_path, AIRFLOW_CONN_WAREHOUSE=uri), "migrate")

    with ThreadPoolExecutor() as pool:
        done = list(pool.map(command, ("killmart", "another") * 2))
    assert [(one.returncode, one.stdout.split()) for one in done] == [(0, ["revision", "0001"])] * 4
    for database in ("killmart", "another"):
        assert ask(as_role(bare, "killmart_loader", database), "SELECT core.make_ranges(ARRAY[7])") == [(8,)]


def test_a_tenant_who_may_make_roles_hands_the_warehouse_to_the_owner(bare: EmbeddedPostgres) -> None:
    ask(as_role(bare, "postgres"), "ALTER ROLE tenant CREATEROLE")
    migrate(as_role(bare, "tenant"))
    migrate(as_role(bare, "killmart_owner"))
    assert ask(as_role(bare, "tenant"), OWNERS) == [("killmart_owner",)]
    by_one = Runtime(load_settings({}), lambda name: bare.connection(role="tenant") if name == "warehouse" else None)
    stage(by_one, [ref(kill(1))])  # who has one connection for all goes on with it
    assert build(by_one).candidates == 1
    by_one.dispose()
    assert ask(as_role(bare, "killmart_loader"), "SELECT core.make_ranges(ARRAY[7])") == [(8,)]
    assert ask(as_role(bare, "killmart_reader"), "SELECT count(*) FROM core.kills_fact") == [(0,)]


def test_a_tenant_who_may_make_none_is_told_what_an_administrator_has_to_run(
    bare: EmbeddedPostgres, caplog: pytest.LogCaptureFixture
) -> None:
    tenant = as_role(bare, "tenant")
    with caplog.at_level(logging.WARNING, "killmart.db.roles"):
        migrate(tenant)
    [said] = [record.getMessage() for record in caplog.records if record.name == "killmart.db.roles"]
    assert said.startswith("tenant may not make the roles killmart_owner, killmart_loader and killmart_reader, ")
    assert f"`psql -f {ROLES_FILE}`" in said
    assert ask(tenant, OWNERS) == [("tenant",)]
    assert ask(tenant, "SELECT core.make_ranges(ARRAY[7])") == [(8,)]  # all goes on, with the rights of the tenant
    psql = [bare.binary("psql"), bare.dsn(role="postgres"), "-v", "ON_ERROR_STOP=1", "-f", PROJECT / ROLES_FILE]
    subprocess.run(psql, check=True, capture_output=True)
    migrate(tenant)
    assert ask(as_role(bare, "killmart_loader"), "SELECT core.make_ranges(ARRAY[8])") == [(8,)]
    assert ask(as_role(bare, "killmart_reader"), "SELECT count(*) FROM core.kills_fact") == [(0,)]


def test_what_an_administrator_has_set_stays(bare: EmbeddedPostgres) -> None:
    migrate(as_role(bare, "postgres"))
    ask(as_role(bare, "postgres"), "ALTER ROLE killmart_reader SET statement_timeout = '3s'")
    migrate(as_role(bare, "postgres"))
    ask(as_role(bare, "postgres"), (PROJECT / ROLES_FILE).read_text())
    assert ask(as_role(bare, "killmart_reader"), "SELECT current_setting('statement_timeout')") == [("3s",)]


def test_the_owner_may_drop_and_back_up_what_a_batch_left(runtime: Runtime) -> None:
    ask(runtime.engine, "CREATE TABLE candidate.left_behind AS SELECT 1 AS one")
    assert ask(runtime.owner_engine, "SELECT one FROM candidate.left_behind") == [(1,)]
    ask(runtime.owner_engine, "DROP TABLE candidate.left_behind")
    assert ask(by_hand(runtime.engine), "SELECT to_regclass('candidate.left_behind')") == [(None,)]


def test_what_the_owner_has_built_the_loader_may_finish_or_drop(runtime: Runtime) -> None:
    """Who runs the command line with the DSN that `make db` prints builds batches as the owner."""
    as_owner = replace(runtime)
    as_owner.__dict__["engine"] = runtime.owner_engine
    stage(as_owner, [ref(kill(1)), ref(kill(2))])
    first = build(as_owner)
    assert abandon(runtime) == [first.batch_id]
    assert [built.candidates for built in load_past_gate(as_owner)] == [2]
    assert rows(runtime, "SELECT count(*) FROM core.kills_fact") == [(2,)]


def abandon(runtime: Runtime) -> list[int]:
    """Give back, as who loads, what was left built."""
    with runtime.engine.begin() as connection:
        return abandon_unfinished(connection, runtime.installation, runtime.owner)
