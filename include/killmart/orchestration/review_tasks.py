"""What asks people about blocked batches: the tasks that find them, and those of the DAG `review_batch`."""

from __future__ import annotations

import logging
from dataclasses import replace

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from killmart.errors import KillmartError
from killmart.orchestration.review_text import body_of, subject_of
from killmart.orchestration.runtime import Counts, give_up, task_runtime

log = logging.getLogger(__name__)

REVIEW_DAG = "review_batch"
ASK = "ask"
APPROVE, REJECT = "Approve", "Reject"
DUE_AT = "answer_due_at"
"""In what `describe` returns: until when an answer is waited for, in ISO form."""
_MOST_AT_ONCE = 100
"""Questions that one run of a DAG begins; the next goes on."""
_GROUP = 50
"""Runs that Airflow is asked about in one request."""


def find_blocked() -> list[Counts]:
    """Blocked batches without a question, as arguments of TriggerDagRunOperator: one run each, 100 at most.

    Those are the ones of which nobody has been asked yet, and those whose run this Airflow does not have any more.
    """
    from killmart.load.review import asked_batches, keep_asking, unasked_batches

    runtime = task_runtime()
    asked = asked_batches(runtime)
    there = _with_a_run(asked)
    keep_asking(runtime, sorted(there))
    lost = [batch_id for batch_id in asked if batch_id not in there]
    if lost:
        log.warning(
            "Airflow has no run of %s any more for %d blocked batches (%s …): people are asked again, with the "
            "deadline that was set at first",
            REVIEW_DAG,
            len(lost),
            ", ".join(map(str, lost[:5])),
        )
    return [
        {"trigger_run_id": _run_id(batch_id), "conf": {"batch_id": batch_id}}
        for batch_id in [*lost, *unasked_batches(runtime)][:_MOST_AT_ONCE]
    ]


def _with_a_run(batch_ids: list[int]) -> set[int]:
    """Those of the batches whose run this Airflow has: where all of a group have one, one request tells."""
    task_instance, found = get_current_context()["ti"], set[int]()
    groups = [batch_ids[at : at + _GROUP] for at in range(0, len(batch_ids), _GROUP)]
    while groups:
        group = groups.pop()
        count = task_instance.get_dr_count(dag_id=REVIEW_DAG, run_ids=[_run_id(batch_id) for batch_id in group])
        if count == len(group):
            found.update(group)
        elif count:
            groups += [group[: len(group) // 2], group[len(group) // 2 :]]
    return found


def _run_id(batch_id: int) -> str:
    return f"batch_{batch_id}"


def describe(batch_id: str) -> dict[str, str]:
    """What the person sees who is asked: subject and body (markdown), and until when an answer is waited for.

    Skips where there is nothing to decide.
    """
    from killmart.load.review import note_asked, review_of

    runtime = task_runtime()
    try:
        found = review_of(runtime, int(batch_id))
    except KillmartError as error:
        give_up(error)
    if found.batch.state != "blocked":
        raise AirflowSkipException(f"Batch {batch_id} is {found.batch.state}, so nobody is asked about it.")
    try:
        due_at = note_asked(runtime, int(batch_id), f"DAG {REVIEW_DAG}", f"run {runtime.run_id}")
    except KillmartError as decided:  # since the lines above
        raise AirflowSkipException(str(decided)) from None
    found = replace(found, batch=replace(found.batch, answer_due_at=due_at))
    return {"subject": subject_of(found), "body": body_of(found), DUE_AT: due_at.isoformat()}


def decide(batch_id: str) -> Counts:
    """Promote the batch or send its killmails to quarantine, as the person said; no answer counts as a rejection.

    A batch that was dealt with meanwhile is left alone, and that is said.
    """

    from killmart.load.review import reject_batch, release_batch

    runtime, number = task_runtime(), int(batch_id)
    chosen, note, person = _answer()
    _skip_unless_blocked(number)
    if chosen == APPROVE and not note:
        give_up(
            f"Batch {batch_id} was approved by {person} without a note, which has to say why; it stays blocked. Clear "
            f"the task {ASK} with what is below it to be asked again while there is time for an answer, or release the "
            "batch on its page."
        )
    try:
        if chosen != APPROVE:
            note = note or "rejected without a note"
            if not person:
                person = f"DAG {REVIEW_DAG}"
                note = f"nobody answered within {runtime.settings.review_hours:g} hours"
            return {"quarantined": reject_batch(runtime, number, person, note, quarantine=True)}
        return {**release_batch(runtime, number, person, note).counts()}
    except KillmartError as error:
        give_up(error)


def _skip_unless_blocked(batch_id: int) -> None:
    """Say so and skip where somebody has decided on the batch's page or on the command line meanwhile."""
    from killmart.load.review import review_of

    found = review_of(task_runtime(), batch_id)
    if found.batch.state == "blocked":
        return
    decided = next((action for action in found.actions if action.action in ("release_batch", "reject_batch")), None)
    by = f" by {decided.actor} ({decided.action}: {decided.note})" if decided else ""
    raise AirflowSkipException(
        f"Batch {batch_id} was dealt with while the question was open{by}: it is {found.batch.state}. "
        "Nothing is left to do here."
    )


def _answer() -> tuple[str, str, str]:
    """What was chosen, the note, and who answered; nobody is an empty name. Skips where nobody was asked."""
    answer = get_current_context()["ti"].xcom_pull(task_ids=ASK)
    if not answer:
        raise AirflowSkipException("Nobody was asked, so there is nothing to do.")
    person = answer["responded_by_user"] or {}
    note = str((answer["params_input"] or {}).get("note") or "").strip()
    return answer["chosen_options"][0], note, str(person.get("name") or person.get("id") or "")
