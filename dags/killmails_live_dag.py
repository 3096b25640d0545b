"""
### killmails_live: from the feed to the warehouse, every few minutes

Drains the killmail feed (`KILLMART_FEED`) into staging, asks ESI for the bodies that the feed did not include, turns
them into candidate tables, has Great Expectations check them, and promotes them to `core` in one transaction.

| task | does | when it is red |
|---|---|---|
| drain | reads the feed until it is dry or the time box ends; each package is committed before the next is requested | the feed refuses or is away, or one of its files could not be read for the first time: see the log; what was staged goes on, and the next run continues |
| fetch | asks ESI for missing bodies within its limits | ESI is away; each row keeps its error and the time of its next attempt |
| transform | checks each killmail, sends bad ones to `quality.quarantine`, fills the batch's candidate tables | the database is away or full; nothing was changed |
| validate | runs the expectations; critical failures block the batch | the batch is set aside (state `blocked`), core is untouched; the log names expectations and examples; a person is asked, see Required Actions |
| promote | moves the batch to core, whole and once | nothing was promoted; the next run builds the batch again |
| find_blocked, ask_review | start a run of `review_batch` for each blocked batch without one, whoever built it, and again where the run is gone; nothing waits for the answer | Airflow could not start the run; the next run asks again |
| record | records what the run did | an earlier task failed, see there |

One run at a time. Nothing is promoted twice if it is run again.
"""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from killmart.config.settings import load_settings
from killmart.orchestration import live_tasks as tasks
from killmart.orchestration.asking import ask_about_blocked
from killmart.orchestration.mart_tasks import CORE


@dag(
    dag_id="killmails_live",
    description="Brings what the killmail feed names to the warehouse, every few minutes",
    doc_md=__doc__,
    schedule=CronTriggerTimetable(f"*/{load_settings().live_minutes} * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args={"owner": "killmart", "retries": 2, "retry_delay": timedelta(seconds=30)},
    tags=["killmails", "live"],
)
def killmails_live() -> None:
    # a feed that is away, or ESI, must not keep what is here already from being loaded
    drained = task(task_id="drain", execution_timeout=timedelta(minutes=20))(tasks.drain_feed)()
    fetched = task(task_id="fetch", trigger_rule="all_done", pool="esi", execution_timeout=timedelta(minutes=30))(
        tasks.fetch_bodies
    )()
    built = task(task_id="transform", trigger_rule="all_done", execution_timeout=timedelta(minutes=15))(
        tasks.build_batch
    )()
    validated = task(task_id="validate", execution_timeout=timedelta(minutes=15))(tasks.validate_batch)(built)
    promoted = task(task_id="promote", outlets=[CORE], execution_timeout=timedelta(minutes=15))(tasks.promote_batch)(
        validated
    )
    recorded = task(task_id="record", execution_timeout=timedelta(minutes=5))(tasks.record_run)(
        drained, fetched, promoted
    )
    ask_about_blocked(after=validated)
    drained >> fetched >> built
    [drained, fetched, promoted] >> recorded


killmails_live()
