"""The command `digest`, and the DAG daily_digest: the same, seen by exit code and by task."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from killmart.config.connections import Connection
from killmart.config.settings import PROJECT
from killmart_stack.airflow_env import connection_json
from support.channel import TOKEN
from support.commands import environment, killmart
from support.making import MakeAirflowHome
from support.pipeline import rows
from support.place import DAY, Place


def webhook_environment(place: Place) -> dict[str, str]:
    """The variable of the connection `digest`, in Airflow's form of a URI."""
    return {"AIRFLOW_CONN_DIGEST": f"http://127.0.0.1:{place.channel.port}/api/webhooks/1/{TOKEN}"}


def test_the_command_shows_posts_once_and_fails_where_it_is_refused(
    place: Place, warehouse: Connection, tmp_path: Path
) -> None:
    environ = environment(warehouse, tmp_path, **webhook_environment(place))
    ask = ("digest", "--day", str(DAY))
    shown = killmart(environ, *ask, "--dry-run")
    assert (shown.returncode, "Dearest kill: [Machariel of" in shown.stdout) == (0, True), shown.stderr
    place.channel.status = 404
    refused = killmart(environ, *ask)
    assert (refused.returncode, "answered 404" in refused.stderr) == (1, True)
    place.channel.status = 200
    posted = killmart(environ, *ask, "--json")
    assert (posted.returncode, json.loads(posted.stdout)["outcome"]) == (0, "posted")
    again = killmart(environ, *ask)
    assert (again.returncode, "it was posted before" in again.stdout) == (0, True)
    assert len(place.channel.messages) == 1
    assert killmart(environ, "digest", "--day", "tomorrow").returncode == 2
    nobody = killmart(environment(warehouse, tmp_path), *ask)
    assert (nobody.returncode, "no connection" in nobody.stdout) == (0, True)
    assert TOKEN not in "".join(one.stdout + one.stderr for one in (shown, refused, posted, again))


_RUN_DAG = """
import sys
from datetime import datetime, timezone
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
assert bag.import_errors == {}, bag.import_errors
run = bag.dags["daily_digest"].test(logical_date=datetime(2021, 11, 30, 10, 17, tzinfo=timezone.utc))
print("state:", run.state, [task.state for task in run.get_task_instances()])
"""


def test_the_dag_tells_of_the_day_before_and_is_green_without_a_webhook(
    place: Place, warehouse: Connection, tmp_path: Path, make_airflow_home: MakeAirflowHome
) -> None:
    environ = os.environ | {
        "AIRFLOW_HOME": make_airflow_home(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW_CONN_WAREHOUSE": connection_json(warehouse),
        "KILLMART_HOME": str(tmp_path),
        "PYTHONPATH": str(PROJECT / "include"),
    }
    run_dag = ["-c", _RUN_DAG, str(PROJECT / "dags" / "daily_digest_dag.py")]

    def python(environ: dict[str, str], *code: str) -> str:
        done = subprocess.run([sys.executable, *code], env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert TOKEN not in done.stdout + done.stderr
        return done.stdout

    assert "state: success ['skipped']" in python(environ, *run_dag)
    assert place.channel.messages == []
    environ |= {"AIRFLOW_HOME": make_airflow_home(tmp_path / "airflow2"), **webhook_environment(place)}
    assert "state: success ['success']" in python(environ, *run_dag)
    assert len(place.channel.messages) == 1
    assert rows(place.runtime, "SELECT day, state FROM ops.digests") == [(DAY, "posted")]
