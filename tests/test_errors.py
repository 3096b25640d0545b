"""A full disk is called that, wherever it was met: PostgreSQL, SQLite and files really refuse here."""

from __future__ import annotations

import sqlite3
from importlib import import_module
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from killmart.config.connections import Connection
from killmart.errors import KillmartError, disk_trouble
from killmart.load.validate import validate
from killmart.quality.check import Check
from killmart.runtime import Runtime
from support.commands import environment, killmart
from support.pipeline import build, kill, ref, rows, run, stage, states

FULL = """
CREATE FUNCTION public.full_disk() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION 'could not extend file "base/5/16400": No space left on device' USING ERRCODE = '53100'; END $$
"""
FULL_TRIGGER = """
CREATE FUNCTION public.full_table() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
PERFORM public.full_disk(); RETURN NEW; END $$;
CREATE TRIGGER full_table BEFORE INSERT ON staging.batches EXECUTE FUNCTION public.full_table()
"""


def test_of_the_warehouse(runtime: Runtime) -> None:
    run(runtime, FULL)
    with pytest.raises(DBAPIError) as wrapped, runtime.engine.connect() as connection:
        connection.execute(text("SELECT public.full_disk()"))
    for error in (wrapped.value, wrapped.value.orig):  # as SQLAlchemy raises it, and as a COPY does
        assert error is not None
        said = disk_trouble(error)
        assert said is not None
        assert said.startswith("The disk of the warehouse is full (")
        assert "No space left on device" in said


def test_of_a_server_that_lets_nobody_in() -> None:
    """What a server says whose disk is full to the last byte; there is no code with it."""
    refused = psycopg2.OperationalError("connection failed: FATAL:  could not write init file: No space left on device")
    assert str(disk_trouble(refused)).startswith("The disk of the warehouse is full (connection failed")
    assert disk_trouble(psycopg2.OperationalError("connection failed: FATAL:  too many clients")) is None


def test_of_a_file_and_of_sqlite(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as file:
        Path("/dev/full").write_text("a line")
    assert "is full ([Errno 28] No space left on device)" in str(disk_trouble(file.value))
    with sqlite3.connect(tmp_path / "cache.sqlite") as cache:
        cache.execute("CREATE TABLE kept (words text)")
        cache.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError) as full:
            cache.execute("INSERT INTO kept VALUES (zeroblob(100000))")
    wrapping = RuntimeError("something wrapped it")
    wrapping.__cause__ = full.value
    assert "is full (database or disk is full)" in str(disk_trouble(wrapping))


@pytest.mark.parametrize("error", [PermissionError(13, "No"), ValueError("full"), sqlite3.OperationalError("locked")])
def test_nothing_else_is_called_that(error: Exception) -> None:
    assert disk_trouble(error) is None


def test_on_the_command_line(runtime: Runtime, warehouse: Connection, tmp_path: Path) -> None:
    run(runtime, FULL)
    run(runtime, FULL_TRIGGER)
    stage(runtime, [ref(kill(1))])
    done = killmart(environment(warehouse, tmp_path), "load")
    assert done.returncode == 1
    assert done.stderr.startswith("killmart: The disk of the warehouse is full (")
    assert len(done.stderr.splitlines()) == 1
    assert states(runtime) == {1: "fetched"}


def test_at_the_gate_it_says_nothing_of_the_batch(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that could not be judged is not blocked, which only a person could undo."""
    import great_expectations.expectations as gxe

    run(runtime, FULL)
    suite = import_module("killmart.quality.suites.kills_fact")
    query = "SELECT killmail_id FROM candidate.kills_fact_batch WHERE public.full_disk() > 0 /* {batch} */"
    full = gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, severity="critical")
    with monkeypatch.context() as patch:
        patch.setattr(suite, "CHECKS", [*suite.CHECKS, Check("meets_a_full_disk", full, "a test")])
        stage(runtime, [ref(kill(1))])
        built = build(runtime)
        with pytest.raises(KillmartError, match="The disk of the warehouse is full, so the gate could not judge batch"):
            validate(runtime, built.batch_id)
    assert rows(runtime, "SELECT state FROM staging.batches") == [("built",)]
    report = validate(runtime, built.batch_id)
    assert report is not None
    assert report.outcome != "blocked"
