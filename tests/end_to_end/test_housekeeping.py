"""Housekeeping in a whole installation: beside runs that go on or wait for a person, and what comes of a question whose
run Airflow has lost."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from killmart.config.connections import Connection
from killmart.orchestration.runtime import INSTALLATION
from killmart_stack.postgres import EmbeddedPostgres
from support.airflow_metadata import age, change, found
from support.blocking import blocked_batch
from support.pipeline import kill, quarantined, ref, rows, run
from support.stack_installation import Installation, emptied, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

LIVE, REVIEW, MONITOR, HOUSEKEEPING = "killmails_live", "review_batch", "monitor", "housekeeping"
CHORES = ("rotate_component_logs", "remove_task_logs", "prune_tables", "clean_metadata")
QUESTION = """SELECT task_instance.state, task_instance.trigger_timeout FROM task_instance
INNER JOIN hitl_detail ON hitl_detail.ti_id = task_instance.id WHERE dag_id = 'review_batch' AND run_id = :run_id"""


@pytest.fixture(scope="module")
def up(installation: Installation) -> Iterator[Installation]:
    """An installation whose live DAG runs when it is told to."""
    with emptied(installation).paused("killmails_daily", "reference_data"):
        yield installation


@pytest.fixture(scope="module")
def metadata(up: Installation) -> Connection:
    """Its Airflow's database."""
    return EmbeddedPostgres(up.home).connection("airflow")


def asked(up: Installation, metadata: Connection, number: int) -> int:
    """A blocked batch about which people are asked; its number."""
    batch_id = blocked_batch(up.runtime, [ref(kill(number))])
    live(up)
    question(metadata, batch_id)
    return batch_id


def live(up: Installation) -> str:
    """The id of a run of the live DAG, which has succeeded."""
    run_id = up.trigger(LIVE, {})
    state, tasks = up.ended(LIVE, run_id)
    assert state == "success", tasks
    return run_id


def question(metadata: Connection, batch_id: int) -> datetime:
    """Until when the question about a batch waits for an answer, once it does."""

    def waiting() -> Any:
        [(state, until)] = found(metadata, QUESTION, run_id=f"batch_{batch_id}") or [(None, None)]
        return until if state == "awaiting_input" else None

    until: datetime = wait_for(waiting, f"the question about batch {batch_id}")
    return until.replace(tzinfo=UTC) if until.tzinfo is None else until


def due(up: Installation, batch_id: int) -> datetime:
    [(due_at,)] = rows(up.runtime, f"SELECT answer_due_at FROM staging.batches WHERE batch_id = {batch_id}")
    return due_at


def lose(up: Installation, metadata: Connection, batch_id: int) -> None:
    """Let Airflow's database know nothing any more of the question, nor what this Airflow is called."""
    change(
        metadata, "DELETE FROM dag_run WHERE dag_id = 'review_batch' AND run_id = :run_id", run_id=f"batch_{batch_id}"
    )
    up.call("DELETE", f"variables/{INSTALLATION}", gone_by=204)


def end(up: Installation, metadata: Connection, batch_id: int) -> None:
    """End the run that asks about a batch without an answer."""
    up.call("PATCH", f"dags/{REVIEW}/dagRuns/batch_{batch_id}", {"state": "failed"})
    wait_for(
        lambda: not found(metadata, QUESTION + " AND state = 'awaiting_input'", run_id=f"batch_{batch_id}"), "its end"
    )


def log_folder(up: Installation, dag_id: str, run_id: str) -> Path:
    folder = up.home / "airflow" / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}"
    assert folder.is_dir()
    return folder


def age_run(up: Installation, metadata: Connection, dag_id: str, run_id: str, days: int) -> Path:
    """Let a run be so many days older, with its logs; returns their folder."""
    age(metadata, dag_id, run_id, days)
    folder = log_folder(up, dag_id, run_id)
    at = time.time() - days * 86_400
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (at, at))
    return folder


