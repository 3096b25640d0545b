"""Airflow's metadata database: `airflow db clean` in a process of its own, and which runs must not be touched.

A task may not reach that database through Airflow (ADR 9), so the connection `metadata` says where it is (ADR 21).
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from psycopg2.errors import UndefinedTable
from sqlalchemy import Connection
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from killmart.db.airflow_runs import archived_tables, unfinished_runs
from killmart.db.engine import build_engine
from killmart.db.locks import wait_at_most
from killmart.housekeeping.chore import LOCK_SECONDS, Chore, chore, first_line
from killmart.runtime import Runtime

log = logging.getLogger(__name__)

CLEANED = (
    "asset_event",
    "callback",
    "connection_test_request",
    "dag_run",
    "dag_version",
    "deadline",
    "import_error",
    "job",
    "log",
    "partitioned_asset_key_log",
    "revoked_token",
    "task_instance",
    "task_instance_history",
    "task_reschedule",
    "task_state_store",
    "xcom",
)
"""Tables that `airflow db clean` is told to look at."""
LEFT_ALONE = {
    "dag": "a DAG whose file is away for a while would lose its runs, and whether it is paused",
    "trigger": "deleting one deletes the task that waits for it; the triggerer removes those that nobody needs",
    "_xcom_archive": "of Airflow 2, which this never was",
    "celery_taskmeta": "of the Celery executor, which we do not run",
    "celery_tasksetmeta": "of the Celery executor, which we do not run",
}
"""Tables that it would look at by itself, and why it should not."""
_STATEMENT_SECONDS = 1800
_BATCH = 10_000
"""Rows that are deleted in one transaction."""
_TABLE = re.compile(r"^Checking table (\w+)")
_FOUND = re.compile(r"^Found (\d+) rows meeting deletion criteria")
_FAILED = re.compile(r"attempting to clean table '(\w+)'")
_ERROR = re.compile(r"^[\w.]*(?:Error|Exception): (?:\([\w.]+\) )?(.+)")


class NoMetadataError(Exception):
    """Nobody says where Airflow's metadata is, or no Airflow has put any there: there is nothing to clean."""


def clean_metadata(runtime: Runtime, now: datetime | None = None) -> dict[str, int]:
    """Delete what Airflow's database holds that is older than `KILLMART_AIRFLOW_DAYS`; how many rows of each table.

    Of a run that has not ended nothing is deleted, however old it is, nor anything that is younger than it. What
    Airflow deletes along with its rows (notes, answered questions, the tasks of a run) is not counted. Raises
    NoMetadataError where there is nothing to clean, KillmartError naming the tables that were not cleaned, after the
    others.
    """
    now = now or datetime.now(UTC)
    with chore(runtime, "clean_metadata") as work:
        try:
            before = _before(runtime, now)
        except SQLAlchemyError as error:
            work.trouble(
                f"Airflow's database cannot be asked which runs have not ended ({first_line(error)}), so nothing of it "
                "was deleted; the next run tries again."
            )
        else:
            _run_clean(runtime, before, work)
            _tell_of_archives(runtime)
    return dict(work.counts)


@contextmanager
def reading_metadata(runtime: Runtime) -> Iterator[Connection]:
    """A connection to Airflow's database that waits for no lock for long.

    Raises NoMetadataError where there is none, or none with Airflow's tables in it.
    """
    if runtime.metadata_url is None:
        raise NoMetadataError(
            "No connection `metadata` says where Airflow's database is, so nothing of it is cleaned: set "
            "AIRFLOW_CONN_METADATA (docs/connections.md)."
        )
    engine = build_engine(runtime.metadata_url)
    try:
        with engine.connect() as connection:
            wait_at_most(connection, LOCK_SECONDS)
            yield connection
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable):
            raise
        raise NoMetadataError(
            f"The database of the connection `metadata` is no Airflow's: {first_line(error)}."
        ) from None
    finally:
        engine.dispose()


