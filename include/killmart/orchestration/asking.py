"""Asking people about blocked batches: the operator that asks, and the wiring that every DAG with a gate shares."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator, HITLOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import task

from killmart.orchestration import review_tasks


class AskOperator(ApprovalOperator):  # type: ignore[misc]  # Airflow comes without types
    """Waits for a person's Approve or Reject until a moment, and hands on either with note and name.

    Airflow's own waits for so long, anew with every time it asks; and it skips what comes next on a Reject, and then
    keeps neither the note nor the name.
    """

    template_fields = (*ApprovalOperator.template_fields, "answer_due_at")

    def __init__(self, *, answer_due_at: str, **arguments: Any) -> None:
        """`answer_due_at` in ISO form is the end; `response_timeout` has to be given, and counts for nothing."""
        super().__init__(**arguments)
        self.answer_due_at = answer_due_at

    def pre_execute(self, context: Any) -> None:
        """Leave as much time for an answer as there is; where it is over, Airflow takes at once that nobody has."""
        left = datetime.fromisoformat(self.answer_due_at) - datetime.now(UTC)
        self.response_timeout = max(left, timedelta(seconds=1))

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """The answer: `chosen_options`, `params_input`, `responded_by_user` (None where nobody answered in time)."""
        return HITLOperator.execute_complete(self, context, event)


def ask_about_blocked(after: Any) -> None:
    """Add two tasks behind `after`, whatever became of it: find blocked batches, start a run of review_batch for each.

    A batch that has its run already is skipped; one whose run is gone is asked about again. Called inside a DAG's
    function.
    """
    found = task(task_id="find_blocked", trigger_rule="all_done", execution_timeout=timedelta(minutes=5))(
        review_tasks.find_blocked
    )()
    asked = TriggerDagRunOperator.partial(
        task_id="ask_review",
        trigger_dag_id=review_tasks.REVIEW_DAG,
        logical_date=None,
        skip_when_already_exists=True,
        map_index_template="{{ task.trigger_run_id }}",
        execution_timeout=timedelta(minutes=5),
    ).expand_kwargs(found)
    after >> found >> asked
