"""Makes sense of what the older service kept of a killmail: its hash, its time, its zkb block; and says what is wrong.

The body is not put together from the old rows: only ESI and the archives have all of it (docs/adr/0008).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from killmart.legacy.model import OldKill, OldRow, OldVictim
from killmart.model.killmail import CCP_VERIFIED, killmail_hash
from killmart.transform.zkb import MAX_ISK

FLAGS = ("npc", "solo", "awox")
_VOUCHING = frozenset((*FLAGS, "pvp"))
"""Labels that say of a killmail what it is: where one of them is there, the flags follow from the labels."""
_HASH = re.compile(r"[0-9a-f]{40}")
_MAX_ID = 2**63 - 1
_MAX_POINTS = 2**31 - 1
_TRUE, _FALSE = ("t", "true", "1", "yes"), ("f", "false", "0", "no")


class Trouble(StrEnum):
    """What can be wrong with old rows; a killmail is taken all the same, without the part that is bad."""

    HASH_UNREADABLE = "hash_unreadable"
    HASHES_CONTRADICT = "hashes_contradict"
    TIME_UNREADABLE = "time_unreadable"
    TIMES_CONTRADICT = "times_contradict"
    TIME_OF_IMPORT = "time_of_import"
    VALUE_UNREADABLE = "value_unreadable"
    VALUE_UNVOUCHED = "value_unvouched"
    POINTS_UNREADABLE = "points_unreadable"
    LABELS_UNREADABLE = "labels_unreadable"
    FLAGS_CONTRADICT = "flags_contradict"
    FLAGS_UNVOUCHED = "flags_unvouched"


@dataclass(slots=True)
class Understood:
    """What can be used of one old killmail."""

    killmail_id: int | None
    """None where the old rows have no id that a killmail can have."""
    killmail_hash: str | None = None
    is_worked_out: bool = False
    """Whether the hash was not written down but follows from victim, final blow, ship and time."""
    killed_at: datetime | None = None
    zkb: dict[str, Any] = field(default_factory=dict)
    """What is known of zKillboard's block; empty where nothing is."""
    troubles: set[Trouble] = field(default_factory=set)


def understand(old: OldKill) -> Understood:
    """Read the rows of one killmail; what cannot be read is left out and reported."""
    known = Understood(old.killmail_id if old.killmail_id is not None and 0 < old.killmail_id <= _MAX_ID else None)
    times = _times(old.rows, known)
    known.killed_at = min(times, default=None)
    _find_hash(old, times, known)
    _fill_zkb(old.rows, known)
    return known


def _times(rows: Iterable[OldRow], known: Understood) -> set[datetime]:
    times = set()
    for row in rows:
        if row.kill_time is None:
            continue
        try:
            time = datetime.fromisoformat(row.kill_time.strip())
            # Prisma writes UTC without saying so
            time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            known.troubles.add(Trouble.TIME_UNREADABLE)
            continue
        if row.is_loss and (time.microsecond or (row.ship_type_id or "").strip() == "0"):
            # a killmail's time has whole seconds, and who did not know the ship had not seen the killmail
            known.troubles.add(Trouble.TIME_OF_IMPORT)
        else:
            times.add(time.replace(microsecond=0))
    if len(times) > 1:
        known.troubles.add(Trouble.TIMES_CONTRADICT)
    return times


def _find_hash(old: OldKill, times: set[datetime], known: Understood) -> None:
    """The hash that is written down; else, or where two are, the one that the rows give."""
    written = set()
    for text in {row.killmail_hash for row in old.rows if row.killmail_hash is not None}:
        if text.strip() == CCP_VERIFIED:
            written.add(CCP_VERIFIED)
        elif _HASH.fullmatch(text.strip().lower()):
            written.add(text.strip().lower())
        elif text.strip():
            known.troubles.add(Trouble.HASH_UNREADABLE)
    if len(written) == 1:
        known.killmail_hash = written.pop()
        return
    worked_out = _worked_out(old, times)
    if len(written) > 1:
        known.troubles.add(Trouble.HASHES_CONTRADICT)
        worked_out = worked_out if worked_out in written else None
    known.killmail_hash, known.is_worked_out = worked_out, worked_out is not None


