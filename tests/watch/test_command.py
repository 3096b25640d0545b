"""The command `monitor`, and the DAG of that name: the same evaluation, seen by exit code and by task."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import text

from killmart.config.connections import Connection
from killmart.config.settings import PROJECT
from killmart.db import batches
from killmart.runtime import Runtime
from killmart_stack.airflow_env import connection_json
from support.commands import environment, killmart
from support.listeners import TOKEN, Heard, webhook
from support.making import MakeAirflowHome
from support.pipeline import build, kill, ref, rows, stage


def block_a_batch(runtime: Runtime) -> None:
    stage(runtime, [ref(kill(1))])
    with runtime.engine.begin() as connection:
        batches.finish_batch(connection, build(runtime).batch_id, "blocked")


def notify_environment(hook: Heard) -> dict[str, str]:
    """The variable of the connection `notify`, in the form of Airflow's Apprise provider."""
    entry = {"path": f"json://127.0.0.1:{hook.port}/{TOKEN}"}
    return {"AIRFLOW_CONN_NOTIFY": json.dumps({"conn_type": "apprise", "extra": {"config": [entry]}})}


def test_the_command_evaluates_mutes_and_says_by_its_exit_code_whether_it_is_critical(
    runtime: Runtime, warehouse: Connection, tmp_path: Path
) -> None:
    with webhook() as hook:
        environ = environment(warehouse, tmp_path, **notify_environment(hook))
        fine = killmart(environ, "monitor", "--json")
        assert (fine.returncode, json.loads(fine.stdout)["alerts"]) == (0, {})

        block_a_batch(runtime)
        table = killmart(environ, "monitor")
        assert table.returncode == 1
        assert "blocked_batches" in table.stdout
        assert "alert blocked_batches opened" in table.stderr
        assert TOKEN not in table.stdout + table.stderr
        assert [message[0] for message in hook.messages] == ["Killmart: Blocked batches wait (critical)"]

        muted = killmart(environ, "monitor", "mute", "blocked_batches", "--until", "2199-01-01", "--reason", "a test")
        assert (muted.returncode, "2199-01-01" in muted.stdout) == (0, True)
        assert killmart(environ, "monitor", "--json").returncode == 0
        assert rows(runtime, "SELECT rule, reason FROM ops.mutes") == [("blocked_batches", "a test")]
        assert killmart(environ, "monitor", "unmute", "blocked_batches").returncode == 0
        assert killmart(environ, "monitor", "unmute", "blocked_batches").returncode == 1
        assert killmart(environ, "monitor", "--json").returncode == 1
        assert len(hook.messages) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["mute", "nonsense", "--until", "2199-01-01"], "There is no rule 'nonsense'; the rules are error_rate"),
        (["mute", "disk", "--until", "2001-01-01"], "is in the past"),
        (["mute", "disk", "--until", "tomorrow"], "tomorrow"),
        (["mute", "disk"], "--until"),
    ],
)
def test_a_mute_that_makes_no_sense_is_refused(
    warehouse: Connection, tmp_path: Path, arguments: list[str], says: str
) -> None:
    done = killmart(environment(warehouse, tmp_path), "monitor", *arguments)
    assert done.returncode == 2
    assert says in done.stderr


_RUN_DAG = """
import sys, traceback
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
assert bag.import_errors == {}, bag.import_errors
print("state:", bag.dags["monitor"].test().state)
"""


def test_the_dag_does_the_same_with_connections_as_airflow_has_them(
    runtime: Runtime, warehouse: Connection, tmp_path: Path, make_airflow_home: MakeAirflowHome
) -> None:
    block_a_batch(runtime)
    with webhook() as hook:
        environ = os.environ | {
            "AIRFLOW_HOME": make_airflow_home(tmp_path / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "AIRFLOW_CONN_WAREHOUSE": connection_json(warehouse),
            "KILLMART_HOME": str(tmp_path),
            "PYTHONPATH": str(PROJECT / "include"),
            **notify_environment(hook),
        }
        command = [sys.executable, "-c", _RUN_DAG, str(PROJECT / "dags" / "monitor_dag.py")]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        assert "state: success" in done.stdout.splitlines()
        assert [message[0] for message in hook.messages] == ["Killmart: Blocked batches wait (critical)"]
        assert TOKEN not in done.stdout + done.stderr
    with runtime.engine.connect() as connection:
        assert connection.execute(text("SELECT rule FROM ops.alerts")).scalars().all() == ["blocked_batches"]


_PASS_ON = """
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils
from killmart.orchestration.monitor_tasks import pass_on_gauges
from killmart.runtime import runtime_from_environment
from killmart.watch.monitor import monitor
runtime = runtime_from_environment()
monitor(runtime)
stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)  # as Airflow's task runner does
pass_on_gauges(runtime)
"""


def test_gauges_reach_open_telemetry_where_airflow_sends_its_metrics_there(
    warehouse: Connection, tmp_path: Path, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/v1/metrics", method="POST").respond_with_data()
    environ = environment(warehouse, tmp_path) | {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__METRICS__OTEL_ON": "True",
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": httpserver.url_for("/v1/metrics"),
        "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "http/protobuf",
    }
    done = subprocess.run([sys.executable, "-c", _PASS_ON], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    bodies = [request.get_data() for request, _ in httpserver.log]
    told = b"".join(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body for body in bodies)
    assert b"killmart.database_bytes" in told
    assert b"killmart.disk_free_ratio" in told
