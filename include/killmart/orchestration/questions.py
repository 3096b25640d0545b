"""Settles Airflow's questions about batches that were decided elsewhere: on their page or on the command line.

Airflow's Required Actions are in its metadata database, which a task may not touch: this runs in the api-server (a
decision on a page) and in the scheduler (those that `monitor` found).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from killmart.orchestration.review_tasks import APPROVE, ASK, REJECT, REVIEW_DAG

log = logging.getLogger(__name__)


def settle_questions(decisions: Iterable[dict[str, Any]]) -> int:
    """Answer the open questions about these batches as it was decided; returns how many.

    A decision is `batch_id`, `is_released`, `actor`, `note` (see load/review.py). A question that somebody else holds
    at the moment is left to the next time. The task `decide` of its run then finds the batch dealt with, and says so.
    """
    from airflow.models.dagrun import DagRun
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import select

    by_batch = {decision["batch_id"]: decision for decision in decisions}
    if not by_batch:
        return 0
    open_questions = (
        select(TaskInstance.id, DagRun.conf)
        .join(DagRun, (DagRun.dag_id == TaskInstance.dag_id) & (DagRun.run_id == TaskInstance.run_id))
        .join(HITLDetail, HITLDetail.ti_id == TaskInstance.id)
        .where(
            TaskInstance.dag_id == REVIEW_DAG,
            TaskInstance.task_id == ASK,
            TaskInstance.state == TaskInstanceState.AWAITING_INPUT,
            HITLDetail.responded_at.is_(None),
        )
    )
    settled = 0
    with create_session(scoped=False) as session:  # the scheduler's own is in the middle of its work
        for task_id, conf in session.execute(open_questions).all():
            decision = by_batch.get((conf or {}).get("batch_id"))
            settled += decision is not None and _answer(session, task_id, decision)
    if settled:
        log.info("settled %d questions about batches that were decided elsewhere", settled)
    return settled


def _answer(session: Any, task_id: Any, decision: dict[str, Any]) -> bool:
    """Answer one question as Airflow's own API does (locks in the same order), unless somebody else is at it."""
    from airflow.models.hitl import HITLDetail, HITLUser
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.trigger import handle_event_submit
    from airflow.triggers.base import TriggerEvent
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import select

    task = session.scalar(
        select(TaskInstance).where(TaskInstance.id == task_id).with_for_update(of=TaskInstance, skip_locked=True)
    )
    question = session.scalar(
        select(HITLDetail).where(HITLDetail.ti_id == task_id).with_for_update(of=HITLDetail, skip_locked=True)
    )
    if task is None or question is None or question.response_received:
        return False
    if task.state != TaskInstanceState.AWAITING_INPUT:
        return False
    question.responded_by = HITLUser(id=decision["actor"], name=decision["actor"])
    question.responded_at = datetime.now(UTC)
    question.chosen_options = [APPROVE if decision["is_released"] else REJECT]
    question.params_input = {"note": decision["note"]}
    session.add(question)
    handle_event_submit(TriggerEvent(question.as_resume_event_payload()), task_instance=task, session=session)
    return True
