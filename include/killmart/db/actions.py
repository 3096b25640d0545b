"""The record of what people did with blocked batches and with killmails in quarantine: quality.actions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from killmart.db.sql import sql
from killmart.errors import KillmartError

MAX_NAME = 200
MAX_NOTE = 2000
_SHOWN = 200


@dataclass(frozen=True)
class Action:
    """One row of quality.actions."""

    action_id: int
    at: datetime
    actor: str
    action: str
    batch_id: int | None
    quarantine_id: int | None
    killmail_id: int | None
    note: str


@dataclass(frozen=True)
class Act:
    """What is to be recorded: who did what, to which batch or entry, and why."""

    actor: str
    action: str
    note: str = ""
    batch_id: int | None = None
    quarantine_id: int | None = None
    killmail_id: int | None = None


def record_actions(connection: Connection, acts: Sequence[Act]) -> None:
    """Record actions in the transaction that does them."""
    if acts:
        connection.execute(sql("quality/insert_action"), [asdict(act) for act in acts])


def actions_of_batch(connection: Connection, batch_id: int) -> list[Action]:
    """What people did with a batch, the latest first; 200 at most."""
    return _actions(connection, batch_id=batch_id)


def actions_of_entry(connection: Connection, quarantine_id: int) -> list[Action]:
    """What people did with an entry in quarantine, the latest first; 200 at most."""
    return _actions(connection, quarantine_id=quarantine_id)


def _actions(connection: Connection, batch_id: int | None = None, quarantine_id: int | None = None) -> list[Action]:
    parameters = {"batch_id": batch_id, "quarantine_id": quarantine_id, "limit": _SHOWN}
    return [Action(**row._mapping) for row in connection.execute(sql("quality/select_actions"), parameters)]


def storable_note(text: str) -> str:
    """A person's words as PostgreSQL can hold them: no NUL characters or lone surrogates, `MAX_NOTE` characters."""
    clean = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode().strip()
    return clean if len(clean) <= MAX_NOTE else f"{clean[: MAX_NOTE - 8]} … (cut)"


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
