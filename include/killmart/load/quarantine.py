"""Quarantine: a person retries, releases or discards killmails that may not enter core as they are; also reads them.

Every action is one transaction (a release: one for the batch, one for its promotion) that locks the entry, so of two
people at once the second one learns what the first one did. Every action is kept in quality.actions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from killmart.db import quarantine
from killmart.db.actions import Act, Action, actions_of_entry, actor_of, note_of, record_actions, storable_note
from killmart.db.locks import undeadlocked
from killmart.db.promotion import Promoted
from killmart.db.quarantine import Entry, StoredEntry
from killmart.errors import GateBlocked, KillmartError
from killmart.load.batch import Loaded, alone, new_batch, passes
from killmart.load.build import MAX_REFETCHES, Built
from killmart.load.promote import promote
from killmart.model.ref import Arrival
from killmart.runtime import Runtime
from killmart.transform.defects import RELEASABLE, Reason

log = logging.getLogger(__name__)

MOST_ENTRIES = 1000
"""Entries that one transaction deals with."""


@dataclass
class Worked:
    """What became of entries: those that were dealt with, and why others were not, by their numbers."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReasonCount:
    """How many killmails wait in quarantine for one reason, and whether a person may release them."""

    reason: str
    killmails: int
    is_releasable: bool


@dataclass(frozen=True)
class EntryDetail:
    """One entry whole: body as received, staging's state and zkb block, what was done, other times in quarantine."""

    entry: Entry
    body: bytes | None
    zkb: str | None
    staging_state: str | None
    is_releasable: bool
    actions: list[Action] = field(default_factory=list)
    others: list[Entry] = field(default_factory=list)


def retry(runtime: Runtime, ids: Sequence[int], by: str, note: str = "") -> Worked:
    """Give killmails back to staging: the next run builds them from the body that was kept, or fetches it again.

    All their chances are given back too, so a body that still fails its identity checks is asked of ESI again. What
    breaks a rule again comes back to quarantine as a new entry. Discarded entries can be retried, too. Refused are
    entries that name no killmail or no hash, and those that were dealt with.
    """

    def check(entry: Any) -> str | None:
        if entry.resolved_at is not None and entry.resolution != "discarded":
            return _dealt_with(entry)
        if entry.killmail_id is None:
            return f"Entry {entry.quarantine_id} names no killmail, so nothing can be built or asked for; discard it."
        if entry.known_hash is None:
            return (
                f"Nobody knows the hash of killmail {entry.killmail_id} (entry {entry.quarantine_id}), without which "
                "ESI gives nothing; its day's run finds it once a list names it."
            )
        return None

    return _work(runtime, ids, Act(actor_of(by), "retry", storable_note(note)), check, quarantine.give_back)


def discard(runtime: Runtime, ids: Sequence[int], by: str, reason: str) -> Worked:
    """Close entries for good, with the reason on record: coverage counts their killmails as accounted for.

    The same body does not come back to quarantine; another body or hash is a new chance. Refused are entries that were
    dealt with. Raises KillmartError where no reason is given.
    """

    def check(entry: Any) -> str | None:
        return _dealt_with(entry) if entry.resolved_at is not None else None

    words = note_of(reason, "To discard killmails")
    return _work(runtime, ids, Act(actor_of(by), "discard", words), check, lambda connection, ids: None)


_RESOLUTIONS = {"retry": "retried", "discard": "discarded", "release": "released"}


def _work(
    runtime: Runtime,
    ids: Sequence[int],
    act: Act,
    check: Callable[[Any], str | None],
    work: Callable[[Connection, Sequence[int]], None],
) -> Worked:
    """Do `act` on the entries that `check` finds nothing against, a transaction for each thousand."""
    worked = Worked()
    unique = sorted(set(ids))
    for at in range(0, len(unique), MOST_ENTRIES):
        some = unique[at : at + MOST_ENTRIES]
        done, refused = undeadlocked(_work_some, runtime, some, act, check, work)
        worked.done += done
        worked.refused |= refused
    log.info("%d entries %s by %s, %d not", len(worked.done), _RESOLUTIONS[act.action], act.actor, len(worked.refused))
    return worked


def _work_some(
    runtime: Runtime,
    ids: Sequence[int],
    act: Act,
    check: Callable[[Any], str | None],
    work: Callable[[Connection, Sequence[int]], None],
) -> tuple[list[int], dict[int, str]]:
    with runtime.engine.begin() as connection:
        found = quarantine.lock_entries(connection, ids)
        refused = {one: _no_such(one) for one in ids if one not in found}
        refused |= {one: said for one, entry in found.items() if (said := check(entry)) is not None}
        done = [one for one in ids if one not in refused]
        work(connection, done)
        quarantine.close_entries(connection, done, _RESOLUTIONS[act.action], act.actor)
        record_actions(
            connection, [replace(act, quarantine_id=one, killmail_id=found[one].killmail_id) for one in done]
        )
    return done, refused


