"""
### daily_digest: what yesterday was like, for a Discord channel

Posts one message with a chart to the webhook of the connection `digest`: killmails and ISK, alliances, corporations and
ships, the dearest kill, the biggest battle, how complete the day is. `KILLMART_DIGEST_ENTITY` makes it about an alliance,
corporation or character. Without the connection the task is skipped and the run is green.

| task | does | when it is red |
|---|---|---|
| post | reads the mart, draws the chart, posts it once a day | the log says why: the webhook refused it (its address is wrong or gone), the mart is behind (see the DAG marts), or no answer came and somebody has to check whether the message is there. It is retried for an hour and a half; after that, clear it |

A day is posted once, whatever is run again (`ops.digests`). To post any day by hand: `python -m killmart digest --day DAY`, with
`--dry-run` to only look at it.
"""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, dag, task

from killmart.orchestration import digest_tasks


@dag(
    dag_id="daily_digest",
    description="Posts yesterday's killmails, ISK and biggest battle to a Discord channel",
    doc_md=__doc__,
    schedule=CronTriggerTimetable("17 10 * * *", timezone="UTC"),  # killmails_daily has proven yesterday, as a rule
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "killmart", "retries": 6, "retry_delay": timedelta(minutes=15)},
    tags=["marts"],
)
def daily_digest() -> None:
    task(task_id="post", execution_timeout=timedelta(minutes=10))(digest_tasks.post_digest)()


daily_digest()
