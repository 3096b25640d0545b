"""
### monitor: is everything as it should be?

Samples how things stand (lag, backlog, budget, disk), judges the rules of `include/killmart/watch/rules.toml` by what
is stored, and keeps `ops.alerts`: an alert opens once, is updated, and resolves by itself. Whom the connection `notify`
names is told what began and what ended, in one message per evaluation; `docs/runbook.md` has a paragraph on each alert. Questions
under Required Actions about batches that were decided elsewhere are closed as they were decided.

| task | does | when it is red |
|---|---|---|
| evaluate | samples, judges, tells, rolls old statistics up | the database is away, or the file of rules is bad: the log names the rule. An open alert does not make it red, nor does a message that cannot be sent |

Running it again tells nothing twice. `python -m killmart monitor mute RULE --until DATE` silences a rule for a while.
"""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from killmart.orchestration import monitor_tasks


@dag(
    dag_id="monitor",
    description="Judges the alert rules, tells people what is wrong, settles questions that were decided elsewhere",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=10),
    default_args={"owner": "killmart", "retries": 1, "retry_delay": timedelta(seconds=30)},
    tags=["monitor"],
)
def monitor() -> None:
    task(task_id="evaluate", execution_timeout=timedelta(minutes=5))(monitor_tasks.evaluate_rules)()


monitor()