def release(runtime: Runtime, quarantine_id: int, by: str, note: str) -> Promoted:
    """Bring one killmail to core although it broke a rule, because `by` vouches for it; the note says why.

    Only that rule is waived, and only one of RELEASABLE: a body that is not a whole killmail cannot be vouched for.
    The killmail is a batch of its own that passes through the one gate like any other. Raises KillmartError where the
    entry cannot be released, with the entry as it was; GateBlocked where the gate blocks the batch, which then waits
    for `release_batch` or `reject_batch` with the entry still open.
    """
    actor, words = actor_of(by), note_of(note, f"To release entry {quarantine_id}")
    owner = f"{runtime.owner} quarantine {quarantine_id}"
    with alone(runtime, owner):
        built, loaded = undeadlocked(_build_released, runtime, owner, quarantine_id), Loaded()
        if not passes(runtime, built, loaded):
            raise GateBlocked("; ".join(loaded.blocked))
        act = Act(actor, "release", words, built.batch_id, quarantine_id)
        promoted = promote(runtime, built.batch_id, _closing(act))
    log.info("entry %d was released by %s with batch %d", quarantine_id, actor, built.batch_id)
    return promoted


def _closing(act: Act) -> Callable[[Connection], None]:
    """What closes the entry in the transaction that promotes its killmail, as long as it is still open."""

    def close(connection: Connection) -> None:
        quarantine_id = act.quarantine_id or 0
        entry = quarantine.lock_entries(connection, [quarantine_id])[quarantine_id]
        if entry.resolved_at is not None:
            raise KillmartError(_dealt_with(entry))
        quarantine.close_entries(connection, [quarantine_id], "released", act.actor)
        record_actions(connection, [replace(act, killmail_id=entry.killmail_id)])

    return close


def _build_released(runtime: Runtime, owner: str, quarantine_id: int) -> Built:
    """Build the batch of one entry, with the rule waived for which it is in quarantine."""
    with runtime.engine.connect() as connection:
        arrival, reason = _releasable(quarantine.find_entry(connection, quarantine_id), quarantine_id)
    with new_batch(runtime, owner, "quarantine", waived=frozenset({reason})) as batch:
        for _, defect in batch.add([arrival]):
            raise KillmartError(
                f"Killmail {arrival.killmail_id} cannot be released: besides {reason} it breaks another rule: "
                f"{defect.reason}: {defect.detail}. "
                f"Entry {quarantine_id} stays as it is; retry it after a fix, or discard it."
            )
    return batch.built


def _releasable(stored: StoredEntry | None, quarantine_id: int) -> tuple[Arrival, Reason]:
    """The killmail of an entry and the rule to be waived. Raises KillmartError where it cannot be released."""
    if stored is None:
        raise KillmartError(_no_such(quarantine_id))
    entry = stored.entry
    if entry.resolved_at is not None:
        raise KillmartError(_dealt_with(entry))
    if entry.reason not in RELEASABLE:
        raise KillmartError(
            f"Entry {quarantine_id} cannot be released: {entry.reason} is about what the killmail is made of, which "
            f"nobody can vouch for ({entry.detail}). Retry it after a fix, or discard it."
        )
    if entry.killmail_id is None or entry.killmail_hash is None or stored.body is None:
        raise KillmartError(
            f"Entry {quarantine_id} cannot be released: its body was not kept here. Retry it, then ESI is asked for it."
        )
    zkb = None if stored.zkb is None else stored.zkb.encode()
    arrival = Arrival(
        entry.killmail_id, entry.killmail_hash, stored.body, zkb, entry.feed, known=False, refetches=MAX_REFETCHES
    )
    return arrival, Reason(entry.reason)


def reasons(runtime: Runtime) -> list[ReasonCount]:
    """How many killmails wait in quarantine for each reason, the most frequent first."""
    with runtime.engine.connect() as connection:
        counts = quarantine.count_reasons(connection)
    return [ReasonCount(reason, count, reason in RELEASABLE) for reason, count in counts.items()]


def entries(
    runtime: Runtime,
    reason: str | None = None,
    before: int | None = None,
    limit: int = 50,
    *,
    is_resolved: bool = False,
) -> list[Entry]:
    """A page of open entries (or resolved ones), the latest first; `before` is the last number of the page before."""
    with runtime.engine.connect() as connection:
        return quarantine.entries(connection, reason, before, limit, is_resolved=is_resolved)


def entry_of(runtime: Runtime, quarantine_id: int) -> EntryDetail:
    """One entry with its body and its history. Raises KillmartError where there is no such entry."""
    with runtime.engine.connect() as connection:
        stored = quarantine.find_entry(connection, quarantine_id)
        if stored is None:
            raise KillmartError(_no_such(quarantine_id))
        entry, others = stored.entry, []
        if entry.killmail_id is not None:
            others = quarantine.entries_of_killmail(connection, entry.killmail_id)
        return EntryDetail(
            entry=entry,
            body=stored.body,
            zkb=stored.zkb,
            staging_state=stored.staging_state,
            is_releasable=entry.resolved_at is None and entry.reason in RELEASABLE and stored.body is not None,
            actions=actions_of_entry(connection, quarantine_id),
            others=[other for other in others if other.quarantine_id != quarantine_id],
        )


def open_ids(runtime: Runtime, batch_id: int | None = None, reason: str | None = None) -> Iterator[list[int]]:
    """Numbers of all open entries of a batch or a reason, in pages; for working many at once."""
    after = 0
    while True:
        with runtime.engine.connect() as connection:
            page = quarantine.open_ids(connection, batch_id, reason, after, MOST_ENTRIES)
        if not page:
            return
        yield page
        after = page[-1]


def _no_such(quarantine_id: int) -> str:
    return f"There is no entry {quarantine_id} in quarantine; `python -m killmart quarantine list` shows what there is."


def _dealt_with(entry: Any) -> str:
    return (
        f"Entry {entry.quarantine_id} was dealt with already: {entry.resolution} by {entry.resolved_by} at "
        f"{entry.resolved_at:%Y-%m-%d %H:%M:%S %Z}."
    )
