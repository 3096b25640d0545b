"""The whole thing as a user starts it: `make demo ONCE=1` in a real Airflow, twice over, with a night between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from killmart.config.settings import PROJECT
from killmart_stack.main_job import DAYS_SHOWN
from killmart_stack.ports import free_port
from killmart_stack.postgres import EmbeddedPostgres
from support.folders import quick_folder
from support.stack_installation import inherited, processes_of, wait_for


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation of the test's own."""
    with quick_folder() as folder:
        ours = inherited() | {"KILLMART_HOME": str(folder / "home"), "KILLMART_PORT": str(free_port())}
        try:
            yield ours
        finally:
            killmart(ours, "down")  # what a test that failed left running
            for logs in ("logs", "airflow/logs"):
                if (folder / "home" / logs).is_dir():
                    shutil.copytree(folder / "home" / logs, tmp_path / logs, dirs_exist_ok=True)


def killmart(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "killmart", *arguments],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@contextmanager
def database(environment: dict[str, str]) -> Iterator[EmbeddedPostgres]:
    """The installation's PostgreSQL, up without Airflow."""
    dsn = killmart(environment, "db")
    assert dsn.returncode == 0, dsn.stderr
    assert dsn.stdout.splitlines()[-1].startswith("postgresql://")
    try:
        yield EmbeddedPostgres(Path(environment["KILLMART_HOME"]))
    finally:
        assert killmart(environment, "down").returncode == 0


def rows(postgres: EmbeddedPostgres, name: str, query: str) -> list[tuple[Any, ...]]:
    """What a query of one of its databases gives."""
    connection = psycopg2.connect(postgres.dsn(name))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def status(environment: dict[str, str]) -> dict[str, Any]:
    """What `python -m killmart status` says of the installation."""
    shown = killmart(environment, "status", "--json")
    assert shown.returncode == 0, shown.stderr
    answer: dict[str, Any] = json.loads(shown.stdout)
    return answer


DAILY_RUNS = "SELECT partition_key, state FROM dag_run WHERE dag_id = 'killmails_daily' AND run_type = 'scheduled'"
A_NIGHT_PASSES = """
UPDATE dag_run SET
    run_after = run_after - interval '1 day', queued_at = queued_at - interval '1 day',
    start_date = start_date - interval '1 day', end_date = end_date - interval '1 day',
    partition_date = partition_date - interval '1 day', partition_key = (partition_key::date - 1)::text
WHERE dag_id = 'killmails_daily';
UPDATE dag SET next_dagrun_create_after = next_dagrun_create_after - interval '1 day',
    next_dagrun_partition_date = next_dagrun_partition_date - interval '1 day',
    next_dagrun_partition_key = (next_dagrun_partition_key::date - 1)::text
WHERE dag_id = 'killmails_daily'
"""
"""To Airflow it is as if it had been off since this time of yesterday: its latest tick came meanwhile."""


@pytest.mark.stack
@pytest.mark.timeout(1500)
def test_the_demo_shows_a_month_at_any_hour_and_a_day_that_was_missed_is_loaded_at_the_next_start(
    environment: dict[str, str],
) -> None:
    begun = datetime.now(UTC)
    first = killmart(environment, "demo", "--once")
    assert first.returncode == 0, first.stdout + first.stderr
    with database(environment) as postgres:
        after_first = status(environment)
        days = rows(postgres, "killmart", "SELECT day, loaded, missing FROM quality.day_coverage WHERE sources != '{}'")
        daily = rows(postgres, "airflow", DAILY_RUNS)
        rows(postgres, "airflow", A_NIGHT_PASSES)
    # started at whatever hour: the month up to yesterday, and the feed's first load
    last = {begun.date() - timedelta(days=ago) for ago in range(1, DAYS_SHOWN + 1)}
    assert {day for day, loaded, missing in days if loaded > 50 and not missing} >= last
    assert after_first["killmails"] > 200 + 50 * DAYS_SHOWN
    assert after_first["staging"].keys() == {"promoted"}
    assert after_first["staging"]["promoted"] > 200
    assert after_first["latest_gate"]["outcome"] in ("passed", "warned")
    ended = f"{begun - timedelta(days=1, hours=7):%Y-%m-%d}"
    assert daily == [(ended, "success")]

    second = killmart(environment, "demo", "--once")
    assert second.returncode == 0, second.stdout + second.stderr
    with database(environment) as postgres:
        after_second = status(environment)
        daily = rows(postgres, "airflow", DAILY_RUNS)
    assert (ended, "success") in daily
    assert len(daily) == 2
    assert after_second["killmails"] >= after_first["killmails"]
    assert after_second["first_kill"] == after_first["first_kill"]
    assert processes_of(environment["KILLMART_HOME"]) == []


@pytest.mark.stack
def test_a_part_that_cannot_start_fails_the_command(environment: dict[str, str]) -> None:
    """It is tried five times, then everything is stopped."""
    broken = environment | {"AIRFLOW__API__SSL_CERT": "/nowhere.pem", "AIRFLOW__API__SSL_KEY": "/nowhere.key"}
    failed = killmart(broken, "demo", "--once")  # within its time-out
    assert failed.returncode == 1
    assert failed.stdout.count("Airflow's api-server ended (") == 4
    assert "Airflow's api-server ended 5 times within 10 minutes (" in failed.stderr
    assert "so it is not started again" in failed.stderr
    assert "/nowhere.pem" in failed.stderr  # the end of its log says why
    assert "Stopping everything" in failed.stdout
    assert processes_of(environment["KILLMART_HOME"]) == []
    assert not EmbeddedPostgres(Path(environment["KILLMART_HOME"])).is_running()


@pytest.mark.stack
@pytest.mark.timeout(1500)
def test_the_demo_goes_on_when_its_database_is_killed(environment: dict[str, str], tmp_path: Path) -> None:
    output = tmp_path / "output"
    with output.open("w") as file:
        demo = subprocess.Popen(
            [sys.executable, "-m", "killmart", "demo", "--once"], env=environment, cwd=PROJECT, stdout=file, stderr=file
        )
    # no sooner: a task of killmails_daily that fails waits for ten minutes
    wait_for(lambda: "killmails_live.promote: success" in output.read_text(), "the live DAG", 600)
    postgres = EmbeddedPostgres(Path(environment["KILLMART_HOME"]))
    os.kill(int((postgres.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    assert demo.wait(900) == 0, output.read_text()
    assert "PostgreSQL ended (its process is gone); it is started again in 1 s." in output.read_text()
    with database(environment):
        assert status(environment)["staging"].keys() == {"promoted"}
