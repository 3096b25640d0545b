"""The DAG files: they parse in a real Airflow without heavy imports, and keep the house's policies."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from killmart.config.settings import PROJECT
from killmart.load.day_plan import FIRST_DAY
from support.making import MakeAirflowHome

DAG_FILES = sorted((PROJECT / "dags").glob("*_dag.py"))
TAGS = {"killmails", "live", "reference", "backfill", "daily", "marts", "monitor", "review"}
SILENT = {"review_batch": {"describe", "ask"}, "killmails_backfill": {"plan", "load_stretch"}}
"""Tasks whose failure does not decide on the run by itself: the last task looks at what became of them, and judges."""
HEAVY = ("great_expectations", "pandas", "sqlalchemy.orm", "fastapi", "uvicorn", "requests_cache")

_PARSE = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print(json.dumps({
    "errors": bag.import_errors,
    "dags": {d.dag_id: {
        "tags": sorted(d.tags), "doc": d.doc_md, "description": d.description,
        "params": {name: (repr(param.value), param.description)
                   for name, param in ((name, d.params.get_param(name)) for name in d.params)},
        "file": d.fileloc, "catchup": d.catchup,
        "tasks": {t.task_id: {"downstream": sorted(t.downstream_task_ids), "rule": t.trigger_rule.value,
                  "owner": t.owner, "retries": t.retries,
                  "waits": sum(min(t.retry_delay.total_seconds() * max(t.retry_exponential_backoff, 1) ** n,
                                   t.max_retry_delay.total_seconds() if t.max_retry_delay else float("inf"))
                               for n in range(t.retries)),
                  "timeout": t.execution_timeout.total_seconds() if t.execution_timeout else None} for t in d.tasks},
    } for d in bag.dags.values()},
}))
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory, make_airflow_home: MakeAirflowHome) -> dict[str, dict]:
    environment = os.environ | {
        "AIRFLOW_HOME": make_airflow_home(tmp_path_factory.mktemp("home")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
    }
    done = subprocess.run(
        [sys.executable, "-c", _PARSE, str(PROJECT / "dags")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, dict] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_every_dag_file_parses_into_the_dag_of_its_name(parsed: dict[str, dict]) -> None:
    assert parsed["errors"] == {}
    assert sorted(parsed["dags"]) == [file.stem.removesuffix("_dag") for file in DAG_FILES]


def test_every_dag_keeps_the_policies(parsed: dict[str, dict]) -> None:
    for dag_id, dag in parsed["dags"].items():
        assert dag["tags"], dag_id
        assert set(dag["tags"]) <= TAGS, dag_id
        assert "when it is red" in dag["doc"], dag_id
        assert 20 < len(dag["description"] or "") <= 100, f"{dag_id}: a line for the list of DAGs"
        assert dag["catchup"] is False, dag_id
        for task_id, task in dag["tasks"].items():
            assert task["owner"] == "killmart", (dag_id, task_id)
            assert task["retries"] >= 1, (dag_id, task_id)
            assert task["timeout"], (dag_id, task_id)


def test_a_red_task_makes_its_run_red(parsed: dict[str, dict]) -> None:
    """The last tasks decide on a run: from each task a way leads to one of them that a failure can take."""
    for dag_id, dag in parsed["dags"].items():
        tasks = dag["tasks"]

        def is_told(task_id: str, tasks: dict[str, dict] = tasks) -> bool:
            following = tasks[task_id]["downstream"]
            return not following or any(tasks[one]["rule"] == "all_success" and is_told(one) for one in following)

        silent = {task_id for task_id in tasks if not is_told(task_id)}
        assert silent <= SILENT.get(dag_id, set()), dag_id


def test_a_question_about_a_batch_outlasts_a_database_that_is_away(parsed: dict[str, dict]) -> None:
    """A run that has failed is not started again: the batch would never be asked about, or the answer be lost."""
    tasks = parsed["dags"]["review_batch"]["tasks"]
    assert tasks["describe"]["waits"] >= 86_400
    assert tasks["decide"]["waits"] >= 86_400
    assert tasks["ask"]["waits"] == 100  # Airflow's own trouble, over within seconds


def test_every_field_of_a_form_says_what_it_takes_and_days_are_yesterday_unless_given(parsed: dict[str, dict]) -> None:
    for dag_id, dag in parsed["dags"].items():
        assert all(description for _, description in dag["params"].values()), dag_id
    form = parsed["dags"]["killmails_backfill"]["params"]
    for field in ("first_day", "last_day"):
        default, description = form[field]
        assert default == "None"  # a day of the moment when the file was parsed would be yesterday's soon
        assert "to yesterday. Left empty: yesterday" in description
    assert f"{FIRST_DAY} to yesterday" in form["first_day"][1]


def test_the_frequent_dag_has_eight_tasks_at_most(parsed: dict[str, dict]) -> None:
    assert len(parsed["dags"]["killmails_live"]["tasks"]) <= 8


def dag_of(dag_id: str) -> Any:
    """The DAG as its file makes it."""
    spec = importlib.util.spec_from_file_location(f"{dag_id}_dag", PROJECT / "dags" / f"{dag_id}_dag.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, dag_id)()


NOON_BEFORE = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize("clock", ["07:00:01", "08:45", "09:25", "10:57", "15:00", "23:59", "00:30", "06:59"])
@pytest.mark.parametrize("ran_before", [None, NOON_BEFORE], ids=["first start", "after a stand-still"])
def test_the_latest_day_is_loaded_at_once_whenever_airflow_starts(
    monkeypatch: pytest.MonkeyPatch, clock: str, ran_before: datetime | None
) -> None:
    """Not only within a tenth of the interval after 07:00, as Airflow has it by itself."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables import trigger
    from airflow.timetables.base import DagRunInfo, TimeRestriction

    dag = DagSerialization.from_dict(DagSerialization.to_dict(dag_of("killmails_daily")))
    now = datetime.fromisoformat(f"2026-11-28T{clock}+00:00")
    monkeypatch.setattr(trigger, "utcnow", lambda: now)
    before = ran_before and DagRunInfo(
        run_after=ran_before, partition_date=ran_before, partition_key="2026-11-23", data_interval=None
    )
    next_run = dag.timetable.next_dagrun_info_v2(
        last_dagrun_info=before, restriction=TimeRestriction(earliest=None, latest=None, catchup=dag.catchup)
    )
    assert next_run.run_after <= now
    latest = now - timedelta(hours=7)  # the day that ended is published then
    assert next_run.partition_key == f"{latest - timedelta(days=1):%Y-%m-%d}"


