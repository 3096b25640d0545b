"""
### housekeeping: a small disk holds for years

Drops what is too old to be of use, once a day: rows and logs, Airflow's and our own. How long each is kept is a setting, see
`docs/housekeeping.md`. Nothing goes that somebody still waits for: no row and no log of a run that has not ended, no killmail
that is on its way, no batch that a person has to decide on.

| task | does | when it is red |
|---|---|---|
| rotate_component_logs | packs logs of PostgreSQL and of Airflow's components aside that are larger than `KILLMART_LOG_MB` (without containers; those have limits of their own) | a log could not be read or written, which the log of the task names: rights, or a full disk. It stays whole, the others are rotated |
| remove_task_logs | removes task logs older than `KILLMART_AIRFLOW_DAYS` with the folders that they leave | a folder could not be read or removed, which is named: mend its rights. The others are gone |
| prune_tables | drops promoted killmails from staging, results of the gate, statistics, resolved alerts and messages | the database is away, or refused a table, which is named; the others are done |
| clean_metadata | runs `airflow db clean`; skipped without the connection `metadata` | Airflow's database is locked or away: the sentence names the tables that were not cleaned. The next run tries again |

One task at a time, none of which waits for another. Running it again removes nothing more; `python -m killmart housekeeping` does the same.
"""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from killmart.orchestration import housekeeping_tasks as tasks


@dag(
    dag_id="housekeeping",
    description="Drops old rows and logs, Airflow's and our own, so that the disk stays small",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("41 4 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=1,  # on a small machine it leaves the other places to those who load
    default_args={"owner": "killmart", "retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["monitor"],
)
def housekeeping() -> None:
    for chore in (tasks.rotate_component_logs, tasks.remove_task_logs, tasks.prune_tables, tasks.clean_metadata):
        task(execution_timeout=timedelta(hours=3))(chore)()


housekeeping()
