"""Task logs: a run's go together once it has ended and is old; what cannot be removed is told."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from killmart.config.connections import Connection
from killmart.housekeeping.task_logs import remove_task_logs
from killmart.runtime import Runtime
from support.airflow_metadata import change, found, told_of
from support.pipeline import rows

DAY = 86_400


def write(folder: Path, name: str, days: float) -> Path:
    """A log file of that age, in folders of that age."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("a line\n")
    at = time.time() - days * DAY
    for path in (file, *file.parents[: len(Path(name).parts) - 1]):
        os.utime(path, (at, at))
    return file


def there(logs: Path) -> list[str]:
    return sorted(str(path.relative_to(logs)) for path in logs.rglob("*") if path.is_file())


def test_old_logs_go_with_their_folders_and_what_is_not_airflow_s_stays(beside_airflow: Runtime, logs: Path) -> None:
    write(logs, "dag_id=a/run_id=old/task_id=t/attempt=1.log", 40)
    write(logs, "dag_id=a/run_id=old/task_id=t/map_index=3/attempt=1.log", 40)
    write(logs, "dag_id=a/run_id=retried/task_id=t/attempt=1.log", 40)
    write(logs, "dag_id=a/run_id=retried/task_id=t/attempt=2.log", 29)
    write(logs, "dag_id=gone/run_id=old/task_id=t/attempt=1.log", 99)
    write(logs, "dag_processor/2026-01-01/dags-folder/a_dag.py.log", 40)
    write(logs, "dag_processor/2026-11-01/dags-folder/a_dag.py.log", 3)
    write(logs, "somebody/s own/file", 400)
    (logs / "dag_processor" / "latest").symlink_to("2026-01-01")
    removed = remove_task_logs(beside_airflow)
    assert removed == {"removed_files": 4, "removed_bytes": 4 * 7, "removed_folders": 3}
    kept = [
        "dag_id=a/run_id=retried/task_id=t/attempt=1.log",
        "dag_id=a/run_id=retried/task_id=t/attempt=2.log",
        "dag_processor/2026-11-01/dags-folder/a_dag.py.log",
        "somebody/s own/file",
    ]
    assert there(logs) == kept
    assert not (logs / "dag_id=a" / "run_id=old").exists()
    assert remove_task_logs(beside_airflow) == {}
    assert there(logs) == kept
    metric = "SELECT sum(value) FROM ops.run_metrics WHERE stage = 'remove_task_logs' AND metric = 'removed_files'"
    assert rows(beside_airflow, metric) == [(4.0,)]


def test_a_dag_s_empty_folder_goes_when_it_has_been_empty_for_long(beside_airflow: Runtime, logs: Path) -> None:
    write(logs, "dag_id=gone/run_id=old/task_id=t/attempt=1.log", 99)
    remove_task_logs(beside_airflow)
    assert (logs / "dag_id=gone").is_dir()  # a task that begins may be about to make its own folder there
    at = time.time() - 31 * DAY
    os.utime(logs / "dag_id=gone", (at, at))
    remove_task_logs(beside_airflow)
    assert list(logs.iterdir()) == []


def test_the_log_of_a_run_that_has_not_ended_stays_however_old_it_is(
    beside_airflow: Runtime, logs: Path, metadata: Connection
) -> None:
    [(waiting,), (ended,), *_] = found(metadata, "SELECT run_id FROM dag_run ORDER BY id")
    change(metadata, "UPDATE dag_run SET state = 'running' WHERE run_id = :id", id=waiting)
    kept = write(logs, f"dag_id=worker/run_id={waiting}/task_id=work/attempt=1.log", 900)
    write(logs, f"dag_id=worker/run_id={ended}/task_id=work/attempt=1.log", 900)
    remove_task_logs(beside_airflow)
    assert there(logs) == [str(kept.relative_to(logs))]


def test_without_airflow_s_database_a_run_has_the_time_that_people_have_to_answer_too(
    runtime: Runtime, metadata: Connection, logs: Path
) -> None:
    write(logs, "dag_id=a/run_id=maybe/task_id=t/attempt=1.log", 31)
    write(logs, "dag_id=a/run_id=old/task_id=t/attempt=1.log", 34)
    assert runtime.settings.review_hours == 72
    for nowhere in (None, replace(metadata, schema="nowhere")):
        remove_task_logs(told_of(runtime, nowhere))
        assert there(logs) == ["dag_id=a/run_id=maybe/task_id=t/attempt=1.log"]


def test_a_folder_that_is_none_or_not_there_is_no_trouble(beside_airflow: Runtime, tmp_path: Path) -> None:
    assert remove_task_logs(beside_airflow, tmp_path / "nowhere") == {}


@pytest.mark.parametrize("days", [0.5, 90])
def test_how_long_is_a_setting(make_runtime, logs: Path, days: float) -> None:  # type: ignore[no-untyped-def]
    runtime = make_runtime(airflow_days=days, review_hours=1)
    write(logs, "dag_id=a/run_id=one/task_id=t/attempt=1.log", 40)
    assert bool(remove_task_logs(runtime)) is (days < 40)
