"""The DAG housekeeping in an Airflow that nobody has told where its own database is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from killmart.config.connections import Connection
from killmart.config.settings import PROJECT
from killmart_stack.airflow_env import connection_json
from support.making import MakeAirflowHome

_RUN = """
import sys
from airflow.dag_processing.dagbag import DagBag
run = DagBag(sys.argv[1]).dags["housekeeping"].test()
print("state:", run.state)
for task in run.get_task_instances():
    print("task:", task.task_id, task.state)
"""


def test_without_the_connection_metadata_the_other_chores_are_done(
    warehouse: Connection, tmp_path: Path, make_airflow_home: MakeAirflowHome
) -> None:
    logs = tmp_path / "logs of airflow"
    old = logs / "dag_id=a" / "run_id=old" / "task_id=t" / "attempt=1.log"
    old.parent.mkdir(parents=True)
    old.write_text("a line\n")
    at = time.time() - 40 * 86_400
    for path in (old, *old.parents[:3]):
        os.utime(path, (at, at))
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("KILLMART_", "AIRFLOW_"))}
    environ |= {
        "AIRFLOW_HOME": make_airflow_home(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(logs),
        "AIRFLOW_CONN_WAREHOUSE": connection_json(warehouse),
        "KILLMART_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(PROJECT / "include"),
    }
    command = [sys.executable, "-c", _RUN, str(PROJECT / "dags" / "housekeeping_dag.py")]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    states = dict(line.split()[1:] for line in done.stdout.splitlines() if line.startswith("task: "))
    assert states == {
        "rotate_component_logs": "success",
        "remove_task_logs": "success",
        "prune_tables": "success",
        "clean_metadata": "skipped",
    }
    assert "state: success" in done.stdout.splitlines()
    assert "set AIRFLOW_CONN_METADATA" in done.stdout + done.stderr
    assert not old.parents[1].exists()
