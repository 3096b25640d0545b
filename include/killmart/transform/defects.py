"""What can be wrong with one killmail: the reasons of quality.quarantine."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a killmail may not enter core; the values are `quality.quarantine.reason`."""

    UNREADABLE = "unreadable"
    """Not JSON, or a value that is text, too large or of another kind."""
    MISSING_FIELD = "missing_field"
    """A field that ESI requires is not there."""
    ID_MISMATCH = "id_mismatch"
    """The body is of another killmail than was asked for."""
    HASH_MISMATCH = "hash_mismatch"
    """The hash worked out from the body is not the one that the source gave."""
    NO_ATTACKERS = "no_attackers"
    SEVERAL_FINAL_BLOWS = "several_final_blows"
    NEGATIVE_ID = "negative_id"
    FUTURE_TIME = "future_time"
    """Killed more than ten minutes from now."""
    OUTSIDE_DAY = "outside_day"
    """In a day load: killed on another day."""
    UNSTORABLE = "unstorable"
    """PostgreSQL refuses one of its values (a NUL character, a lone surrogate, a number out of range)."""
    UNREADABLE_PACKAGE = "unreadable_package"
    """What the feed gave names no killmail."""
    REJECTED_BATCH = "rejected_batch"
    """Its batch was blocked by the gate and rejected by a person, or by nobody answering."""


REFETCHABLE = frozenset({Reason.UNREADABLE, Reason.MISSING_FIELD, Reason.ID_MISMATCH, Reason.HASH_MISMATCH})
"""Reasons that speak of a damaged or mixed-up answer rather than of the killmail: asking again may help."""

RELEASABLE = frozenset({Reason.OUTSIDE_DAY, Reason.FUTURE_TIME, Reason.HASH_MISMATCH, Reason.REJECTED_BATCH})
"""Reasons that a person may overrule: the body is a whole killmail. Never the rules of its structure."""


class Defect(Exception):
    """One killmail breaks one rule; `detail` says how, for a person."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
