"""
### killmails_backfill: a range of days, in bulk

Trigger it with a first and a last day (both included; left empty, it is yesterday). A dry run works out days, killmails, requests per upstream, bytes and
time, and loads nothing. Days that are already complete cost one request each; a second run only does what is left.

Its cost and its result are on the run's tab **Data quality** and in its note.

| task | does | when it is red |
|---|---|---|
| plan | checks the form, works out the cost | the first line of the log says what to change in the form |
| load_stretch | loads a stretch of days, 20 days a batch through the one gate, and promotes its batches together; up to 20 days are one stretch, more are two at least, of two million killmails at most (one day from ESI); its label shows the days, its log how far it is | the upstream or the database is away; the other stretches go on; clear it to try again |
| sum_up | reports loaded, known, quarantined and missing killmails per day | a day is not complete: the log names files, killmails and reasons |
| find_blocked, ask_review | start a run of `review_batch` for each blocked batch that has none; nothing waits for the answer | Airflow could not start the run; the next run, or that of killmails_live, asks again |
"""

from datetime import timedelta

from airflow.sdk import Param, dag, task

from killmart.orchestration import day_tasks
from killmart.orchestration.asking import ask_about_blocked
from killmart.orchestration.mart_tasks import CORE


@dag(
    dag_id="killmails_backfill",
    description="Loads a range of UTC days, or says what that would cost: fill in its form",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "killmart", "retries": 1, "retry_delay": timedelta(minutes=2)},
    params={
        "first_day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="First day",
            description="UTC, included: 2007-12-05 to yesterday. Left empty: yesterday",
        ),
        "last_day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Last day",
            description="UTC, included: the first day to yesterday. Left empty: yesterday",
        ),
        "source": Param(
            "auto",
            type="string",
            enum=["auto", "everef", "history", "esi"],
            title="Source",
            description="auto: the cheapest for each day; everef: its day archives; history: raw days, since 2026-07-01; "
            "esi: killmail by killmail, about two hours a day",
        ),
        "mode": Param(
            "missing",
            type="string",
            enum=["missing", "reload"],
            title="Mode",
            description="missing: only what core lacks; reload: everything again, replacing killmails that differ",
        ),
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Only show days, killmails, requests, bytes and time on the run's tab Data quality; load nothing",
        ),
    },
    tags=["killmails", "backfill"],
)
def killmails_backfill() -> None:
    planned = task(task_id="plan", execution_timeout=timedelta(minutes=10))(day_tasks.plan_backfill)(
        first_day="{{ params.first_day or '' }}",
        last_day="{{ params.last_day or '' }}",
        source="{{ params.source }}",
        mode="{{ params.mode }}",
        dry_run="{{ params.dry_run }}",
    )
    loaded = (
        task(
            task_id="load_stretch",
            pool="days",
            outlets=[CORE],
            map_index_template="{{ [task.op_kwargs.days | first, task.op_kwargs.days | last] | unique | join(' to ') }}",
            execution_timeout=timedelta(hours=6),
        )(day_tasks.load_stretch)
        .partial(source="{{ params.source }}", mode="{{ params.mode }}")
        .expand(days=planned)
    )
    task(task_id="sum_up", trigger_rule="all_done", execution_timeout=timedelta(minutes=10))(day_tasks.sum_up)(
        loaded, planned
    )
    ask_about_blocked(after=loaded)


killmails_backfill()