@pytest.mark.parametrize("clock", ["04:41:01", "12:00", "21:30", "04:40"])
def test_housekeeping_that_was_missed_by_a_stand_still_is_done_when_airflow_is_back(
    monkeypatch: pytest.MonkeyPatch, clock: str
) -> None:
    """A machine that is never on at that hour is kept tidy too; a new installation has nothing to tidy up yet."""
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.timetables import trigger
    from airflow.timetables.base import DagRunInfo, TimeRestriction

    timetable = DagSerialization.from_dict(DagSerialization.to_dict(dag_of("housekeeping"))).timetable
    now = datetime.fromisoformat(f"2026-11-28T{clock}+00:00")
    monkeypatch.setattr(trigger, "utcnow", lambda: now)
    restriction = TimeRestriction(earliest=None, latest=None, catchup=False)
    before = DagRunInfo.exact(datetime(2026, 11, 20, 4, 41, tzinfo=UTC))
    assert timetable.next_dagrun_info_v2(last_dagrun_info=before, restriction=restriction).run_after <= now
    if clock != "04:41:01":
        assert timetable.next_dagrun_info_v2(last_dagrun_info=None, restriction=restriction).run_after > now


def test_what_tasks_say_goes_through_the_logger() -> None:
    """Airflow shows what is printed out of order, or not at all."""
    ours = ("dags", *(f"include/killmart/{folder}" for folder in ("orchestration", "load", "housekeeping")))
    folders = [str(PROJECT / folder) for folder in ours]
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "T20", *folders]
    done = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", DAG_FILES, ids=lambda file: file.stem)
def test_a_dag_file_is_wiring_only(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 120


def test_what_dag_files_import_of_ours_is_light() -> None:
    code = (
        "import sys, killmart.orchestration.live_tasks, killmart.config.settings;"
        "import airflow.sdk; base = set(sys.modules);"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    sdk = f"import sys, airflow.sdk; print([m for m in {HEAVY!r} if m in sys.modules])"
    ours, alone = (
        subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True).stdout.splitlines()[
            -1
        ]
        for source in (code, sdk)
    )
    assert ours == alone
