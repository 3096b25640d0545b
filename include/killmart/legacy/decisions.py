"""Decides, killmail by killmail, what an import from the older service brings to the warehouse."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from killmart.legacy.model import OldKill
from killmart.legacy.reading import Understood
from killmart.legacy.report import HASH_REFUSED, NO_ID, NO_KILL_ROW, NOWHERE_TO_LOOK
from killmart.load.day_plan import FIRST_DAY
from killmart.model.ref import Ref

Fate = Literal["staged", "valued", "known", "without_hash", "not_in_day", "refused"]

_OPEN_TO_ZKB = ("pending", "fetched", "gone")
"""States of staging in which a row that has no zkb block may get one."""
_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one old killmail."""

    outcome: Fate
    ref: Ref | None = None
    """What is staged, where something is."""
    refusal: str = ""
    has_other_hash: bool = False
    """Whether the warehouse knows it by another hash than the old rows give."""


def decide(kill: Understood, old: OldKill, known: Any | None, complete: Collection[date]) -> Decision:
    """Compare one killmail with what the warehouse knows of it, a row of `db.legacy.known_killmails` or None.

    `complete` are days that the warehouse has whole: what is not known of these, no source names.
    """
    if kill.killmail_id is None:
        return Decision("refused", refusal=NO_ID)
    if known is not None and known.core_hash is not None:
        return _for_core(kill.killmail_id, kill, known)
    if known is not None and known.staged_hash is not None:
        return _for_staging(kill.killmail_id, kill, known, complete)
    if kill.killmail_hash is not None:
        return Decision("staged", _ref(kill.killmail_id, kill.killmail_hash, kill.zkb))
    if known is not None and day_of(kill) in complete:
        return Decision("known")  # its day brought it, into quarantine
    return _by_its_day(kill, complete, NOWHERE_TO_LOOK if old.rows else NO_KILL_ROW)


def day_of(kill: Understood) -> date | None:
    """The UTC day of the kill, by which lists and archives are kept; None where it can be none."""
    if kill.killed_at is None:
        return None
    is_possible = kill.killed_at.date() >= FIRST_DAY and kill.killed_at <= datetime.now(UTC) + _TOLERANCE
    return kill.killed_at.date() if is_possible else None


def _by_its_day(kill: Understood, complete: Collection[date], refusal: str) -> Decision:
    """What has no hash to ask by: its day has it, or does not; `refusal` is why where that is not known either."""
    day = day_of(kill)
    if day is None:
        return Decision("refused", refusal=refusal)
    return Decision("not_in_day" if day in complete else "without_hash")


def _for_core(killmail_id: int, kill: Understood, known: Any) -> Decision:
    """Core has it: only what zKillboard's block could add is brought, under core's hash, which was checked."""
    differs = kill.killmail_hash not in (None, known.core_hash)
    lacking = {name: value for name, value in kill.zkb.items() if name in known.lacking}
    if known.staged_hash is None:
        is_free = True
    elif known.staged_hash == known.core_hash:
        is_free = not known.has_zkb and known.state in (*_OPEN_TO_ZKB, "promoted")
    else:
        is_free = known.state == "gone"  # staged by a hash that nobody knows; core has the right one
    if not lacking or not is_free:
        return Decision("known", has_other_hash=differs)
    return Decision("valued", _ref(killmail_id, known.core_hash, lacking), has_other_hash=differs)


def _for_staging(killmail_id: int, kill: Understood, known: Any, complete: Collection[date]) -> Decision:
    """Staging has it: a hash that leads nowhere gives way to ours, else only a missing zkb block is added.

    Where ours is the one that leads nowhere, worked out of wrong rows maybe, the day may have the right one.
    """
    differs = kill.killmail_hash not in (None, known.staged_hash)
    if known.state == "gone":
        if differs:
            return Decision("staged", _ref(killmail_id, str(kill.killmail_hash), kill.zkb))
        return _by_its_day(kill, complete, HASH_REFUSED)
    if kill.zkb and not known.has_zkb and known.state in _OPEN_TO_ZKB:
        return Decision("valued", _ref(killmail_id, known.staged_hash, kill.zkb), has_other_hash=differs)
    return Decision("known", has_other_hash=differs)


def _ref(killmail_id: int, killmail_hash: str, zkb: dict[str, Any]) -> Ref:
    return Ref(killmail_id, killmail_hash, json.dumps(zkb).encode() if zkb else None)
