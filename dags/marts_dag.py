"""
### marts: the tables of the mart, kept up to date with core

Most of the mart consists of views, which are right as soon as a batch is promoted. This DAG finds battles, and sums up days that are over for items,
ships flown and the corporations of alliances, which are read from core until then. Every promotion notes the UTC days that it changes in
`mart.touched_days`, in its own transaction; these are processed newest first, one transaction a day. A day that changes meanwhile
is processed again.

| task | does | when it is red |
|---|---|---|
| refresh | finds battles of the touched days and sums up those that are over, until none is left; the log names each day and how many are left | the database is away or full, or time ran out: days that are done stay done, the next run goes on with the others |

It runs when a task has promoted (the asset `core`; many promotions make one run), and every quarter of an hour: an event of a
run for a day (`killmails_daily`, Backfill) starts no run of a DAG without days, and the command line sends none. A run with
nothing to do takes seconds. `python -m killmart marts --rebuild` builds all of these tables again.
"""

from datetime import timedelta

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from killmart.orchestration import mart_tasks


@dag(
    dag_id="marts",
    description="Finds battles of the days that changed, and sums up those that are over",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("*/15 * * * *", timezone="UTC"), assets=[mart_tasks.CORE]
    ),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "killmart", "retries": 2, "retry_delay": timedelta(seconds=30)},
    tags=["marts"],
)
def marts() -> None:
    task(task_id="refresh", execution_timeout=timedelta(hours=12))(mart_tasks.refresh)()


marts()
