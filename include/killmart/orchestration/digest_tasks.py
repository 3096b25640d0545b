"""What the task of `daily_digest` calls."""

from __future__ import annotations

from airflow.sdk import get_current_context

from killmart.orchestration.day import day_of_run
from killmart.orchestration.runtime import give_up, task_runtime


def post_digest() -> dict[str, str]:
    """Post the digest of the day before the run's; skipped where there is no channel, or nothing to post."""
    from airflow.sdk.exceptions import AirflowSkipException

    from killmart.watch.digest.post import UnknownOutcomeError
    from killmart.watch.digest.post import post_digest as post

    dag_run = get_current_context()["dag_run"]
    try:
        posted = post(task_runtime(), day_of_run(None, dag_run.logical_date, dag_run.run_after))
    except UnknownOutcomeError as error:
        give_up(error)  # trying again cannot show
    if posted.outcome == "skipped":
        raise AirflowSkipException(f"No digest of {posted.day}: {posted.why}.")
    return {"day": str(posted.day), "outcome": posted.outcome}
