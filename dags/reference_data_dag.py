"""
### reference_data: what ids mean, once a day

Keeps solar systems, types, groups and categories as CCP publishes them, asks ESI for the names and the affiliations
of everybody on killmails, and fetches the market prices of their days, at which killmails are valued.
The tasks do not depend on each other, except `values`: it runs after `static_data` and `prices`, whether or not
they succeeded, and works with what is there.

| task | does | when it is red |
|---|---|---|
| static_data | compares CCP's build number with the one loaded; a new build is fetched, checked and swapped in by one transaction | the download failed or the build broke a check (the log names it): the build loaded last stays whole, the next run tries again |
| names | names of characters, corporations and alliances, 1,000 ids a request: those never asked for; weekly those seen in the last 7 days; ids that ESI refuses again after an hour, a day and a week; others without a name after 30 days | ESI is away; names received so far are kept, the next run goes on |
| prices | today's from ESI; from EVE Ref's market history The Forge's averages of days that have kills and no prices yet, the newest first, 400 days a run; days younger than 3 days again | no prices at all could be fetched: earlier ones are kept, the next run goes on; single days that fail are in the log |
| values | value, points and flags of killmails that were loaded before their prices or the static data came, and of days whose prices changed; compares each such day with zKillboard (quality.value_spread) | the connection to the warehouse was lost: days done so far are kept, the next run goes on |
| affiliations | corporation and alliance of the characters on kills of the last 7 days, each once a day, unless a kill is newer; deleted characters keep what their kills said | the same |

A bad id spoils its whole request, which is halved until the id is found. Each refusal is one of the 100 errors that ESI allows
in a minute: with 60 left, lookups pause until the minute is over, or go on in the next run if the time box ends
first. Running it again asks for nothing twice.
"""

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import CronTriggerTimetable, dag, task

from killmart.orchestration import reference_tasks
from killmart.orchestration.mart_tasks import CORE


@dag(
    dag_id="reference_data",
    description="Keeps systems, types, names, affiliations, prices and values up to date, once a day",
    doc_md=__doc__,
    # after ESI's downtime, when new builds come out; a new installation does without them for no day
    schedule=CronTriggerTimetable("23 12 * * *", timezone="UTC", run_immediately=True),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "killmart", "retries": 2, "retry_delay": timedelta(seconds=30)},
    tags=["reference"],
)
def reference_data() -> None:
    static_data = task(task_id="static_data", execution_timeout=timedelta(minutes=30))(
        reference_tasks.load_static_data
    )()
    task(task_id="names", pool="esi", execution_timeout=timedelta(minutes=30))(reference_tasks.fill_names)()
    task(task_id="affiliations", pool="esi", execution_timeout=timedelta(minutes=30))(
        reference_tasks.fill_affiliations
    )()
    prices = task(task_id="prices", pool="days", execution_timeout=timedelta(minutes=30))(reference_tasks.fill_prices)()
    values = task(task_id="values", trigger_rule="all_done", outlets=[CORE], execution_timeout=timedelta(minutes=30))(
        reference_tasks.fill_values
    )()
    [static_data, prices] >> values
    # what comes last decides on the whole run: without this one, the success of values would hide a red one before it
    [static_data, prices, values] >> EmptyOperator(task_id="complete", execution_timeout=timedelta(minutes=5))


reference_data()