def unfinished(runtime: Runtime) -> set[tuple[str, str]] | None:
    """The runs that have not ended, as (dag_id, run_id); None where that cannot be known."""
    try:
        with reading_metadata(runtime) as connection:
            return {(run.dag_id, run.run_id) for run in unfinished_runs(connection)}
    except (NoMetadataError, SQLAlchemyError) as error:
        log.warning("Which runs have not ended is not known: %s", first_line(error))
        return None


def _before(runtime: Runtime, now: datetime) -> datetime:
    """What is older than this may go: `KILLMART_AIRFLOW_DAYS` old, and older than every run that has not ended."""
    before = now - timedelta(days=runtime.settings.airflow_days)
    with reading_metadata(runtime) as connection:
        begun = [run for run in unfinished_runs(connection) if run.began_at is not None and run.began_at < before]
    if not begun:
        return before
    oldest = begun[0]
    assert oldest.began_at is not None
    log.warning(
        "The run %s of %s, which began at %s, has not ended: nothing younger is deleted, as it may need it. If it is "
        "not to go on, mark it as failed; if its DAG is paused, let it run",
        oldest.run_id,
        oldest.dag_id,
        oldest.began_at.isoformat(" ", "seconds"),
    )
    return oldest.began_at


def _tell_of_archives(runtime: Runtime) -> None:
    try:
        with reading_metadata(runtime) as connection:
            left = archived_tables(connection)
    except SQLAlchemyError as error:
        log.warning("Airflow's database cannot be asked for tables that were left: %s", first_line(error))
        return
    if left:
        log.warning(
            "%d tables that `airflow db clean` has moved rows to are still there, for example %s: it was broken off, "
            "or run by somebody who wanted to keep them. `airflow db drop-archived` drops them",
            len(left),
            left[0],
        )


def _run_clean(runtime: Runtime, before: datetime, work: Chore) -> None:
    """Run `airflow db clean`, telling its progress; what it could not do becomes a trouble."""
    log.info("deleting what is older than %s from Airflow's database", before.isoformat(" ", "seconds"))
    failed: list[str] = []
    found: dict[str, int] = {}
    table = error = ""
    with subprocess.Popen(
        _command(before), env=_environment(runtime), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if why := _ERROR.match(line):
                    error = why[1]
                if named := _TABLE.match(line):
                    table = named[1]
                elif counted := _FOUND.match(line):
                    found[table] = int(counted[1])
                    if found[table]:
                        log.info("%s: %d old rows", table, found[table])
                elif missed := _FAILED.search(line):
                    failed.append(missed[1])
        except BaseException:
            process.kill()
            raise
    work.counts.update({f"{name}_rows": count for name, count in found.items() if name not in failed})
    if failed:
        work.trouble(
            f"`airflow db clean` could not clean {', '.join(failed)}: somebody held a lock on them for "
            f"{LOCK_SECONDS:.0f} s, or the database refused it. The other tables are clean, and nothing that is in use "
            "was touched; the next run tries again."
        )
    elif process.returncode != 0:
        work.trouble(
            f"`airflow db clean` ended with exit code {process.returncode} ({error[:300] or 'without a reason'}). What "
            "it had deleted by then is gone, the rest stays; the next run tries again."
        )


def _command(before: datetime) -> list[str]:
    options = ["--skip-archive", "--batch-size", str(_BATCH), "--error-on-cleanup-failure", "--yes"]
    moment = ["--clean-before-timestamp", before.isoformat()]
    return [sys.executable, "-m", "airflow", "db", "clean", *moment, "--tables", ",".join(CLEANED), *options]


def _environment(runtime: Runtime) -> dict[str, str]:
    """This process's, but with the address of the database, which Airflow takes from its tasks."""
    taken = ("_AIRFLOW", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__SQL_ALCHEMY_CONN")
    given = {name: value for name, value in os.environ.items() if not name.startswith(taken)}
    assert runtime.metadata_url is not None
    return {
        "AIRFLOW_HOME": str(runtime.settings.home_path / "airflow"),
        **given,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": runtime.metadata_url,
        "PGOPTIONS": f"-c lock_timeout={LOCK_SECONDS * 1000:.0f} -c statement_timeout={_STATEMENT_SECONDS * 1000}",
        "PGCONNECT_TIMEOUT": "30",
        "PYTHONUNBUFFERED": "1",
    }
