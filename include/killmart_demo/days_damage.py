"""What is done to the killmails of a day before they are published; the same ones are struck for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from killmart.model.killmail import CCP_VERIFIED, Killmail, hash_of
from killmart_demo.faults import draw

_ENCODER = msgspec.json.Encoder()
_KILLMAIL = msgspec.json.Decoder(Killmail)


class DayMember(NamedTuple):
    """One killmail in the files of a day."""

    killmail_id: int
    killmail_hash: str
    body: bytes
    is_readable: bool = True
    """Whether the body is an object that keys can be added to."""


class Damaged(NamedTuple):
    """What there is to publish, and which killmail each damage struck."""

    entries: list[DayMember]
    struck: dict[str, int]


def damaged_members(entries: Sequence[DayMember], names: frozenset[str], day: date, seed: int) -> Damaged:
    """The killmails of a day with every `member_` damage of `names` done to another one of them.

    `member_of_day_before` is not done here; it takes the other day.
    """
    found = list(entries)
    struck: dict[str, int] = {}
    for name in sorted(names & _MEMBERS.keys()):
        at = _victim(found, set(struck.values()), name, day, seed)
        if at is not None:
            struck[name] = found[at].killmail_id
            found[at : at + 1] = _MEMBERS[name](found[at], day)
    return Damaged(found, struck)


def damaged_list(hashes: dict[int, str], names: frozenset[str], day: date, seed: int) -> tuple[dict[str, str], Any]:
    """The list of a day as it goes out, with every `list_` damage of an entry, and which kill each struck."""
    told = {str(killmail_id): killmail_hash for killmail_id, killmail_hash in hashes.items()}
    struck: dict[str, int] = {}
    entries = [DayMember(killmail_id, killmail_hash, b"") for killmail_id, killmail_hash in hashes.items()]
    for name in sorted(names & _HASHES.keys()):
        at = _victim(entries, set(struck.values()), name, day, seed)
        if at is not None:
            entry = entries[at]
            struck[name] = entry.killmail_id
            told[str(entry.killmail_id)] = _HASHES[name](entry.killmail_hash, entries[at - 1].killmail_hash)
    if "list_bad_ids" in names:
        told |= {"0": "0" * 40, "-7": "7" * 40}
    return told, struck


def without(ids: Sequence[int], count: int, seed: int) -> set[int]:
    """So many ids of those, drawn."""
    return set(sorted(ids, key=lambda killmail_id: draw(seed, "short", killmail_id))[:count])


def _victim(entries: Sequence[DayMember], taken: set[int], name: str, day: date, seed: int) -> int | None:
    """Where the killmail is that this damage strikes: none that was struck already; None where all were."""
    start = int(draw(seed, name, day) * len(entries))
    order = (*range(start, len(entries)), *range(start))
    return next((at for at in order if entries[at].killmail_id not in taken), None)


Change = Callable[[dict[str, Any]], None]


def _bent(change: Change) -> Callable[[DayMember, date], list[DayMember]]:
    """A damage that changes the body and leaves the hash."""

    def bend(entry: DayMember, day: date) -> list[DayMember]:
        body = msgspec.json.decode(entry.body)
        change(body)
        return [entry._replace(body=_ENCODER.encode(body))]

    return bend


def _not_json(entry: DayMember, day: date) -> list[DayMember]:
    return [entry._replace(body=b"<html>Too many requests</html>", is_readable=False)]


def _overflow(entry: DayMember, day: date) -> list[DayMember]:
    body = msgspec.json.decode(entry.body)
    body["victim"]["damage_taken"] = msgspec.Raw(b"99999999999999999999")
    return [entry._replace(body=_ENCODER.encode(body))]


def _time_outside(entry: DayMember, day: date) -> list[DayMember]:
    body = msgspec.json.decode(entry.body)
    body["killmail_time"] = f"{day + timedelta(days=1)}T12:00:00Z"
    text = _ENCODER.encode(body)
    return [entry._replace(body=text, killmail_hash=hash_of(_KILLMAIL.decode(text)))]


def _negative_id(entry: DayMember, day: date) -> list[DayMember]:
    body = msgspec.json.decode(entry.body)
    body["killmail_id"] = -entry.killmail_id
    return [entry._replace(killmail_id=-entry.killmail_id, body=_ENCODER.encode(body))]


def _two_final_blows(body: dict[str, Any]) -> None:
    first = next(attacker for attacker in body["attackers"] if attacker["final_blow"])
    body["attackers"].append({**first, "damage_done": 1})


def _republished(body: dict[str, Any]) -> None:
    body["attackers"].append(
        {"damage_done": 7, "final_blow": False, "security_status": 0.5, "character_id": 90_000_001}
    )
    items = body["victim"].setdefault("items", [])
    items.append({"flag": 5, "item_type_id": 34, "quantity_dropped": 1_000, "singleton": 0})


def _text_value(body: dict[str, Any]) -> None:
    body["victim"]["damage_taken"] = "a lot"


_MEMBERS: dict[str, Callable[[DayMember, date], list[DayMember]]] = {
    "member_not_json": _not_json,
    "member_without_id": _bent(lambda body: body.pop("killmail_id")),
    "member_without_time": _bent(lambda body: body.pop("killmail_time")),
    "member_text_value": _bent(_text_value),
    "member_overflow": _overflow,
    "member_two_final_blows": _bent(_two_final_blows),
    "member_no_attackers": _bent(lambda body: body["attackers"].clear()),
    "member_time_outside": _time_outside,
    "member_negative_id": _negative_id,
    "member_twice": lambda entry, day: [entry, entry],
    "member_republished": _bent(_republished),
}
_HASHES: dict[str, Callable[[str, str], str]] = {
    "list_verified": lambda own, other: CCP_VERIFIED,
    "list_padded": lambda own, other: f"  {own} ",
    "list_no_hash": lambda own, other: "",
    "list_not_hex": lambda own, other: "not a hash, " + own[:20],
    "list_wrong_hash": lambda own, other: other,
}
