"""What the executor reports of tasks that stop to wait, in a real Airflow; the test is the process of each task."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from killmart.config.settings import PROJECT
from killmart_stack.airflow_env import common_settings
from support.making import MakeAirflowHome

_RUN = """
import json, sys, uuid
from airflow.executors.executor_loader import ExecutorLoader
from airflow.executors.workloads import ExecuteTask
from airflow.executors.workloads.base import BundleInfo
from airflow.executors.workloads.task import TaskInstanceDTO

executor = ExecutorLoader.get_default_executor()
executor.parallelism = 0  # it starts no process by itself
executor.start()


def task(try_number):
    asked = TaskInstanceDTO(
        id=uuid.uuid4(), dag_id="review_batch", task_id="ask", run_id="batch_1", try_number=try_number,
        dag_version_id=uuid.uuid4(), pool_slots=1, priority_weight=1,
    )
    return ExecuteTask(
        ti=asked, token="", dag_rel_path="review_batch_dag.py", bundle_info=BundleInfo(name="dags"), log_path=None
    )


def told():
    executor.sync()
    return [f"{key.try_number} {state}" for key, (state, _) in executor.get_event_buffer().items()]


said = []
for step in sys.argv[1:]:
    verb, number = step.split(":")
    workload = task(int(number))
    if verb == "start":
        executor.queue_workload(workload, None)
        executor.trigger_tasks(1)
    else:
        state = workload.success_state if verb == "end" else workload.failure_state
        executor.result_queue.put((workload.key, state, None))
        said.append(told())
print(json.dumps(said))
"""


def test_the_end_of_a_process_is_no_news_of_a_task_that_goes_on(
    tmp_path: Path, make_airflow_home: MakeAirflowHome
) -> None:
    told = {
        "start:1 end:1 start:1 end:1": [["1 success"], ["1 success"]],  # answered when Airflow knew that it waits
        "start:2 start:2 end:2 end:2": [[], ["2 success"]],  # answered before
        "start:3 start:3 end:3 fail:3": [[], ["3 failed"]],
        "start:4 fail:4": [["4 failed"]],
    }
    environ = os.environ | common_settings() | {"AIRFLOW_HOME": make_airflow_home(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *" ".join(told).split()], env=environ, cwd=PROJECT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [reports for steps in told.values() for reports in steps]
