"""Airflow's metadata, cleaned by Airflow's own command: what is old goes, what a run may still need never does."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from killmart.config.connections import Connection
from killmart.errors import KillmartError
from killmart.housekeeping import metadata as cleaning
from killmart.housekeeping.metadata import CLEANED, LEFT_ALONE, NoMetadataError, clean_metadata, unfinished
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support.airflow_metadata import age, asking, change, found, told_of
from support.pipeline import rows

RUNS = "SELECT run_id FROM dag_run ORDER BY id"
TASKS = "SELECT run_id FROM task_instance ORDER BY start_date"


def run_ids(metadata: Connection) -> list[str]:
    return [run_id for (run_id,) in found(metadata, RUNS)]


def test_what_is_old_goes_once_and_the_rest_stays(beside_airflow: Runtime, metadata: Connection) -> None:
    first, second, third = run_ids(metadata)
    age(metadata, "worker", first, 40)
    age(metadata, "worker", second, 29)
    removed = clean_metadata(beside_airflow)
    # its task and what that returned were Airflow's first to look at
    assert {name: count for name, count in removed.items() if count} == {
        "dag_run_rows": 1,
        "task_instance_rows": 1,
        "xcom_rows": 1,
    }
    assert run_ids(metadata) == [second, third]
    assert {run_id for (run_id,) in found(metadata, TASKS)} == {second, third}
    assert found(metadata, "SELECT count(*) FROM dag") == [(1,)]
    left = "SELECT count(*) FROM information_schema.tables WHERE starts_with(table_name, '_airflow_deleted__')"
    assert found(metadata, left) == [(0,)]
    assert not any(clean_metadata(beside_airflow).values())
    metric = "SELECT value FROM ops.run_metrics WHERE stage = 'clean_metadata' AND metric = 'dag_run_rows' ORDER BY at"
    assert rows(beside_airflow, metric) == [(1.0,), (0.0,)]


@pytest.mark.parametrize("state", ["running", "queued"])
def test_a_run_that_has_not_ended_keeps_all_it_has_and_all_that_is_younger(
    beside_airflow: Runtime, metadata: Connection, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    """Also one that was cleared: it is queued again, and what its tasks returned before is still wanted."""
    first, second, third = run_ids(metadata)
    age(metadata, "worker", first, 60)
    age(metadata, "worker", second, 50)
    age(metadata, "worker", third, 40)
    start = "start_date" if state == "running" else "NULL"
    change(metadata, f"UPDATE dag_run SET state = '{state}', start_date = {start} WHERE run_id = :id", id=second)
    assert unfinished(beside_airflow) == {("worker", second)}
    clean_metadata(beside_airflow)
    assert run_ids(metadata) == [second, third]
    assert found(metadata, "SELECT count(*) FROM xcom") == [(2,)]
    assert f"The run {second} of worker" in caplog.text
    change(metadata, "UPDATE dag_run SET state = 'failed', start_date = created_at WHERE run_id = :id", id=second)
    clean_metadata(beside_airflow)
    assert run_ids(metadata) == []


def test_a_run_of_which_nothing_has_begun_holds_nothing_up_and_stays(
    beside_airflow: Runtime, metadata: Connection
) -> None:
    """Started while its DAG is paused, it may wait for a year."""
    first, second, third = run_ids(metadata)
    for run_id in (first, second):
        age(metadata, "worker", run_id, 60)
    change(metadata, "DELETE FROM task_instance WHERE run_id = :id", id=second)
    change(metadata, "UPDATE dag_run SET state = 'queued', start_date = NULL WHERE run_id = :id", id=second)
    clean_metadata(beside_airflow)
    assert run_ids(metadata) == [second, third]


def test_a_table_that_somebody_keeps_is_told_in_a_sentence_and_the_others_are_cleaned(
    beside_airflow: Runtime, metadata: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "LOCK_SECONDS", 0.5)
    first, *others = run_ids(metadata)
    age(metadata, "worker", first, 40)
    old = "INSERT INTO import_error (timestamp, filename, stacktrace) VALUES (now() - interval '40 days', 'a', 'b')"
    change(metadata, old)
    with asking(metadata) as somebody:
        somebody.execute(text("LOCK TABLE import_error IN SHARE MODE"))  # as a backup that wants to read it
        with pytest.raises(KillmartError) as told:
            clean_metadata(beside_airflow)
    assert str(told.value).startswith("`airflow db clean` could not clean import_error: somebody held a lock on them")
    assert run_ids(metadata) == others
    recorded = (
        "SELECT metric, value FROM ops.run_metrics WHERE stage = 'clean_metadata' AND metric ~ '_rows$' AND value > 0"
    )
    assert sorted(rows(beside_airflow, recorded)) == [("dag_run_rows", 1), ("task_instance_rows", 1), ("xcom_rows", 1)]
    assert clean_metadata(beside_airflow)["import_error_rows"] == 1


def test_a_table_that_is_locked_whole_is_told_in_a_sentence(
    beside_airflow: Runtime, metadata: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "LOCK_SECONDS", 0.5)
    with asking(metadata) as somebody:
        somebody.execute(text("LOCK TABLE import_error IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(KillmartError) as told:
            clean_metadata(beside_airflow)
    assert str(told.value) == (
        "`airflow db clean` ended with exit code 1 (canceling statement due to lock timeout). What it had deleted by "
        "then is gone, the rest stays; the next run tries again."
    )


def test_where_it_cannot_be_known_what_runs_nothing_is_deleted(
    beside_airflow: Runtime, metadata: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "LOCK_SECONDS", 0.5)
    before = run_ids(metadata)
    age(metadata, "worker", before[0], 40)
    with asking(metadata) as somebody:
        somebody.execute(text("LOCK TABLE dag_run IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(KillmartError, match=r"^Airflow's database cannot be asked .* nothing of it was deleted"):
            clean_metadata(beside_airflow)
        assert unfinished(beside_airflow) is None
    assert run_ids(metadata) == before


def test_a_database_that_is_away_is_told_in_a_sentence(runtime: Runtime, metadata: Connection) -> None:
    with pytest.raises(KillmartError, match=r"cannot be asked which runs have not ended .* the next run tries again"):
        clean_metadata(told_of(runtime, replace(metadata, schema="nowhere")))


def test_where_there_is_no_airflow_there_is_nothing_to_clean(
    runtime: Runtime, postgres: EmbeddedPostgres, warehouse: Connection
) -> None:
    with pytest.raises(NoMetadataError, match="No connection `metadata` says where"):
        clean_metadata(told_of(runtime, None))
    with pytest.raises(NoMetadataError, match="no Airflow's"):
        clean_metadata(told_of(runtime, warehouse))


def test_tables_that_were_left_by_one_that_broke_off_are_told(
    beside_airflow: Runtime, metadata: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    change(metadata, "CREATE TABLE _airflow_deleted__dag_run__20260101000000__b1 AS SELECT * FROM dag_run")
    clean_metadata(beside_airflow)
    assert "`airflow db drop-archived` drops them" in caplog.text
    assert found(metadata, "SELECT count(*) FROM _airflow_deleted__dag_run__20260101000000__b1") == [(3,)]


def test_every_table_that_airflow_would_clean_is_decided_on(tmp_path: Path) -> None:
    script = "import json; from airflow.utils.db_cleanup import config_dict; print(json.dumps(list(config_dict)))"
    environ = os.environ | {"AIRFLOW_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    known = set(json.loads(done.stdout.splitlines()[-1]))
    assert set(CLEANED) | set(LEFT_ALONE) == known
    assert set(CLEANED) & set(LEFT_ALONE) == set()
