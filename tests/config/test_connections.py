"""Connections mean the same here as in Airflow, in both of its forms."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from killmart.config.connections import (
    PUBLIC_URLS,
    Connection,
    base_url,
    connection_from_environment,
    database_url,
    refuse_bad_connections,
)
from killmart.config.settings import PROJECT
from killmart.errors import ConfigurationError
from killmart.runtime import runtime_from_environment

URLS = {
    "http://127.0.0.1:8090/esi": "http://127.0.0.1:8090/esi",
    "http://127.0.0.1:8090/": "http://127.0.0.1:8090",
    "https://esi.example.org": "https://esi.example.org",
    "https://esi.example.org/a%2Fb/c/": "https://esi.example.org/a/b/c",
    "http://user:secret@mirror:81/esi?timeout=5": "http://mirror:81/esi",
    "http://https%3A%2F%2Fesi.example.org": "https://esi.example.org",
    "http://https://esi.example.org:8443/path": "https://esi.example.org:8443/path",
    "http://[::1]:8090/esi": "http://[::1]:8090/esi",
    '{"conn_type": "http", "host": "esi.example.org", "schema": "https"}': "https://esi.example.org",
    '{"conn_type": "http", "host": "esi.example.org", "schema": "https", "port": "444"}': "https://esi.example.org:444",
    '{"conn_type": "http", "host": "esi.example.org", "schema": "proxy/esi", "port": 80}': "http://esi.example.org:80/proxy/esi",
    '{"conn_type": "https", "host": "esi.example.org"}': "https://esi.example.org",
    '{"host": "https://esi.example.org/proxy/", "schema": "esi", "port": 444}': "https://esi.example.org:444/proxy/esi",
    '{"host": "https://esi.example.org/", "schema": "https", "extra": "{\\"a\\": [1]}"}': "https://esi.example.org",
}
DATABASES = {
    "postgres://killmart:p%40ss%2Fword@db.example.org:5433/warehouse?sslmode=require": {
        "username": "killmart",
        "password": "p@ss/word",
        "host": "db.example.org",
        "port": 5433,
        "database": "warehouse",
        "query": {"sslmode": "require"},
    },
    "postgresql://killmart@%2FHome%2FMe%2Frun:5432/warehouse": {
        "username": "killmart",
        "password": None,
        "host": None,
        "port": None,
        "database": "warehouse",
        "query": {"host": "/Home/Me/run", "port": "5432"},
    },
    '{"conn_type": "postgres", "login": "me", "password": "p@s", "schema": "w", "host": "/Run/x", "extra": {"a": 1}}': {
        "username": "me",
        "password": "p@s",
        "host": None,
        "port": None,
        "database": "w",
        "query": {"host": "/Run/x", "a": "1"},
    },
    "postgres://me@db/w?__extra__=%7B%22connect_timeout%22%3A+5%2C+%22nested%22%3A+%7B%7D%7D": {
        "username": "me",
        "password": None,
        "host": "db",
        "port": None,
        "database": "w",
        "query": {"connect_timeout": "5"},
    },
}


def read(text: str, conn_id: str = "esi") -> Connection:
    """The connection that the variable holds."""
    found = connection_from_environment(conn_id, {f"AIRFLOW_CONN_{conn_id.upper()}": text})
    assert found is not None
    return found


@pytest.mark.parametrize(("text", "url"), URLS.items())
def test_the_base_url_of_a_service(text: str, url: str) -> None:
    assert base_url(read(text), "esi") == url


def test_without_a_connection_the_real_services_are_meant() -> None:
    assert connection_from_environment("esi", {"AIRFLOW_CONN_ESI": " "}) is None
    for service, url in PUBLIC_URLS.items():
        assert base_url(None, service) == base_url(Connection(service), service) == url


@pytest.mark.parametrize(("text", "parts"), DATABASES.items())
def test_the_url_of_a_database(text: str, parts: dict[str, object]) -> None:
    url = make_url(database_url(read(text, "warehouse")))
    assert url.drivername == "postgresql+psycopg2"
    assert {name: getattr(url, name) or None for name in parts} == {name: part or None for name, part in parts.items()}


@pytest.mark.parametrize(
    "text",
    [
        "s3cret",
        "://s3cret",
        "http://me:s3cret@host:port/",
        "http://me:s3cret@host:99999/",
        "http://me:s3cret@[::1/",
        '{"password": "s3cret"',
        '{"password": "s3cret", "port": "http"}',
        '{"password": "s3cret", "host": 5}',
        '{"password": "s3cret", "extra": [1]}',
        '{"password": "s3cret", "extra": "{"}',
        '["s3cret"]',
    ],
)
def test_what_is_no_connection_is_refused_by_name_without_its_text(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^AIRFLOW_CONN_WAREHOUSE is neither") as refusal:
        read(text, "warehouse")
    assert "s3cret" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


UNUSABLE = {
    "mysql://me:s3cret@host/warehouse": "is of the type 'mysql'; it has to be http",
    '{"conn_type": "postgres", "host": "here", "password": "s3cret"}': "is of the type 'postgres'; it has to be http",
    "http://": "names no host",
    "http://me:s3cret@:8080/esi": "names no host",
    '{"conn_type": "http", "port": 80, "password": "s3cret"}': "names no host",
    '{"conn_type": "http", "host": "here", "port": 70000, "password": "s3cret"}': "names the port 70000",
    "http://me:s3cret@host:port/": "is neither an Airflow connection URI nor its JSON form",
}


@pytest.mark.parametrize("conn_id", PUBLIC_URLS)
@pytest.mark.parametrize(("text", "says"), UNUSABLE.items())
def test_a_service_s_connection_that_cannot_be_used_is_refused_at_start_by_name(
    conn_id: str, text: str, says: str
) -> None:
    """Else the real service would be meant, silently."""
    name = f"AIRFLOW_CONN_{conn_id.upper()}"
    with pytest.raises(ConfigurationError, match=rf"^{name} {says}") as refusal:
        runtime_from_environment({name: text})
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("text", ["postgres://", "http://here/warehouse", '{"conn_type": "postgres"}', '{"host": "x"}'])
def test_a_warehouse_that_cannot_be_one_is_refused_at_start_by_name(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^AIRFLOW_CONN_WAREHOUSE (is of the type|names no host)"):
        runtime_from_environment({"AIRFLOW_CONN_WAREHOUSE": text})


def test_the_local_socket_may_be_meant_by_a_database_alone() -> None:
    assert read("postgresql:///killmart", "warehouse").schema == "killmart"


@pytest.mark.parametrize("conn_id", ["notify", "digest"])
def test_what_only_tells_people_something_is_refused_where_everything_is_started(conn_id: str) -> None:
    bad = {f"AIRFLOW_CONN_{conn_id.upper()}": '{"conn_type":'}
    refuse_bad_connections(bad)
    with pytest.raises(ConfigurationError, match=f"^AIRFLOW_CONN_{conn_id.upper()} is neither"):
        refuse_bad_connections(bad, optional=True)


def test_airflow_does_not_take_a_bad_variable_for_none(tmp_path: Path) -> None:
    """Airflow passes over what it cannot read; a task would ask the real service then."""
    script = """