def _worked_out(old: OldKill, times: set[datetime]) -> str | None:
    """The hash by victim, ship, final blow and time; None where one of them is missing or there are two of it.

    A wrong guess does no harm: ESI refuses it, and the transform works it out again from the body.
    """
    victims = {(row.character_id, row.ship_type_id) for row in old.victims or _lost(old.rows)}
    if len(times) != 1 or len(victims) != 1 or len(old.finishers) != 1:
        return None
    character, ship = victims.pop()
    try:
        ship_id = _id(ship) or next((found for row in old.rows if (found := _id(row.ship_type_id))), None)
        if ship_id is None:
            return None
        return killmail_hash(_id(character), _id(old.finishers[0]), ship_id, next(iter(times)))
    except ValueError:
        return None


def _lost(rows: Iterable[OldRow]) -> list[OldVictim]:
    """The victims by the rows of losses, whose character is who lost the ship."""
    return [OldVictim(row.killmail_id or 0, row.character_id, row.ship_type_id) for row in rows if row.is_loss]


def _id(text: str | None) -> int | None:
    """An id; 0 and nothing are none. Raises ValueError where it is no number."""
    return (int(text) if text and text.strip() else 0) or None


def _fill_zkb(rows: list[OldRow], known: Understood) -> None:
    """Put together zKillboard's block; a value or points of 0 are the old service's way to say that it did not know.

    A value counts where its own row has points or labels, which came with it from zKillboard. Without that block the
    service wrote 1,000,000, or how many items there were.
    """
    parts = [(_isk(row.total_value, known), _points(row.points, known), _labels(row.labels, known)) for row in rows]
    value = max((isk for isk, *vouching in parts if any(vouching)), default=Decimal(0))
    points = max((points for _, points, _ in parts), default=0)
    labels = max((labels for _, _, labels in parts), key=len, default=[])
    if any(isk > 0 for isk, *vouching in parts if not any(vouching)):
        known.troubles.add(Trouble.VALUE_UNVOUCHED)
    if value > 0:
        known.zkb["totalValue"] = int(value) if value == value.to_integral_value() else float(value)
    if points > 0:
        known.zkb["points"] = points
    if labels:
        known.zkb["labels"] = labels
    _fill_flags(rows, labels, known)


def _isk(text: str | None, known: Understood) -> Decimal:
    if text is None or not text.strip():
        return Decimal(0)
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < MAX_ISK:
        known.troubles.add(Trouble.VALUE_UNREADABLE)
        return Decimal(0)
    return value


def _points(text: str | None, known: Understood) -> int:
    if text is None or not text.strip():
        return 0
    try:
        points = Decimal(text.strip())
        if 0 <= points <= _MAX_POINTS and points == points.to_integral_value():
            return int(points)
    except InvalidOperation:
        pass
    known.troubles.add(Trouble.POINTS_UNREADABLE)
    return 0


def _labels(text: str | None, known: Understood) -> list[str]:
    """Labels as JSON; as words with commas between them, which is how an array looks that was written as text."""
    if text is None or not text.strip():
        return []
    try:
        labels = json.loads(text) or []
    except (ValueError, RecursionError):
        labels = [one.strip(' "') for one in text.strip("{} ").split(",")]
        if any(len(one.split()) > 1 for one in labels):
            labels = None
    if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
        known.troubles.add(Trouble.LABELS_UNREADABLE)
        return []
    return [one for one in dict.fromkeys(labels) if one]


def _fill_flags(rows: list[OldRow], labels: list[str], known: Understood) -> None:
    """The flags as the labels have them; the old columns do not count, since the service wrote guesses into them."""
    written = {name: _flags(rows, name) for name in FLAGS}
    if not _VOUCHING & set(labels):
        if any(written.values()):
            known.troubles.add(Trouble.FLAGS_UNVOUCHED)
        return
    for name in FLAGS:
        known.zkb[name] = name in labels
        if written[name] - {known.zkb[name]}:
            known.troubles.add(Trouble.FLAGS_CONTRADICT)


def _flags(rows: list[OldRow], name: str) -> set[bool]:
    """What an old column of flags says: nothing, one thing, or in several rows both."""
    texts = {(getattr(row, name) or "").strip().lower() for row in rows}
    return {text in _TRUE for text in texts if text in (*_TRUE, *_FALSE)}
