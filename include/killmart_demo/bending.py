"""Changes to an answer on its way out: each takes the answer and gives the changed one, or None where it cannot."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

import msgspec

from killmart_demo.answers import WireAnswer
from killmart_demo.faults import FILE, KILLMAIL, OBJECT, SEQUENCE

_BODY_AT: dict[str, tuple[str, ...]] = {KILLMAIL: (), FILE: ("esi",), OBJECT: ("package", "killmail")}
"""Where an answer of this route carries the killmail's body."""
_STALE_NUMBERS = 100
_REMEMBERED_PATHS = 2_000
_REMEMBERED_BYTES = 2**20


def truncated(answer: WireAnswer, share: float) -> WireAnswer | None:
    """The first part of a JSON answer, at most all but one byte of it."""
    if answer.status != 200 or len(answer.body) < 2:
        return None
    return answer.with_body(answer.body[: 1 + int(share * (len(answer.body) - 1))])


def wrong_body(answer: WireAnswer, route: str, other: bytes) -> WireAnswer | None:
    """The answer with the body of another killmail."""
    found = _open(answer, route)
    if found is None:
        return None
    root, holder, key = found
    holder[key] = msgspec.Raw(other)
    return answer.with_body(msgspec.json.encode(root["root"]))


def altered(answer: WireAnswer, route: str, share: float) -> WireAnswer | None:
    """The answer with a body that its hash does not fit: another ship, time or victim, as `share` (0 to 1) falls."""
    found = _open(answer, route)
    if found is None:
        return None
    root, holder, key = found
    killmail = holder[key]
    victim = killmail["victim"]
    if share < 1 / 3:
        victim["ship_type_id"] += 1
    elif share < 2 / 3:
        later = datetime.fromisoformat(killmail["killmail_time"]) + timedelta(seconds=1)
        killmail["killmail_time"] = later.strftime("%Y-%m-%dT%H:%M:%SZ")
    else:
        victim["character_id"] = victim.get("character_id", 90_000_000) + 1
    return answer.with_body(msgspec.json.encode(root["root"]))


def string_id(answer: WireAnswer, route: str) -> WireAnswer | None:
    """The answer with the killmail id as text."""
    holder, document = _top(answer, route)
    key = "killID" if route == OBJECT else "killmail_id"
    if holder is None or key not in holder:
        return None
    holder[key] = str(holder[key])
    return answer.with_body(msgspec.json.encode(document))


def no_zkb(answer: WireAnswer, route: str) -> WireAnswer | None:
    """The answer without its zkb block."""
    holder, document = _top(answer, route)
    if holder is None or holder.pop("zkb", None) is None:
        return None
    return answer.with_body(msgspec.json.encode(document))


def stale_sequence(answer: WireAnswer, route: str, share: float) -> WireAnswer | None:
    """sequence.json as it was up to a hundred numbers ago."""
    if answer.status != 200 or route != SEQUENCE:
        return None
    newest = msgspec.json.decode(answer.body)["sequence"]
    return answer.with_body(msgspec.json.encode({"sequence": max(0, newest - 1 - int(share * _STALE_NUMBERS))}))


class Memory:
    """What was answered on a path before its answer became another one."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[WireAnswer | None, WireAnswer]] = OrderedDict()

    def note(self, path: str, answer: WireAnswer) -> None:
        """Remember the true answer of a path, unless it is a large one."""
        if len(answer.body) > _REMEMBERED_BYTES:
            return
        older, latest = self._kept.pop(path, (None, answer))
        if (latest.status, latest.body) != (answer.status, answer.body):
            older = latest
        self._kept[path] = (older, answer)
        if len(self._kept) > _REMEMBERED_PATHS:
            self._kept.popitem(last=False)

    def older(self, path: str) -> WireAnswer | None:
        """The answer before the latest one, if there ever was another."""
        return self._kept[path][0] if path in self._kept else None


def _open(answer: WireAnswer, route: str) -> tuple[dict[str, Any], dict[str, Any], str] | None:
    """({"root": document}, the object that holds the body, its key in there)."""
    if answer.status != 200 or route not in _BODY_AT:
        return None
    root: dict[str, Any] = {"root": msgspec.json.decode(answer.body)}
    holder, key = root, "root"
    for step in _BODY_AT[route]:
        holder, key = holder[key], step
        if not isinstance(holder, dict) or holder.get(key) is None:
            return None
    return root, holder, key


def _top(answer: WireAnswer, route: str) -> tuple[dict[str, Any] | None, Any]:
    """(the object with id and zkb, the whole document)."""
    if answer.status != 200:
        return None, None
    document = msgspec.json.decode(answer.body)
    return (document.get("package") if route == OBJECT else document), document