import sys
from killmart.orchestration.runtime import find_connection
from killmart.errors import KillmartError
for conn_id in sys.argv[1:]:
    try:
        print("found:", conn_id, find_connection(conn_id))
    except KillmartError as error:
        print("refused:", error)
"""
    bad = {
        "AIRFLOW_CONN_ESI": "http://me:s3cret@host:port/",
        "AIRFLOW_CONN_SDE": '{"conn_type": "http", "password": "s3cret"}',
        "AIRFLOW_CONN_WAREHOUSE": "mysql://me:s3cret@host/warehouse",
    }
    environ = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(PROJECT / "include"), **bad}
    done = subprocess.run(
        [sys.executable, "-c", script, "esi", "sde", "warehouse"],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    said = [line for line in done.stdout.splitlines() if line.startswith(("found:", "refused:"))]
    assert [line[:35] for line in said] == [
        "refused: AIRFLOW_CONN_ESI is neithe",
        "refused: The connection sde names n",
        "refused: The connection warehouse i",
    ]
    assert "s3cret" not in "".join(said)


def test_airflow_reads_the_same_from_the_same_variables(tmp_path: Path) -> None:
    """Airflow itself, in a process of its own, since importing it takes seconds and a home."""
    script = """
import json, sys
from airflow.sdk.definitions.connection import Connection
found = []
for text in json.load(sys.stdin):
    one = (Connection.from_json if text.startswith("{") else Connection.from_uri)(text, conn_id="c")
    fields = [one.host, one.login, one.password, one.schema]
    found.append([[field or "" for field in fields], one.port, one.extra_dejson])
json.dump(found, sys.stdout)
"""
    texts = [*URLS, *DATABASES]
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(texts),
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    ours = [read(text, "any") for text in texts]
    assert json.loads(done.stdout.splitlines()[-1]) == [
        [[one.host, one.login, one.password, one.schema], one.port, one.extra] for one in ours
    ]
