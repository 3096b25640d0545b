"""An Airflow's real metadata database with three runs in it, made once; each test has a copy of its own to age."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from killmart.config.connections import Connection, database_url
from killmart.db.engine import build_engine
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.postgres_files import AIRFLOW
from support.airflow_metadata import told_of
from support.databases import copied

_TEMPLATE = "metadata"
_numbers = itertools.count(1)
_DAG = """
from airflow.sdk import DAG, task
with DAG(dag_id="worker", schedule=None) as dag:
    @task
    def work() -> int:
        return 7
    work()
"""
_RUN = """
import sys
from airflow.dag_processing.dagbag import DagBag
[dag] = DagBag(sys.argv[1]).dags.values()
for _ in range(3):
    assert dag.test().state == "success"
"""


@pytest.fixture(scope="session")
def _metadata_with_runs(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("airflow")
    (home / "dags").mkdir()
    (home / "dags" / "worker_dag.py").write_text(_DAG)
    admin = build_engine(database_url(postgres.connection("postgres"))).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {_TEMPLATE} OWNER {AIRFLOW}"))
    admin.dispose()
    environ = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(postgres.connection(_TEMPLATE, AIRFLOW)),
    }
    for command in (["-m", "airflow", "db", "migrate"], ["-c", _RUN, str(home / "dags")]):
        done = subprocess.run([sys.executable, *command], env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def metadata(postgres: EmbeddedPostgres, _metadata_with_runs: None) -> Iterator[Connection]:
    """The test's own metadata database, as an Airflow connection: three runs of the DAG `worker`, which have ended."""
    with copied(postgres, f"metadata_{next(_numbers)}", _TEMPLATE, AIRFLOW) as connection:
        yield connection


@pytest.fixture
def beside_airflow(runtime: Runtime, metadata: Connection) -> Runtime:
    """A runtime that knows where Airflow's metadata is."""
    return told_of(runtime, metadata)


@pytest.fixture
def logs(runtime: Runtime) -> Path:
    """Airflow's folder of logs in the test's home."""
    folder = runtime.settings.home_path / "airflow" / "logs"
    folder.mkdir(parents=True)
    return folder
