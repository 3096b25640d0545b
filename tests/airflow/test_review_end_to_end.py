"""A whole installation: killmails_live blocks a batch and goes on, people are asked, their answers hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from blocking import blocked_batch
from installation import ENDED, Installation, installed, wait_for
from killmart.config.connections import database_url
from killmart.db.engine import build_engine
from killmart.stack.postgres import EmbeddedPostgres
from killmart.stages.review import release_batch
from pipeline import kill, quarantined, ref, rows, run, stage

BREAK = """
CREATE FUNCTION public.miscount() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.claimed := NEW.claimed + 1; RETURN NEW; END $$;
CREATE TRIGGER miscount BEFORE UPDATE ON staging.batches FOR EACH ROW
WHEN (OLD.state = 'built' AND NEW.state = 'built') EXECUTE FUNCTION public.miscount()
"""


def ask_path(batch_id: int) -> str:
    return f"dags/review_batch/dagRuns/batch_{batch_id}/taskInstances/ask/-1/hitlDetails"


def asked(up: Installation, batch_id: int) -> dict[str, Any]:
    """The question about a batch, once it waits for an answer."""

    def look() -> dict[str, Any] | None:
        if f"batch_{batch_id}" not in {found["dag_run_id"] for found in up.runs("review_batch")}:
            return None
        tasks = up.call("GET", f"dags/review_batch/dagRuns/batch_{batch_id}/taskInstances")["task_instances"]
        states = {task["task_id"]: task["state"] for task in tasks}
        found: dict[str, Any] | None = up.call("GET", ask_path(batch_id)) if states["ask"] == "awaiting_input" else None
        return found

    return wait_for(look, f"the question about batch {batch_id}")


def answer(up: Installation, batch_id: int, chosen: str, note: str | None) -> tuple[str, dict[str, str]]:
    """Answer the question about a batch; state of the run at its end, and of its tasks."""
    given = {"chosen_options": [chosen], "params_input": {} if note is None else {"note": note}}
    run_path = f"dags/review_batch/dagRuns/batch_{batch_id}"

    def has_ended() -> bool:
        if up.call("GET", run_path)["state"] in ENDED:
            return True
        tasks = up.call("GET", f"{run_path}/taskInstances")["task_instances"]
        is_asking = any(task["task_id"] == "ask" and task["state"] == "awaiting_input" for task in tasks)
        if is_asking and not up.call("GET", ask_path(batch_id))["response_received"]:
            up.call("PATCH", ask_path(batch_id), given)  # once more where Airflow lost an answer that came at once
        return False

    wait_for(has_ended, f"the end of the review of batch {batch_id}")
    return up.ended("review_batch", f"batch_{batch_id}")


def let_time_pass(up: Installation, batch_id: int) -> None:
    """Let the time be over in which the question about a batch can be answered."""
    engine = build_engine(database_url(EmbeddedPostgres(up.home).connection("airflow")))
    with engine.begin() as connection:
        statement = "UPDATE task_instance SET trigger_timeout = now() - interval '1 minute'"
        where = "WHERE dag_id = 'review_batch' AND task_id = 'ask' AND run_id = :run_id"
        connection.execute(text(f"{statement} {where}"), {"run_id": f"batch_{batch_id}"})
    engine.dispose()


def latest_action(up: Installation, batch_id: int) -> tuple[Any, ...]:
    query = "SELECT actor, action, note FROM quality.actions WHERE batch_id = :id ORDER BY action_id DESC LIMIT 1"
    return rows(up.runtime, query, id=batch_id)[0]


def block_live(up: Installation) -> int:
    """Let a run of killmails_live build a batch that does not add up; its number."""
    run(up.runtime, BREAK)
    stage(up.runtime, [ref(kill(1))])
    state, tasks = up.ended("killmails_live", up.trigger("killmails_live", {}))
    [(batch_id,)] = rows(up.runtime, "SELECT batch_id FROM staging.killmails WHERE killmail_id = 1")
    run(up.runtime, "DROP TRIGGER miscount ON staging.batches")
    assert batch_id is not None, tasks
    if tasks["validate"] == "failed":  # else a scheduled run was there first, and ours found nothing
        assert (state, tasks["promote"], tasks["find_blocked"]) == ("failed", "upstream_failed", "success")
    return int(batch_id)


@pytest.mark.stack
@pytest.mark.timeout(1500)
def test_people_decide_in_airflow_and_the_live_dag_goes_on(tmp_path: Path) -> None:
    with installed(tmp_path, [], {}) as up:
        rejected, elsewhere, unanswered, noteless = (
            blocked_batch(up.runtime, [ref(kill(number))]) for number in (11, 12, 13, 14)
        )
        approved = block_live(up)

        question = asked(up, approved)
        assert question["subject"].startswith(f"Batch {approved} of killmails_live")
        for part in ("batch_adds_up", f"/killmart/quality/batches/{approved}", "critical"):
            assert part in question["body"]
        assert question["params"].keys() == {"note"}
        run_state, tasks = answer(up, approved, "Approve", "counted by hand")
        assert (run_state, tasks["decide"]) == ("success", "success")
        assert latest_action(up, approved) == ("admin", "release_batch", "counted by hand")
        assert rows(up.runtime, "SELECT killmail_id FROM core.kills_fact WHERE killmail_id = 1") == [(1,)]

        asked(up, rejected)
        run_state, tasks = answer(up, rejected, "Reject", "no such ship")
        assert (run_state, tasks["decide"]) == ("success", "success")
        assert latest_action(up, rejected) == ("admin", "reject_batch", "no such ship")

        asked(up, elsewhere)
        release_batch(up.runtime, elsewhere, "Ann", "on the page")
        run_state, tasks = answer(up, elsewhere, "Reject", "too late")
        assert (run_state, tasks["decide"]) == ("success", "skipped")
        assert "was dealt with while the question was open by Ann" in up.log("review_batch", f"batch_{elsewhere}")
        assert latest_action(up, elsewhere) == ("Ann", "release_batch", "on the page")

        asked(up, noteless)
        run_state, tasks = answer(up, noteless, "Approve", None)
        assert (run_state, tasks["decide"]) == ("failed", "failed")
        assert "was approved by admin without a note" in up.log("review_batch", f"batch_{noteless}")
        assert rows(up.runtime, f"SELECT state FROM staging.batches WHERE batch_id = {noteless}") == [("blocked",)]

        asked(up, unanswered)
        let_time_pass(up, unanswered)
        run_state, tasks = up.ended("review_batch", f"batch_{unanswered}")
        assert (run_state, tasks["decide"]) == ("success", "success")
        actor, action, note = latest_action(up, unanswered)
        assert (actor, action) == ("DAG review_batch", "reject_batch")
        assert note == "nobody answered within 72 hours"
        assert quarantined(up.runtime) == {11: "rejected_batch", 13: "rejected_batch"}

        state, tasks = up.ended("killmails_live", up.trigger("killmails_live", {}))
        assert state == "success", json.dumps(tasks)
        assert tasks["ask_review"] == "skipped"  # nobody is asked twice
        assert rows(up.runtime, "SELECT count(*) FROM core.kills_fact WHERE killmail_id IN (1, 12)") == [(2,)]
