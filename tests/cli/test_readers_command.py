"""The command `readers`: people get a role, a password and no more than killmart_reader; whatever they are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import psycopg2.extensions
import pytest
from click.testing import Result
from typer.testing import CliRunner

from killmart.cli.main import app
from killmart.config.connections import Connection
from killmart.db.readers import LONGEST_NAME
from killmart.errors import ConfigurationError, KillmartError
from killmart.runtime import Runtime
from support.commands import environment
from support.pipeline import rows, run

ODD = [
    "anna",
    "Anna O'Neill",
    'a "quoted" one',
    "100% ;--",
    "$1 :name {x}",
    "Ælfgifu 🚀",
    "[bold]x",
    "x" * LONGEST_NAME,
]


@pytest.fixture(autouse=True)
def _environment(warehouse: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(warehouse, tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "220")


@pytest.fixture(autouse=True)
def _no_reader_is_left(_environment: None) -> Iterator[None]:
    """Roles are the whole server's, and so the next test's."""
    yield
    for one in json.loads(readers("list", "--json").stdout)["readers"]:
        assert readers("remove", one["name"]).exit_code == 0


def readers(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["readers", *arguments], input=typed)


def connect(warehouse: Connection, name: str, password: str) -> psycopg2.extensions.connection:
    where = {"host": warehouse.host, "port": warehouse.port, "dbname": warehouse.schema}
    return psycopg2.connect(**where, user=name, password=password)


def ask(connection: psycopg2.extensions.connection, statement: str) -> object:
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.parametrize("name", ODD)
def test_somebody_is_let_in_under_any_name_and_out_again(warehouse: Connection, name: str) -> None:
    added = readers("add", name, "--json")
    assert added.exit_code == 0, added.output
    made = json.loads(added.stdout)
    assert made["name"] == name
    somebody = connect(warehouse, name, made["password"])
    assert ask(somebody, "SELECT session_user::text, count(*) FROM core.kills_fact") == [(name, 0)]
    [listed] = json.loads(readers("list", "--json").stdout)["readers"]
    assert listed == {"name": name, "sessions": 1, "most_sessions": 40}
    assert name in readers("list").stdout
    removed = readers("remove", name)
    assert (removed.exit_code, name in removed.stdout) == (0, True)
    with pytest.raises(psycopg2.Error, match="closed"):  # the session that was open has ended, too
        ask(somebody, "SELECT 1")
    with pytest.raises(psycopg2.OperationalError):
        connect(warehouse, name, made["password"])
    assert readers("list").stdout == "Nobody was made a reader.\n"


def test_they_may_do_what_killmart_reader_may_within_the_same_limits(warehouse: Connection, runtime: Runtime) -> None:
    password = json.loads(readers("add", "anna", "--json").stdout)["password"]
    anna = connect(warehouse, "anna", password)
    query = """SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
        current_setting('idle_in_transaction_session_timeout'), current_setting('default_transaction_read_only')"""
    with runtime.reader_engine.connect() as connection:
        assert ask(anna, query) == [tuple(connection.exec_driver_sql(query).one())]
    anna.set_session(readonly=False)
    for forbidden in (
        "DELETE FROM core.kills_fact",
        "SELECT body FROM staging.killmails",
        "SET ROLE killmart_reader",
        "SET ROLE killmart_owner",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
    ):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(anna, forbidden)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(warehouse, "anna", f"{password}x")
    anna.close()


def test_the_password_may_be_ones_own_and_the_server_keeps_none(warehouse: Connection, runtime: Runtime) -> None:
    added = readers("add", "anna", "--ask", typed="s3cret pässword\ns3cret pässword\n")
    assert added.exit_code == 0, added.output
    assert "s3cret" not in added.output
    connect(warehouse, "anna", "s3cret pässword").close()
    [(kept,)] = rows(runtime, "SELECT rolpassword FROM pg_authid WHERE rolname = 'anna'")
    assert kept.startswith("SCRAM-SHA-256$")


@pytest.mark.parametrize("name", ["", "x" * (LONGEST_NAME + 1), "é" * 32, "two\nlines", "nul\x00"])
def test_a_name_that_no_role_can_have_is_refused(name: str) -> None:
    refused = readers("add", name).exception
    assert isinstance(refused, ConfigurationError)
    assert "Nobody was made a reader" in str(refused)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("killmart_loader", "already exists.*Choose another name"),
        ("anna", "already exists"),
        ("pg_anna", "reserved.*Choose another name"),
    ],
)
def test_a_name_that_is_taken_is_refused_and_its_role_stays_as_it_was(runtime: Runtime, name: str, said: str) -> None:
    assert readers("add", "anna").exit_code == 0
    query = "SELECT rolname, rolpassword, rolconnlimit FROM pg_authid ORDER BY 1"
    before = rows(runtime, query)
    with pytest.raises(KillmartError, match=f"(?s){said}"):
        raise readers("add", name).exception or AssertionError
    assert rows(runtime, query) == before


@pytest.mark.parametrize("name", ["nobody else", "killmart_loader", "killmart_reader", "killmart_owner", "postgres"])
def test_only_readers_are_removed(runtime: Runtime, name: str) -> None:
    before = rows(runtime, "SELECT rolname FROM pg_roles ORDER BY 1")
    with pytest.raises(KillmartError, match="is none of the readers, so nothing was done"):
        raise readers("remove", name).exception or AssertionError
    assert rows(runtime, "SELECT rolname FROM pg_roles ORDER BY 1") == before


def test_who_owns_something_is_not_removed_before_it_is_taken(runtime: Runtime) -> None:
    readers("add", "anna")
    run(runtime, "GRANT SELECT ON staging.feed_holes TO anna")
    with pytest.raises(KillmartError, match=r"cannot be dropped.*DROP OWNED BY"):
        raise readers("remove", "anna").exception or AssertionError
    run(runtime, "DROP OWNED BY anna")


def test_who_may_make_no_roles_is_told_who_may(warehouse: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_WAREHOUSE_OWNER")  # so that the connection of who loads stands for it
    with pytest.raises(KillmartError, match=r"permission denied to create role.*`warehouse_owner`"):
        raise readers("add", "anna").exception or AssertionError
