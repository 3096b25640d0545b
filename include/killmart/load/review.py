"""Review: a person releases or rejects a batch that the gate has blocked; also reads what there is to decide on.

Each decision is one transaction that holds the batch's row, so of two people at once the second one learns what the
first one did, and a crash halfway leaves the batch blocked as it was. Every decision is kept in quality.actions.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, NoResultFound

from killmart.db import batches, review
from killmart.db.actions import Act, Action, actions_of_batch, actor_of, note_of, record_actions, storable_note
from killmart.db.batches import Batch
from killmart.db.candidate import drop_candidate
from killmart.db.locks import undeadlocked
from killmart.db.promotion import Promoted
from killmart.db.review import FailedCheck, ReviewedBatch
from killmart.errors import KillmartError
from killmart.load.promote import bring_to_core
from killmart.runtime import Runtime
from killmart.timing import Stopwatch
from killmart.transform.defects import Reason

log = logging.getLogger(__name__)

_LATE_ANSWER = timedelta(days=1)
"""Airflow may notice only so much later that the time for an answer is over."""
_DECISIONS = {"release_batch": "released", "reject_batch": "rejected"}


@dataclass(frozen=True)
class BatchReview:
    """All there is to decide on a batch; `set_aside` are the killmails that staging still holds for it."""

    batch: ReviewedBatch
    set_aside: int
    failures: list[FailedCheck] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)


def release_batch(runtime: Runtime, batch_id: int, by: str, note: str) -> Promoted:
    """Promote a blocked batch, because `by` vouches for it; the note says why and is kept.

    A batch that was released already is left as it is. Killmails that have left the batch meanwhile keep what came for
    them; where a zkb block may have changed meanwhile, the next batch brings it. Raises KillmartError where there is
    no such batch, it is not blocked, PostgreSQL has emptied its tables, or core's own keys refuse its rows.
    """
    actor, words = actor_of(by), note_of(note, f"To release batch {batch_id}")
    watch = Stopwatch()
    try:
        promoted = undeadlocked(_release, runtime, batch_id, actor, words, watch)
    except IntegrityError as refusal:
        raise KillmartError(
            f"Batch {batch_id} cannot be released: core's own keys refuse its rows "
            f"({str(refusal.orig).splitlines()[0]}). Nothing was changed and it stays blocked; reject it instead."
        ) from None
    log.info(
        "batch %d was released by %s: %d killmails new, %d changed",
        batch_id,
        actor,
        promoted.inserted,
        promoted.changed,
    )
    return promoted


def _release(runtime: Runtime, batch_id: int, actor: str, note: str, watch: Stopwatch) -> Promoted:
    with runtime.engine.begin() as connection:
        batch = _lock(connection, batch_id)
        if batch.state == "promoted" and _is_decided(connection, batch_id, "released"):
            log.info("%s", _why_not_blocked(connection, batch))
            return Promoted(inserted=0, changed=0, unchanged=0)
        _refuse_unless_blocked(connection, batch)
        emptied = batches.abandon_if_emptied(connection, batch_id)
        if emptied is None:
            revalued = review.lock_revalued(connection, batch_id)
            review.decide_outcome(connection, batch_id, "released")
            record_actions(connection, [Act(actor, "release_batch", note, batch_id)])
            promoted = bring_to_core(connection, runtime, batch, watch)
            review.give_to_next_batch(connection, revalued)
    if emptied is not None:
        raise KillmartError(emptied)
    return promoted


def reject_batch(runtime: Runtime, batch_id: int, by: str, note: str, quarantine: bool = False) -> int:
    """Drop a blocked batch's tables, because `by` says so; returns how many killmails it leaves to somebody.

    Given back as `fetched` its killmails would be built and blocked again within minutes. So they stay in staging as
    `blocked`, held by the rejected batch, until something changes: a source brings another body or hash, another batch
    brings them to core, or a person has fixed the cause and calls `retry_batch`. Nothing is asked of anybody meanwhile.

    With `quarantine` each of them gets an entry there instead (reason `rejected_batch`, its body kept), where they can
    be retried, released and discarded one by one; coverage counts them as accounted for. That is what an unanswered
    question in Airflow does: whatever nobody looks after has to end in quarantine.

    Killmails of whole days are not in staging: rejected, they are loaded again with their day; in quarantine they have
    no body, and `retry` asks ESI for it. What core has by the same hash needs neither.
    A batch that was rejected already is left as it is, and 0 returned. Raises KillmartError where there is no such
    batch or it is not blocked.
    """
    actor, words = actor_of(by), note_of(note, f"To reject batch {batch_id}")
    count = undeadlocked(_reject, runtime, batch_id, actor, words, quarantine)
    where = "are in quarantine" if quarantine else "are set aside in staging"
    log.info("batch %d was rejected by %s; %d killmails %s", batch_id, actor, count, where)
    return count


def _reject(runtime: Runtime, batch_id: int, actor: str, note: str, quarantine: bool) -> int:
    with runtime.engine.begin() as connection:
        batch = _lock(connection, batch_id)
        if batch.state == "rejected":
            log.info("%s", _why_not_blocked(connection, batch))
            return 0
        _refuse_unless_blocked(connection, batch)
        detail = f"batch {batch_id} was rejected by {actor}: {note}"
        review.let_go_of_loaded(connection, batch_id)
        count = review.keep_aside(connection, batch_id, detail)
        if quarantine:
            count = review.quarantine_rejected(connection, batch_id, Reason.REJECTED_BATCH, detail)
        review.decide_outcome(connection, batch_id, "rejected")
        record_actions(connection, [Act(actor, "reject_batch", note, batch_id)])
        batches.finish_batch(connection, batch_id, "rejected")
        drop_candidate(connection, batch_id)
    return count


def retry_batch(runtime: Runtime, batch_id: int, by: str, note: str = "") -> int:
    """Let the next run build a rejected batch's killmails again, after a fix; returns how many were set aside.

    Raises KillmartError where there is no such batch or nobody has rejected it.
    """
    actor, words = actor_of(by), storable_note(note)
    with runtime.engine.begin() as connection:
        batch = _lock(connection, batch_id)
        if batch.state != "rejected":
            if batch.state == "blocked":
                raise KillmartError(f"Batch {batch_id} waits for a decision: release or reject it first.")
            raise KillmartError(_why_not_blocked(connection, batch))
        count = review.take_up_again(connection, batch_id)
        if count:
            record_actions(connection, [Act(actor, "retry_batch", words, batch_id)])
    log.info("%d killmails of batch %d are taken up again by the next run", count, batch_id)
    return count


def note_asked(runtime: Runtime, batch_id: int, by: str, note: str) -> datetime:
    """Record that this Airflow asks for a decision on a blocked batch; returns until when an answer is waited for.

    That is `KILLMART_REVIEW_HOURS` from the first time, and is kept with the batch: whoever asks again, because
    Airflow's database was lost or cleaned, asks until the same moment. Only the first time is kept as an action.
    Raises KillmartError where the batch is not blocked.
    """
    with runtime.engine.begin() as connection:
        _refuse_unless_blocked(connection, _lock(connection, batch_id))
        if not any(action.action == "ask_review" for action in actions_of_batch(connection, batch_id)):
            record_actions(connection, [Act(actor_of(by), "ask_review", storable_note(note), batch_id)])
        hours = runtime.settings.review_hours
        return review.note_asking(connection, [batch_id], runtime.installation, hours)[batch_id]


def keep_asking(runtime: Runtime, batch_ids: Sequence[int]) -> None:
    """Say for other Airflows that the questions about these batches are still this one's."""
    with runtime.engine.begin() as connection:
        review.note_asking(connection, batch_ids, runtime.installation, runtime.settings.review_hours)