def test_housekeeping_removes_what_is_old_beside_runs_that_go_on_and_wait(
    up: Installation, metadata: Connection
) -> None:
    ended = up.trigger(MONITOR, {})
    assert up.ended(MONITOR, ended)[0] == "success"
    waiting = asked(up, metadata, 21)
    younger = live(up)
    gone = age_run(up, metadata, MONITOR, ended, 60)
    kept = age_run(up, metadata, REVIEW, f"batch_{waiting}", 50)
    also_kept = age_run(up, metadata, LIVE, younger, 40)  # in the database: the question is older
    scheduler = up.home / "logs" / "scheduler.log"
    with scheduler.open("a") as log:
        log.write("said by a test\n" * 1_000_000)

    beside = up.trigger(LIVE, {})
    kept_house = up.trigger(HOUSEKEEPING, {})
    assert up.ended(HOUSEKEEPING, kept_house) == ("success", dict.fromkeys(CHORES, "success"))
    assert up.ended(LIVE, beside)[0] == "success"

    there = {run_id for (run_id,) in found(metadata, "SELECT run_id FROM dag_run")}
    assert ended not in there
    assert {f"batch_{waiting}", younger, beside, kept_house} <= there
    assert not gone.exists()
    assert kept.is_dir()
    assert not also_kept.exists()
    question(metadata, waiting)
    assert "has not ended: nothing younger is deleted" in up.log(HOUSEKEEPING, kept_house, "clean_metadata")
    assert scheduler.stat().st_size < 1_000_000
    with gzip.open(f"{scheduler}.1.gz", "rt") as packed:
        assert "said by a test" in packed.read()
    stages = "SELECT DISTINCT stage FROM ops.run_metrics WHERE dag_id = 'housekeeping' AND run_id = :run_id"
    assert {stage for (stage,) in rows(up.runtime, stages, run_id=kept_house)} == set(CHORES)
    end(up, metadata, waiting)


def test_a_question_that_airflow_has_lost_is_asked_again_until_the_same_moment(
    up: Installation, metadata: Connection
) -> None:
    batch_id = asked(up, metadata, 31)
    due_at = due(up, batch_id) - timedelta(hours=5)
    run(
        up.runtime,
        f"UPDATE staging.batches SET answer_due_at = answer_due_at - interval '5 hours' WHERE batch_id = {batch_id}",
    )
    lose(up, metadata, batch_id)
    live(up)
    assert abs(question(metadata, batch_id) - due_at) < timedelta(minutes=1)
    assert due(up, batch_id) == due_at
    body = up.call("GET", f"dags/{REVIEW}/dagRuns/batch_{batch_id}/taskInstances/ask/-1/hitlDetails")["body"]
    assert f"No answer until {due_at:%Y-%m-%d %H:%M} UTC" in body
    live(up)  # and is not asked twice
    assert found(metadata, "SELECT count(*) FROM dag_run WHERE run_id = :run_id", run_id=f"batch_{batch_id}") == [(1,)]
    end(up, metadata, batch_id)


def test_a_question_that_was_lost_until_its_time_was_over_is_answered_as_nobody_did(
    up: Installation, metadata: Connection
) -> None:
    batch_id = asked(up, metadata, 41)
    lose(up, metadata, batch_id)
    run(
        up.runtime,
        f"UPDATE staging.batches SET answer_due_at = now() - interval '1 minute' WHERE batch_id = {batch_id}",
    )
    live(up)
    state, tasks = up.ended(REVIEW, f"batch_{batch_id}")
    assert (state, tasks) == ("success", {"describe": "success", "ask": "success", "decide": "success"})
    decided = (
        f"SELECT actor, action, note FROM quality.actions WHERE batch_id = {batch_id} ORDER BY action_id DESC LIMIT 1"
    )
    assert rows(up.runtime, decided) == [("DAG review_batch", "reject_batch", "nobody answered within 72 hours")]
    assert quarantined(up.runtime)[41] == "rejected_batch"


def test_a_run_that_ended_without_a_decision_may_go_and_people_are_asked_again(
    up: Installation, metadata: Connection
) -> None:
    batch_id = asked(up, metadata, 51)
    end(up, metadata, batch_id)
    age_run(up, metadata, REVIEW, f"batch_{batch_id}", 50)
    assert up.ended(HOUSEKEEPING, up.trigger(HOUSEKEEPING, {}))[0] == "success"
    assert found(metadata, "SELECT 1 FROM dag_run WHERE run_id = :id", id=f"batch_{batch_id}") == []
    live(up)
    question(metadata, batch_id)
    end(up, metadata, batch_id)
