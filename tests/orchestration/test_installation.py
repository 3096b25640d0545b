"""The name of an Airflow: one per metadata database, whatever machine or home a task runs in."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from sqlalchemy import text

from killmart.config.connections import Connection, database_url
from killmart.config.settings import PROJECT
from killmart.db.engine import build_engine
from killmart_stack.airflow_env import connection_json
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.postgres_files import AIRFLOW

_DAG = """
from airflow.sdk import DAG, task
with DAG(dag_id="naming_{home}", schedule=None) as dag:
    @task
    def name() -> str:
        from killmart.orchestration.runtime import task_runtime
        return task_runtime().installation
    name()
"""
_RUN = """
import sys
from airflow.dag_processing.dagbag import DagBag
[dag] = DagBag(sys.argv[1]).dags.values()
run = dag.test()
assert run.state == "success", run.state
print("name:", run.get_task_instance("name").xcom_pull("name"))
"""


@pytest.fixture
def airflow(postgres: EmbeddedPostgres, warehouse: Connection, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A function that gives the environment of a task: a home, and the metadata database of that name."""
    admin = build_engine(database_url(postgres.connection("postgres"))).execution_options(isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def environment(home: str, metadata: str) -> dict[str, str]:
        dags = tmp_path / home / "dags"
        dags.mkdir(parents=True)
        (dags / "naming_dag.py").write_text(_DAG.format(home=home))
        environ = os.environ | {
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW_HOME": str(tmp_path / home),
            "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(metadata.encode().ljust(32)).decode(),  # one for all of it
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(postgres.connection(metadata, AIRFLOW)),
            "AIRFLOW_CONN_WAREHOUSE": connection_json(warehouse),
            "KILLMART_HOME": str(tmp_path / home / "killmart"),
            "PYTHONPATH": str(PROJECT / "include"),
        }
        if metadata not in made:
            copied = f" TEMPLATE {made[0]}" if made else ""
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {metadata} OWNER airflow{copied}"))
            if not made:
                command = [sys.executable, "-m", "airflow", "db", "migrate"]
                subprocess.run(command, env=environ, check=True, capture_output=True)
            made.append(metadata)
        return environ

    yield environment
    with admin.connect() as connection:
        for metadata in made:
            connection.execute(text(f"DROP DATABASE {metadata} WITH (FORCE)"))
    admin.dispose()


def task(environ: dict[str, str]) -> subprocess.Popen[str]:
    """A task of that Airflow, running."""
    command = [sys.executable, "-c", _RUN, environ["AIRFLOW__CORE__DAGS_FOLDER"]]
    return subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def name(run: subprocess.Popen[str]) -> str:
    """What the task said that its Airflow is called."""
    said, trouble = run.communicate(timeout=300)
    assert run.returncode == 0, trouble[-3000:]
    return next(line.partition(" ")[2] for line in said.splitlines() if line.startswith("name: "))


def test_tasks_of_one_airflow_name_it_the_same_and_those_of_another_otherwise(airflow) -> None:  # type: ignore[no-untyped-def]
    environments = [airflow("here", "meta_one"), airflow("there", "meta_one"), airflow("other", "meta_two")]
    here, there, other = map(name, [task(environ) for environ in environments])
    assert here == there != other
    assert here.startswith("airflow-")
