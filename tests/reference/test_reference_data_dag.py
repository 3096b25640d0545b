"""The DAG `reference_data` run by a real Airflow against simulated upstreams and a real warehouse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import Engine

from killmart.config.connections import Connection
from killmart.config.settings import PROJECT
from support.making import MakeAirflowHome
from support.upstreams import Upstreams, rows, seen, some_pilots

_RUN = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
assert not bag.import_errors, bag.import_errors
dag = bag.dags["reference_data"]
runs = []
for _ in range(int(sys.argv[2])):
    run = dag.test()
    runs.append({ti.task_id: (str(ti.state), ti.xcom_pull(ti.task_id)) for ti in run.get_task_instances()})
pools = {task.task_id: task.pool for task in dag.tasks}
after = [task.task_id for task in dag.tasks if task.upstream_task_ids]
print(json.dumps({"runs": runs, "pools": pools, "after": after}, default=str))
"""


@pytest.fixture
def airflow(
    tmp_path: Path, warehouse: Connection, upstreams: Upstreams, make_airflow_home: MakeAirflowHome
) -> dict[str, str]:
    """The environment of an Airflow of the test's own."""
    parts = {name: value for name, value in asdict(warehouse).items() if name != "conn_id"}
    return os.environ | {
        "AIRFLOW_HOME": make_airflow_home(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW_CONN_WAREHOUSE": json.dumps(parts | {"conn_type": "postgres"}, default=dict),
        "AIRFLOW_CONN_SDE": upstreams.urls["sde"],
        "AIRFLOW_CONN_ESI": upstreams.urls["esi"],
        "AIRFLOW_CONN_EVEREF": upstreams.urls["everef"],
        "KILLMART_HOME": str(tmp_path / "home"),
    }


def test_a_run_brings_static_data_names_and_affiliations_and_a_second_asks_for_nothing(
    airflow: dict[str, str], upstreams: Upstreams, engine: Engine
) -> None:
    seen(engine, some_pilots(60))
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(PROJECT / "dags"), "2"], env=airflow, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["pools"] == {
        "static_data": "default_pool",
        "names": "esi",
        "affiliations": "esi",
        "prices": "days",
        "values": "default_pool",
        "complete": "default_pool",
    }
    assert sorted(answer["after"]) == ["complete", "values"]  # no other waits for another, so none is stopped by one
    first, second = answer["runs"]
    assert {task: state for task, (state, _) in first.items()} == dict.fromkeys(answer["pools"], "success")
    assert {task: state for task, (state, _) in second.items()} == dict.fromkeys(answer["pools"], "success")
    assert first["static_data"][1]["is_new"]
    assert first["names"][1] == {"asked": 68, "found": 68, "bad": 0, "is_done": True}
    assert first["affiliations"][1] == {"asked": 60, "found": 60, "bad": 0, "is_done": True}
    assert not second["static_data"][1]["is_new"]
    assert (second["names"][1]["asked"], second["affiliations"][1]["asked"]) == (0, 0)
    assert rows(engine, "SELECT count(*) FROM core.characters WHERE name IS NULL OR affiliation_at IS NULL") == [(0,)]
    metrics = rows(engine, "SELECT DISTINCT stage FROM ops.run_metrics WHERE dag_id = 'reference_data'")
    assert {stage for (stage,) in metrics} == {"static_data", "names", "affiliations", "prices", "values"}
    assert first["prices"][1]["today"] == second["prices"][1]["today"] > 100
    assert second["prices"][1]["prices"] == 0
    assert second["values"][1] == {"days": 0, "changed": 0, "valued": 0, "is_done": True}


def test_a_refused_build_fails_its_task_for_good_and_stops_no_other(
    airflow: dict[str, str], upstreams: Upstreams, engine: Engine
) -> None:
    from killmart_demo.sde import Export

    seen(engine, some_pilots(3))
    tables = upstreams.static_data.current.tables | {"groups": []}
    upstreams.static_data.__dict__["current"] = Export(3_000_002, tables)
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(PROJECT / "dags"), "1"], env=airflow, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (run,) = json.loads(done.stdout.splitlines()[-1])["runs"]
    assert {task: state for task, (state, _) in run.items()} == {
        "static_data": "failed",
        "names": "success",
        "affiliations": "success",
        "prices": "success",
        "values": "success",
        "complete": "upstream_failed",
    }
    assert "Build 3000002 of the static data was refused, and the data loaded last stays" in done.stdout + done.stderr
    assert len(upstreams.of("latest.jsonl")) == 1  # no retry: the same build would be refused again
    assert not rows(engine, "SELECT 1 FROM reference.types")
