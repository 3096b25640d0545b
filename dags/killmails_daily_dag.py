"""
### killmails_daily: every UTC day complete, with proof

One run is one UTC day (its partition key): list the day's killmails, compare them with `core`, fetch what is missing from
the cheapest source (EVE Ref's archive or the history's raw day for many, ESI for a few), load it through the one gate, and
write `quality.day_coverage`. It starts at 07:00 UTC, or as soon as Airflow is back. Airflow's own Backfill works on it for any range of days, repeatedly and alongside the live DAG.

| task | does | when it is red |
|---|---|---|
| load_day | loads what is missing of the day, proves its coverage; if no source has yesterday yet, tries twice more and is then skipped | the day is not complete: the log names files, killmails and reasons; what is good has been promoted; clear the task to try the rest again |
| repair_late | in the run for yesterday: compares the totals of the last 30 days and a thirtieth of all older ones, and loads those that have grown | as above, for the days named in the log |
| complete | nothing; it makes the run red if one of the two above is | an earlier task failed, see there |
| find_blocked, ask_review | start a run of `review_batch` for each blocked batch that has none; nothing waits for the answer | Airflow could not start the run; the next run, or that of killmails_live, asks again |
"""

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import CronPartitionTimetable, dag, task

from killmart.orchestration import day_tasks
from killmart.orchestration.asking import ask_about_blocked
from killmart.orchestration.mart_tasks import CORE


@dag(
    dag_id="killmails_daily",
    description="Loads each UTC day completely and proves it; its Backfill takes any range of days",
    doc_md=__doc__,
    # Midnight at UTC-7 is 07:00 UTC, when the upstreams have published yesterday. It has to be a midnight: Airflow's
    # Backfill takes days from midnight to midnight, and a later hour would leave out the last one.
    # Whoever starts later, for the first time or after a stand-still, gets the latest day at once.
    schedule=CronPartitionTimetable(
        "0 0 * * *", timezone="Etc/GMT+7", run_offset=-1, key_format="%Y-%m-%d", run_immediately=True
    ),
    catchup=False,
    max_active_runs=2,
    default_args={"owner": "killmart", "retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["killmails", "daily"],
)
def killmails_daily() -> None:
    # a native Backfill ignores max_active_runs: the pool keeps EVE Ref at two downloads
    loaded = task(task_id="load_day", pool="days", outlets=[CORE], execution_timeout=timedelta(hours=4))(
        day_tasks.load_day
    )()
    repaired = task(
        task_id="repair_late",
        pool="days",
        trigger_rule="all_done",
        outlets=[CORE],
        execution_timeout=timedelta(hours=4),
    )(day_tasks.repair_late)()
    # what comes last decides on the whole run: without this one, repair_late's success would hide a red load_day
    loaded >> repaired
    [loaded, repaired] >> EmptyOperator(task_id="complete", execution_timeout=timedelta(minutes=5))
    ask_about_blocked(after=loaded)


killmails_daily()
