"""
### reference_data: what ids mean, once a day

Keeps the solar systems, types, groups and categories as CCP publishes them, and asks ESI for the names and the
affiliations of those who were on killmails. The three tasks do not depend on each other: each does what it can.

| task | does | when it is red |
|---|---|---|
| static_data | compares CCP's build number with the one loaded; a new build is fetched, checked and swapped in by one transaction | the download failed or the build broke a check (the log names it): the build loaded last stays whole, the next run tries again |
| names | names of characters, corporations and alliances, 1,000 ids a request: those never asked for; weekly those seen in the last 7 days; ids without a name again after 30 days | ESI is away; names told so far are kept, the next run goes on |
| affiliations | corporation and alliance of the characters on kills of the last 7 days, each once a day, unless a kill is newer; deleted characters keep what their kills told | the same |

Bad ids spoil a request, so it is halved until they are found. Each refusal is one of the 100 errors that ESI allows in a
minute: with 60 left the lookups pause until the minute is over, and go on in the next run where the time box ends
first. Running it again asks for nothing twice.
"""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from killmart.airflow import reference_tasks


@dag(
    dag_id="reference_data",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("23 12 * * *", timezone="UTC"),  # after ESI's downtime, when new builds come out
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    default_args={"owner": "killmart", "retries": 2, "retry_delay": timedelta(seconds=30)},
    tags=["reference"],
)
def reference_data() -> None:
    task(task_id="static_data", execution_timeout=timedelta(minutes=30))(reference_tasks.load_static_data)()
    task(task_id="names", pool="esi", execution_timeout=timedelta(minutes=30))(reference_tasks.fill_names)()
    task(task_id="affiliations", pool="esi", execution_timeout=timedelta(minutes=30))(
        reference_tasks.fill_affiliations
    )()


reference_data()
