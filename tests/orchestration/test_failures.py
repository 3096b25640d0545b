"""What a failed task says beside its trace, in a real Airflow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from killmart.config.settings import PROJECT
from support.making import MakeAirflowHome

_DAG = """
from pathlib import Path
from airflow.sdk import DAG, task
with DAG(dag_id="full", schedule=None) as dag:
    @task
    def write() -> None:
        try:
            Path("/dev/full").write_text("a line")
        except OSError as error:
            raise RuntimeError("something wrapped it") from error
    write()
"""
_RUN = """
import sys
from airflow.dag_processing.dagbag import DagBag
[dag] = DagBag(sys.argv[1]).dags.values()
print("state:", dag.test().state)
"""


def test_a_task_that_met_a_full_disk_says_so(tmp_path: Path, make_airflow_home: MakeAirflowHome) -> None:
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "full_dag.py").write_text(_DAG)
    environ = os.environ | {
        "AIRFLOW_HOME": make_airflow_home(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(PROJECT / "include"),
    }
    command = [sys.executable, "-c", _RUN, str(tmp_path / "dags")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "state: failed" in done.stdout.splitlines()
    assert (done.stdout + done.stderr).count("is full ([Errno 28] No space left on device). What is committed") == 1