def unasked_batches(runtime: Runtime, limit: int = 100) -> list[int]:
    """Blocked batches of which nobody has been asked yet, the oldest first."""
    with runtime.engine.connect() as connection:
        return review.unasked_batches(connection, limit)


def asked_batches(runtime: Runtime) -> list[int]:
    """Blocked batches that people were asked about and that this Airflow has to look after, the oldest first.

    It has to ask again about those of whose question it knows nothing. What another Airflow looks after is left to
    that one.
    """
    with runtime.engine.connect() as connection:
        return review.asked_batches(connection, runtime.installation)


def decided_batches(runtime: Runtime) -> list[dict[str, Any]]:
    """Decisions on batches that people were asked about: `batch_id`, `is_released`, `actor`, `note`.

    Of questions so young that they may be open still. A batch that is abandoned needs no answer any more, so it counts
    as rejected by the pipeline.
    """
    since = datetime.now(UTC) - _LATE_ANSWER
    with runtime.engine.connect() as connection:
        return [
            {
                "batch_id": row.batch_id,
                "is_released": row.state == "promoted",
                "actor": row.actor or "Killmart",
                "note": row.note or f"the batch is {row.state}, so nothing is left to decide",
            }
            for row in review.decided_batches(connection, since)
        ]


def batches_in(
    runtime: Runtime, state: str = "blocked", before: int | None = None, limit: int = 50
) -> list[ReviewedBatch]:
    """Batches that are `blocked` or `rejected`, the latest first; `before` is the last number of the page before."""
    with runtime.engine.connect() as connection:
        return review.batches_in(connection, state, before, limit)


def review_of(runtime: Runtime, batch_id: int) -> BatchReview:
    """What the gate found wrong with a batch, and what was decided. Raises KillmartError where there is none such."""
    with runtime.engine.connect() as connection:
        batch = review.find_batch(connection, batch_id)
        if batch is None:
            raise KillmartError(_no_such(batch_id))
        return BatchReview(
            batch=batch,
            set_aside=review.count_set_aside(connection, batch_id),
            failures=[] if batch.run_id is None else review.failed_checks(connection, batch.run_id),
            actions=actions_of_batch(connection, batch_id),
        )


def _lock(connection: Connection, batch_id: int) -> Batch:
    try:
        return batches.lock_batch(connection, batch_id)
    except NoResultFound:
        raise KillmartError(_no_such(batch_id)) from None


def _no_such(batch_id: int) -> str:
    return f"There is no batch {batch_id}; `python -m killmart batches list` shows those that are blocked."


def _refuse_unless_blocked(connection: Connection, batch: Batch) -> None:
    if batch.state != "blocked":
        raise KillmartError(_why_not_blocked(connection, batch))


def _is_decided(connection: Connection, batch_id: int, outcome: str) -> bool:
    found = review.find_batch(connection, batch_id)
    return found is not None and found.outcome == outcome


def _why_not_blocked(connection: Connection, batch: Batch) -> str:
    """Why there is nothing to decide on a batch, and who decided."""
    for action in actions_of_batch(connection, batch.batch_id):
        if action.action in _DECISIONS:
            return (
                f"Batch {batch.batch_id} was {_DECISIONS[action.action]} by {action.actor} at "
                f"{action.at:%Y-%m-%d %H:%M:%S %Z} ({action.note}), so there is nothing left to decide."
            )
    said = {
        "built": "is being loaded and the gate has not blocked it",
        "promoted": "passed the gate and is in core",
        "abandoned": "was abandoned; its killmails are in a newer batch or are taken up by the next run",
    }
    return f"Batch {batch.batch_id} {said.get(batch.state, f'is {batch.state}')}, so there is nothing to decide."
