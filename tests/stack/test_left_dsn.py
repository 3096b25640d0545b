"""The DSN that a running server leaves in its home, by which the library finds the warehouse that nobody names."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from sqlalchemy import make_url

from killmart.config.connections import WAREHOUSE_ROLES, database_url
from killmart.config.left_dsn import left_dsn
from killmart.errors import ConfigurationError
from killmart.runtime import runtime_from_environment
from killmart_stack.postgres import EmbeddedPostgres


@pytest.fixture
def server(home_path: Path) -> EmbeddedPostgres:
    server = EmbeddedPostgres(home_path)
    server.start()
    return server


def warehouse_of(home: Path) -> str:
    """The URL that a stage, which knows nothing but the home, works with."""
    return runtime_from_environment({"KILLMART_HOME": str(home)}).warehouse_url


def dsns(server: EmbeddedPostgres) -> dict[str, str]:
    return {conn_id: server.dsn(role=role) for conn_id, role in WAREHOUSE_ROLES.items()}


def refusal(home: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        warehouse_of(home)
    return str(refused.value)


def test_the_library_finds_the_server_of_its_home_while_it_runs(server: EmbeddedPostgres) -> None:
    home = server.home.path
    assert {one: left_dsn(home, one) for one in WAREHOUSE_ROLES} == dsns(server)
    assert left_dsn(home, "warehouse_owner") == server.dsn()
    assert make_url(warehouse_of(home)) == make_url(database_url(server.connection(role="killmart_loader")))
    metadata = runtime_from_environment({"KILLMART_HOME": str(home)}).metadata_url
    assert metadata is not None
    assert make_url(metadata) == make_url(database_url(server.connection("airflow")))
    server.stop()
    said = refusal(home)
    assert said.startswith(
        f"No warehouse: AIRFLOW_CONN_WAREHOUSE is not set and no embedded PostgreSQL runs from {home}."
    )
    assert "`make db`" in said
    server.start()
    assert left_dsn(home) == dsns(server)["warehouse"]


def test_the_dsn_of_a_server_that_was_killed_counts_for_nothing(server: EmbeddedPostgres) -> None:
    pid = int((server.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=60)
    assert refusal(server.home.path).startswith("No warehouse")
    server.start()
    assert left_dsn(server.home.path) == dsns(server)["warehouse"]


def test_a_home_has_no_part_in_another_s_server(server: EmbeddedPostgres, tmp_path: Path) -> None:
    """Not one that was copied with all that lies in it, either: it would load into the other's warehouse."""
    assert refusal(tmp_path).startswith("No warehouse")
    copy = tmp_path / "copy"
    (copy / "run").mkdir(parents=True)
    for file in server.home.run.iterdir():
        if file.is_file():
            shutil.copy(file, copy / "run")
    assert refusal(copy).startswith("No warehouse")


def test_a_server_that_runs_already_is_found_again_by_its_next_start(server: EmbeddedPostgres) -> None:
    for file in server.home.run.glob("warehouse*"):
        file.unlink()
    assert left_dsn(server.home.path) is None
    assert not server.start()
    assert left_dsn(server.home.path) == dsns(server)["warehouse"]


def test_dsn_and_psql_are_of_the_home_and_psql_gets_its_options(server: EmbeddedPostgres) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("KILLMART_", "AIRFLOW_"))}
    environ["KILLMART_HOME"] = str(server.home.path)

    def killmart(*arguments: str) -> str:
        command = [sys.executable, "-m", "killmart", *arguments]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout

    assert killmart("dsn") == f"{server.dsn()}\n"
    assert killmart("psql", "-A", "-tc", "SELECT 6 * 7", "--no-psqlrc") == "42\n"
