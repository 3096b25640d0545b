"""
### review_batch: a person decides on a batch that the gate blocked

One run for each blocked batch, `batch_<number>`, started by the DAG that blocked it or by the next run of
`killmails_live`. The question is under **Required Actions**, with the checks that failed, why they matter and
examples. Nothing else waits for the answer. It can also be given on the batch's page or on the command line
(`python -m killmart batches`); the question then closes by itself, at once or with the next run of `monitor`.

| task | does | when it is red |
|---|---|---|
| describe | gathers what the person needs to know | there is no such batch; if the database is away it is retried for two days |
| ask | waits for **Approve** or **Reject** with a note; no answer within `KILLMART_REVIEW_HOURS` of the first time that somebody was asked counts as a rejection | Airflow could not keep the question; clear it |
| decide | promotes the batch, or sends its killmails to quarantine, with note and name on record; skipped if it has been decided elsewhere | the approval had no note, or core's own keys refuse the rows: the log says so, the batch stays blocked; decide on its page, or clear `ask` and what is below it |

Until when an answer is waited for is kept in the warehouse, with the batch: where Airflow's database was lost or this run deleted,
the next run of `killmails_live` asks again, until the same moment. Past it the batch is rejected at once.

Killmails of a rejected batch keep their bodies in quarantine (reason `rejected_batch`). After a fix, retry them there.
"""

from datetime import timedelta

from airflow.sdk import Param, dag, task

from killmart.config.settings import load_settings
from killmart.orchestration import review_tasks
from killmart.orchestration.asking import AskOperator
from killmart.orchestration.mart_tasks import CORE


@dag(
    dag_id="review_batch",
    description="Asks a person about a batch that the gate blocked; started by the loads",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1000,  # each waits for a person, and takes neither a process nor a slot meanwhile
    # a run that fails is not started again, so a database that is away is waited for: more than two days
    default_args={
        "owner": "killmart",
        "retries": 100,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=30),
    },
    params={"batch_id": Param(type="integer", minimum=1, title="Batch", description="Number of a blocked batch")},
    tags=["killmails", "review"],
)
def review_batch() -> None:
    batch_id = "{{ params.batch_id }}"
    described = task(task_id="describe", execution_timeout=timedelta(minutes=5))(review_tasks.describe)(batch_id)
    asked = AskOperator(
        task_id=review_tasks.ASK,
        subject="{{ ti.xcom_pull(task_ids='describe')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='describe')['body'] }}",
        params={"note": Param("", type="string", title="Note", description="Why; it is kept with your name")},
        defaults=AskOperator.REJECT,
        answer_due_at="{{ ti.xcom_pull(task_ids='describe')['answer_due_at'] }}",
        response_timeout=timedelta(hours=load_settings().review_hours),
        execution_timeout=timedelta(minutes=5),  # of asking, not of waiting
        # an executor other than ours (killmart.orchestration.executor) may forget an answer that comes at once; then
        # the question is asked again
        retries=20,
        retry_delay=timedelta(seconds=5),
        retry_exponential_backoff=0,
    )
    decided = task(task_id="decide", outlets=[CORE], execution_timeout=timedelta(minutes=15))(review_tasks.decide)(
        batch_id
    )
    described >> asked >> decided


review_batch()
