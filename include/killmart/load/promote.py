"""Promote: brings a validated batch to core, whole and once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from killmart.db import bare_ranges, batches, ranges, staging, validation
from killmart.db.batches import Batch
from killmart.db.candidate import drop_candidate, is_intact
from killmart.db.locks import hold_in_transaction, take_turn, undeadlocked
from killmart.db.promotion import Promoted, free_overtaken, promote_candidate, resolve_quarantine
from killmart.db.room import free_replaced
from killmart.errors import KillmartError
from killmart.runtime import Runtime
from killmart.timing import Stopwatch

log = logging.getLogger(__name__)

_PASSED = ("passed", "warned", "released")
MANY = 500
"""Of so many revalued killmails the old rows are worth a vacuum; autovacuum waits for a fifth of a range."""


def promote(runtime: Runtime, batch_id: int, within: Callable[[Connection], None] | None = None) -> Promoted:
    """Promote a batch that the gate let pass; a batch that is promoted already is left as it is.

    Core, staging, quarantine and the batch's own row change in one transaction, and what `within` does, which is called
    in it before core is touched and may raise to call it off. Raises KillmartError where the
    batch may not be promoted, saying why.
    """
    watch = Stopwatch()
    promoted = undeadlocked(_promote, runtime, batch_id, within, watch)
    if promoted is None:
        log.info("batch %d was promoted already, nothing to do", batch_id)
        return Promoted(inserted=0, changed=0, unchanged=0)
    ranges.make_ahead(runtime.engine)
    _tidy(runtime, promoted.updated)
    log.info(
        "batch %d promoted: %d killmails new, %d changed, %d unchanged, %d revalued, in %.1f s",
        batch_id,
        promoted.inserted,
        promoted.changed,
        promoted.unchanged,
        promoted.revalued,
        watch.seconds,
    )
    return promoted


def promote_together(runtime: Runtime, batch_ids: Sequence[int]) -> dict[int, Promoted]:
    """Promote batches that the gate let pass; returns what each did to core, by its number.

    Readers see all of them at once where that is worth building whole ranges of ids for (db.bare_ranges). What is not
    of such a range is promoted batch by batch. One that may not be promoted (blocked, not judged, emptied by a
    crash of PostgreSQL) is left out, the reason is logged, and the others go on.
    """
    done = undeadlocked(_promote_ranges, runtime, batch_ids)
    for batch_id in batch_ids:
        try:
            if batch_id not in done:
                done[batch_id] = promote(runtime, batch_id)
        except KillmartError as refusal:
            log.error("%s", refusal)
    return done


def _promote_ranges(runtime: Runtime, batch_ids: Sequence[int]) -> dict[int, Promoted]:
    """The one transaction of batches for which ranges are built; nothing where none is worth it.

    Those who build ranges take turns, and wait before they look at core, or others' ranges could not be attached. The
    promotions' turn is taken when the ranges are built, so that the live feed goes on.
    """
    watch = Stopwatch()
    with runtime.engine.begin() as connection:
        fit = {one: batch for one in sorted(set(batch_ids)) if (batch := _fit(connection, one)) is not None}
        if sum(batch.candidates for batch in fit.values()) < bare_ranges.WORTH_BUILDING:
            return {}
        hold_in_transaction(connection, "ranges that are built")
        numbers, chosen = bare_ranges.choose(connection, list(fit))
        if not numbers:
            return {}
        said = ", ".join(map(str, numbers))
        log.info("%d batches are promoted together, building the ranges %s of the kill tables", len(chosen), said)
        bare_ranges.build(connection, numbers, chosen)
        built_in = watch.seconds
        take_turn(connection)
        bare_ranges.lock_entities(connection)
        done = {one: bring_to_core(connection, runtime, fit[one], Stopwatch(), numbers) for one in chosen}
        bare_ranges.catch_up(connection, numbers)
        ranges.tell_counts(connection)
        runtime.record(connection, "promote", {"built_ranges": len(numbers)}, watch)
        attached = bare_ranges.attach(connection, numbers)
    log.info(
        "batches %s promoted: %d killmails new, in %.1f s (%.1f s of them to build ranges, %d of %d attached)",
        ", ".join(map(str, chosen)),
        sum(promoted.inserted for promoted in done.values()),
        watch.seconds,
        built_in,
        len(attached),
        len(numbers),
    )
    bare_ranges.vacuum(runtime.engine, attached)
    _tidy(runtime, [killmail_id for promoted in done.values() for killmail_id in promoted.updated])
    return done


def _fit(connection: Connection, batch_id: int) -> Batch | None:
    """A batch that may be promoted, which is kept from others until the transaction ends; else None."""
    batches.at_work_in_transaction(connection, batch_id)
    batch = batches.lock_batch(connection, batch_id)
    if batch.state != "built" or validation.latest_outcome(connection, batch_id) not in _PASSED:
        return None
    return batch if is_intact(connection, batch_id) else None


def _tidy(runtime: Runtime, revalued: Sequence[int]) -> None:
    """What is left to do after a promotion, for room on disk and for the planner."""
    if len(revalued) >= MANY:
        free_replaced(runtime.engine, revalued)
    ranges.analyze(runtime.engine)


def _promote(
    runtime: Runtime, batch_id: int, within: Callable[[Connection], None] | None, watch: Stopwatch
) -> Promoted | None:
    """The one transaction of a promotion; None where the batch is promoted already."""
    with runtime.engine.begin() as connection:
        batch = batches.lock_batch(connection, batch_id)
        if batch.state == "promoted":
            return None
        _refuse_unless_passed(connection, batch)
        emptied = batches.abandon_if_emptied(connection, batch_id)
        if emptied is None:
            if within is not None:
                within(connection)
            promoted = bring_to_core(connection, runtime, batch, watch)
            ranges.tell_counts(connection)
            return promoted
    raise KillmartError(emptied)


def _refuse_unless_passed(connection: Connection, batch: Batch) -> None:
    if batch.state == "blocked":
        raise KillmartError(
            f"Batch {batch.batch_id} was blocked by the gate, so it is not promoted; its killmails are set aside "
            f"(state 'blocked'), its rows stay in candidate.*_{batch.batch_id} until a person releases or rejects it."
        )
    if batch.state == "rejected":
        raise KillmartError(f"Batch {batch.batch_id} was rejected by a person, so it is not promoted.")
    if batch.state != "built":
        raise KillmartError(
            f"Batch {batch.batch_id} is {batch.state}, so it cannot be promoted; "
            "a new run takes its killmails up again."
        )
    outcome = validation.latest_outcome(connection, batch.batch_id)
    if outcome not in _PASSED:
        raise KillmartError(
            f"Batch {batch.batch_id} has not passed the gate (verdict: {outcome or 'none'}), so it is not promoted; "
            "run its validation first."
        )


def bring_to_core(
    connection: Connection, runtime: Runtime, batch: Batch, watch: Stopwatch, built: Sequence[int] = ()
) -> Promoted:
    """Promote a locked batch inside the caller's transaction, who has made sure that it may be.

    `watch` runs since the promotion began, for the metrics; `built` as in `promote_candidate`.
    """
    batch_id = batch.batch_id
    promoted = promote_candidate(connection, batch_id, built)
    free_overtaken(connection, batch_id)
    staging.mark_promoted(connection, batch_id)
    resolve_quarantine(connection, batch_id)  # after staging, the order in which feeds and builds lock them, too
    written = promoted.inserted + promoted.changed
    batches.finish_batch(connection, batch_id, "promoted", promoted=written, known=promoted.unchanged)
    validation.record_promoted(connection, batch_id, written, batch.known + promoted.unchanged)
    drop_candidate(connection, batch_id)
    counts = {f"{what}_killmails": float(count) for what, count in promoted.counts().items()}
    runtime.record(connection, "promote", counts, watch, batch_id)
    return promoted
