"""The engine never waits without an end: for a connection, for an answer, or for a deadline that is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from killmart.config.connections import Connection, database_url
from killmart.db.engine import OutOfTimeError, build_engine
from killmart.db.reading import reading
from killmart.deadline import Deadline, current_deadline
from support.silent import Silent, silent_proxy


@pytest.fixture
def proxy(warehouse: Connection) -> Iterator[Silent]:
    """A warehouse behind a proxy that says nothing at first."""
    with silent_proxy(warehouse) as one:
        yield one


@pytest.fixture
def behind(proxy: Silent) -> Iterator[Engine]:
    """The engine of that warehouse."""
    engine = build_engine(database_url(proxy.connection) + "?connect_timeout=2")
    yield engine
    engine.dispose()


def ask(engine: Engine, query: str = "SELECT 1") -> Any:
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


def test_every_connection_notices_a_server_that_is_gone(proxy: Silent) -> None:
    proxy.is_silent = False
    engine = build_engine(database_url(proxy.connection))
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        given = raw.get_dsn_parameters()
    engine.dispose()
    assert {name: given[name] for name in ("connect_timeout", "tcp_user_timeout")} == {
        "connect_timeout": "10",
        "tcp_user_timeout": "60000",
    }
    assert (given["keepalives_idle"], given["keepalives_interval"], given["keepalives_count"]) == ("30", "10", "3")


def test_what_the_connection_says_of_time_outs_holds(proxy: Silent) -> None:
    proxy.is_silent = False
    engine = build_engine(database_url(proxy.connection) + "?connect_timeout=77&tcp_user_timeout=5000")
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        given = raw.get_dsn_parameters()
    engine.dispose()
    assert (given["connect_timeout"], given["tcp_user_timeout"]) == ("77", "5000")


def test_a_server_that_does_not_greet_is_given_up_without_a_deadline(behind: Engine) -> None:
    with pytest.raises(OperationalError, match="timeout"):
        ask(behind)


def test_a_page_of_many_queries_ends_as_a_whole_and_gives_its_connection_back(engine: Engine) -> None:
    backend = "SELECT pg_backend_pid()"
    before, limit = ask(engine, backend), ask(engine, "SHOW statement_timeout")
    answered = []

    def make_page() -> None:
        with reading(engine) as connection:
            for number in range(20):
                connection.execute(text("SELECT pg_sleep(0.4)"))
                answered.append(number)

    with Deadline(4), pytest.raises(OutOfTimeError):
        make_page()
    assert 1 <= len(answered) <= 7
    assert engine.pool.checkedout() == 0
    assert ask(engine, backend) == before
    assert ask(engine, "SHOW statement_timeout") == limit


def test_a_locked_table_ends_with_the_deadline(engine: Engine) -> None:
    with engine.begin() as holder:
        holder.exec_driver_sql("LOCK TABLE quality.day_coverage IN ACCESS EXCLUSIVE MODE")
        with Deadline(1.5), pytest.raises(OutOfTimeError):
            ask(engine, "SELECT count(*) FROM quality.day_coverage")
        waiting = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        assert ask(engine, f"SELECT count(*) {waiting}") == 0
    assert engine.pool.checkedout() == 0


def test_a_server_that_falls_silent_is_cut(proxy: Silent, behind: Engine) -> None:
    def fall_silent() -> None:
        with behind.connect() as connection:
            connection.execute(text("SELECT 1"))
            proxy.is_silent = True
            connection.execute(text("SELECT 1"))

    proxy.is_silent = False
    with Deadline(5), pytest.raises(OutOfTimeError):
        fall_silent()
    proxy.is_silent = False
    assert ask(behind) == 1  # lies in the pool from now on
    proxy.is_silent = True
    with Deadline(5), pytest.raises(OutOfTimeError):
        ask(behind)  # nor does looking whether it is alive wait for ever
    assert behind.pool.checkedout() == 0
    proxy.is_silent = False
    assert ask(behind) == 1


def test_a_deadline_leaves_a_connection_alone_that_was_given_back(engine: Engine) -> None:
    with Deadline(3600) as deadline:
        ask(engine)
        deadline._cut()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_an_inner_deadline_gives_way_to_the_outer_one() -> None:
    with Deadline(3600) as outer:
        with Deadline(60) as inner:
            assert current_deadline() is inner
        assert current_deadline() is outer
    assert current_deadline() is None
