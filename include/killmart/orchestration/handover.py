"""What tasks leave for Airflow itself to put down where they may not: the run's note, and settled questions.

A task may not touch Airflow's metadata database, and its API has no way to write either. So it leaves them in an XCom,
and Airflow, where it notices the end of the run (in the scheduler), calls the hooks below, which the plugin registers.
They read Airflow's own database only, never the warehouse, and what fails in them is logged and stops nothing.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.listeners import hookimpl

log = logging.getLogger(__name__)

NOTE = "killmart_note"
"""XCom: markdown for the note of its run."""
DECISIONS = "killmart_decisions"
"""XCom: decisions on batches, for `settle_questions`."""

_MARK = "**Killmart**: "
_MOST_SIGNS = 1000
"""Longer notes Airflow's database refuses."""


def leave(key: str, value: Any) -> None:
    """Leave a value under one of the keys above, in the task that runs now."""
    from airflow.sdk import get_current_context

    get_current_context()["ti"].xcom_push(key=key, value=value)


@hookimpl  # type: ignore[untyped-decorator]
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Put down what the run's tasks have left."""
    _put_down(dag_run)


@hookimpl  # type: ignore[untyped-decorator]
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """The same for a run that failed."""
    _put_down(dag_run)


def note_with(before: str | None, text: str) -> str:
    """The run's note with ours in place of an earlier one of ours, behind what a person wrote; 1,000 signs at most."""
    theirs = (before or "").partition(_MARK)[0].rstrip()
    whole = f"{theirs}\n\n{_MARK}{text}" if theirs else f"{_MARK}{text}"
    return whole if len(whole) <= _MOST_SIGNS else f"{whole[: _MOST_SIGNS - 1]}…"


def _put_down(dag_run: Any) -> None:
    from airflow.models.xcom import XComModel
    from sqlalchemy import select
    from sqlalchemy.orm import object_session

    from killmart.orchestration.questions import settle_questions

    session = object_session(dag_run)
    if session is None:
        return
    left = session.execute(
        select(XComModel.key, XComModel.value)
        .where(XComModel.dag_run_id == dag_run.id, XComModel.key.in_((NOTE, DECISIONS)))
        .order_by(XComModel.timestamp)
    ).all()
    for key, value in left:
        if key == DECISIONS:
            settle_questions(value)
        else:
            # in the session that holds the run's row: another one would wait for it for ever
            dag_run.note = note_with(dag_run.note, value)
