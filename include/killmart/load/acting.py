"""Who acts and why, as every decision of a person has to say it."""

from __future__ import annotations

from killmart.db.actions import storable_note
from killmart.errors import KillmartError

MAX_NAME = 200


def actor_of(by: str) -> str:
    """The name under which an action is recorded. Raises KillmartError where there is none."""
    actor = storable_note(by)[:MAX_NAME]
    if not actor:
        raise KillmartError("Nobody is named as acting here, so nothing was done; say who you are.")
    return actor


def note_of(note: str, doing: str) -> str:
    """The note of an action that needs one, such as `To release batch 42`. Raises KillmartError where it is empty."""
    words = storable_note(note)
    if not words:
        raise KillmartError(f"{doing} a note has to say why; nothing was changed.")
    return words
