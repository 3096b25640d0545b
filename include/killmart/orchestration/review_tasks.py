"""What asks people about blocked batches: the tasks that find them, and those of the DAG `review_batch`."""

from __future__ import annotations

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowSkipException

from killmart.errors import KillmartError
from killmart.orchestration.review_text import body_of, subject_of
from killmart.orchestration.runtime import Counts, give_up, task_runtime

REVIEW_DAG = "review_batch"
ASK = "ask"
APPROVE, REJECT = "Approve", "Reject"


def find_blocked() -> list[Counts]:
    """Blocked batches of which nobody has been asked yet, as arguments of TriggerDagRunOperator: one run each."""
    from killmart.load.review import unasked_batches

    return [
        {"trigger_run_id": f"batch_{batch_id}", "conf": {"batch_id": batch_id}}
        for batch_id in unasked_batches(task_runtime())
    ]


def describe(batch_id: str) -> dict[str, str]:
    """What the person sees who is asked: subject and body (markdown); skips where there is nothing to decide."""
    from killmart.load.review import note_asked, review_of

    runtime = task_runtime()
    try:
        found = review_of(runtime, int(batch_id))
    except KillmartError as error:
        give_up(error)
    if found.batch.state != "blocked":
        raise AirflowSkipException(f"Batch {batch_id} is {found.batch.state}, so nobody is asked about it.")
    note_asked(runtime, int(batch_id), f"DAG {REVIEW_DAG}", f"run {runtime.run_id}")
    return {"subject": subject_of(found), "body": body_of(found)}


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
            f"the task {ASK} with what is below it to be asked again, or release the batch on its page."
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
