"""Code and warehouse fit, or are told apart: which of them is older, and what was edited since."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from killmart.config.connections import Connection, database_url
from killmart.config.settings import PROJECT, load_settings
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate, write_revision
from killmart.db.revisions import RevisionError, of_code, refuse_unless_fit
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support.commands import environment, killmart
from support.databases import copied
from support.making import MakeRuntime, find_connection
from support.pipeline import kill, load_past_gate, ref, row_versions, rows, run, stage
from support.serving import client, make_app, served

RELEASED = {"0001": "55a46e4453a720c839c130b614e2b2ffcfa9e0346ab056cfcfaad40cca9a05a9"}
"""Revisions of released versions, with the checksum of their files: 0001 is 0.1.0's."""
SEASON = """ALTER TABLE core.kills_fact ADD COLUMN season_id integer;
COMMENT ON COLUMN core.kills_fact.season_id IS 'Season in which it happened';
"""
STOPPED = "SELECT pg_sleep(60);\n"
BROKEN = "SELECT 1 / 0;\n"

NEXT = f"{int(max(of_code())) + 1:04}"

Project = Callable[..., Path]


@pytest.fixture
def next_version(tmp_path: Path) -> Project:
    """A function that makes a copy of the project with one revision more, of this SQL; called again, of another."""
    copy = tmp_path / "next"

    def make(statements: str) -> Path:
        shutil.rmtree(copy, ignore_errors=True)
        for folder in ("include", "migrations"):
            shutil.copytree(PROJECT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
        _, made = write_revision("made_up", copy / "migrations")
        (made / "1_core.sql").write_text(statements)
        return copy

    return make


def code_of(copy: Path, warehouse: Connection) -> dict[str, str]:
    """Variables of a process that runs the code of a copy on a warehouse."""
    return environment(warehouse, copy / "home", PYTHONPATH=str(copy / "include"), PYTHONDONTWRITEBYTECODE="1")


def test_what_was_released_is_as_it_was() -> None:
    """Warehouses were made from it: a change is a revision of its own (docs/upgrading.md)."""
    assert {revision: checksum for revision, checksum in of_code().items() if revision in RELEASED} == RELEASED


def test_a_filled_warehouse_is_migrated_by_a_next_version_and_the_pipeline_goes_on(
    warehouse: Connection, runtime: Runtime, next_version: Project
) -> None:
    stage(runtime, [ref(kill(1), {"points": 1})])
    load_past_gate(runtime)
    ours, theirs = environment(warehouse, runtime.settings.home_path), code_of(next_version(SEASON), warehouse)
    before = row_versions(runtime)

    told = killmart(theirs, "status")
    assert told.returncode == 1
    assert "The warehouse is older than Killmart: it is at revision" in told.stderr
    assert "run `python -m killmart migrate`" in told.stderr
    for _ in range(2):
        done = killmart(theirs, "migrate", "--json")
        assert done.stdout.strip() == f'{{"revision": "{NEXT}"}}', done.stderr
    assert row_versions(runtime) == before

    for what in ("load", "marts", "migrate"):
        refused = killmart(ours, what)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert "Killmart is older than the warehouse" in refused.stderr
    stage(runtime, [ref(kill(2), {"points": 2})])
    for what in ("load", "marts", "status"):
        done = killmart(theirs, what)
        assert done.returncode == 0, done.stderr
    assert rows(runtime, "SELECT killmail_id, points, season_id FROM core.kills_fact ORDER BY 1") == [
        (1, 1, None),
        (2, 2, None),
    ]


def test_an_old_process_says_it_in_tasks_and_on_pages(make_runtime: MakeRuntime, runtime: Runtime) -> None:
    run(runtime, "INSERT INTO public.schema_revisions (revision, checksum) VALUES (:next, 'x')", next=NEXT)
    old = make_runtime()
    with served(make_app(old)) as url, client(url) as browser:
        answer = browser.get("/quality")
    assert answer.status_code == 503
    assert "Killmart is older than the warehouse" in answer.text
    with pytest.raises(RevisionError, match="Killmart is older than the warehouse"):
        stage(old, [ref(kill(1))])
    assert rows(runtime, "SELECT * FROM staging.killmails") == []


def test_an_edited_revision_is_refused(warehouse: Connection, runtime: Runtime, next_version: Project) -> None:
    copy = next_version(SEASON)
    first = copy / "migrations" / "sql" / f"{min(of_code())}_warehouse"
    with (first / "1_staging.sql").open("a") as file:
        file.write("-- A remark, put in later.\n")
    before = rows(runtime, "SELECT count(*) FROM pg_attribute")
    for what in ("migrate", "status"):
        refused = killmart(code_of(copy, warehouse), what)
        assert refused.returncode == 1
        assert f"was made from another revision {min(of_code())} than the one in migrations/sql" in refused.stderr
        assert refused.stderr.count("\n") == 1
    assert rows(runtime, "SELECT count(*) FROM pg_attribute") == before


def test_a_migration_that_fails_or_is_killed_leaves_nothing_and_is_done_anew(
    warehouse: Connection, runtime: Runtime, next_version: Project
) -> None:
    failed = killmart(code_of(next_version(SEASON + BROKEN), warehouse), "migrate")
    assert failed.returncode == 1
    assert "division by zero" in failed.stderr

    environ = code_of(next_version(SEASON + STOPPED), warehouse)
    process = subprocess.Popen([sys.executable, "-m", "killmart", "migrate"], env=environ, stderr=subprocess.DEVNULL)
    sleeping = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    deadline = time.monotonic() + 60
    while not (at_work := rows(runtime, sleeping)):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    [(backend,)] = at_work
    run(runtime, f"SELECT pg_terminate_backend({backend}, 10000)")  # else it would sleep on
    assert rows(runtime, "SELECT revision FROM public.schema_revisions") == [(one,) for one in of_code()]
    assert rows(runtime, "SELECT 1 FROM pg_attribute WHERE attname = 'season_id'") == []

    done = killmart(code_of(next_version(SEASON), warehouse), "migrate")
    assert done.returncode == 0, done.stderr
    assert rows(runtime, "SELECT count(season_id) FROM core.kills_fact") == [(0,)]


def test_an_empty_database_says_so_until_it_is_migrated(postgres: EmbeddedPostgres) -> None:
    with copied(postgres, "not_migrated", template="template0") as empty:
        runtime = Runtime(load_settings({}), partial(find_connection, empty, {}))
        with pytest.raises(RevisionError, match="has no tables of Killmart yet: run `python -m killmart migrate`"):
            stage(runtime, [ref(kill(1))])
        assert runtime.migrate() == max(of_code())
        assert stage(runtime, [ref(kill(1))]) == 1
        run(runtime, "DROP TABLE public.schema_revisions")
        with pytest.raises(RevisionError, match="does not say what it was made from"):
            runtime.migrate()
        runtime.dispose()


def test_a_warehouse_that_cannot_be_reached_is_no_revision(warehouse: Connection) -> None:
    engine = build_engine(database_url(warehouse).replace(warehouse.schema, "nowhere"))
    with pytest.raises(SQLAlchemyError, match="nowhere"):
        migrate(engine)
    engine.dispose()


A, B = {"0001": "a"}, {"0001": "a", "0002": "b"}


@pytest.mark.parametrize(
    ("warehouse", "code", "says"),
    [
        (None, A, "does not say what it was made from"),
        ({}, A, "has no tables"),
        (A, B, "at revision 0001, Killmart wants 0002"),
        (B, A, "knows revisions up to 0001, the warehouse is at 0002"),
        ({"0001": "x"}, A, "another revision 0001"),
        ({"0001": "a", "0002": "x"}, B, "another revision 0002"),
        ({"0001": "x", "0002": "b"}, A, "another revision 0001"),
    ],
)
def test_which_of_both_is_older(warehouse: dict[str, str] | None, code: dict[str, str], says: str) -> None:
    with pytest.raises(RevisionError, match=says):
        refuse_unless_fit(warehouse, code)


def test_what_fits_is_not_refused() -> None:
    refuse_unless_fit(A, A)
    refuse_unless_fit(B, B)
