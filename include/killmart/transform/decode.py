"""Turns the bytes of one killmail into a typed, checked killmail, or says what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from killmart.model.killmail import CCP_VERIFIED, Attacker, Item, Killmail, Position, Victim, hash_of
from killmart.transform.defects import Defect, Reason

FUTURE_TOLERANCE = timedelta(minutes=10)
_decode_killmail = msgspec.json.Decoder(Killmail).decode
_decode_items = msgspec.json.Decoder(list[Item] | None).decode

_CURABLE = re.compile(r"unknown field `|got `null`")


class Decoded(NamedTuple):
    """A killmail that passed every row rule."""

    killmail: Killmail
    items: list[Item]
    unknown_fields: frozenset[str]
    """Paths of fields that ESI never sent before, such as `victim.insurance`."""


def decode(body: bytes, killmail_id: int, killmail_hash: str, now: datetime, waived: Container[Reason] = ()) -> Decoded:
    """Decode and check one body against the ref that asked for it (design: "What blocks and what warns").

    `waived` are rules that a person has overruled for it, some of RELEASABLE. Raises Defect with the first rule that it
    breaks.
    """
    killmail, items, unknown = _decode_body(body)
    if killmail.killmail_time.tzinfo is None:
        killmail.killmail_time = killmail.killmail_time.replace(tzinfo=UTC)
    _check_identity(killmail, killmail_id, killmail_hash, waived)
    if not killmail.attackers:
        raise Defect(Reason.NO_ATTACKERS, "the list of attackers is empty")
    final_blows = sum(attacker.final_blow for attacker in killmail.attackers)
    if final_blows > 1:
        raise Defect(Reason.SEVERAL_FINAL_BLOWS, f"{final_blows} attackers struck the final blow")
    if killmail.killmail_time > now + FUTURE_TOLERANCE and Reason.FUTURE_TIME not in waived:
        raise Defect(Reason.FUTURE_TIME, f"killed at {killmail.killmail_time:%Y-%m-%d %H:%M:%S}, which is yet to come")
    return Decoded(killmail, items, unknown)


def _decode_body(body: bytes) -> tuple[Killmail, list[Item], frozenset[str]]:
    unknown: frozenset[str] = frozenset()
    try:
        killmail = _unless_curable(_decode_killmail, body)
        if killmail is None:
            body, unknown = reduced_to_known_fields(body)
            killmail = _decode_killmail(body)
        items, unknown_in_items = decode_items(bytes(killmail.victim.items))
        unknown |= unknown_in_items
    except msgspec.ValidationError as error:
        raise _defect_of(error) from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Defect(Reason.UNREADABLE, _shown(body, error)) from None
    return killmail, items, unknown


def decode_items(items: bytes) -> tuple[list[Item], frozenset[str]]:
    """The victim's items out of their JSON, and the paths of fields that ESI never sent before. Raises as msgspec."""
    found = _unless_curable(_decode_items, items)
    unknown: frozenset[str] = frozenset()
    if found is None and items != b"null":
        reduced, unknown = reduced_to_known_item_fields(items)
        found = _decode_items(reduced)
    return found or [], unknown


def _unless_curable(decoder: Callable[[Any], Any], data: Any) -> Any:
    """The decoded value, or None where an unknown field or a null stood in the way."""
    try:
        return decoder(data)
    except msgspec.ValidationError as error:
        if _CURABLE.search(str(error)):
            return None
        raise


def _defect_of(error: msgspec.ValidationError) -> Defect:
    text = str(error)
    if "missing required field" in text:
        return Defect(Reason.MISSING_FIELD, text)
    if ">= 0" in text:
        return Defect(Reason.NEGATIVE_ID, text)
    return Defect(Reason.UNREADABLE, text)


def _shown(body: bytes, error: Exception) -> str:
    if not body.strip():
        return "the body is empty"
    if body.lstrip().startswith(b"<"):
        return "the body is HTML, not JSON"
    return f"the body of {len(body)} bytes is not readable JSON: {error}"


def _check_identity(killmail: Killmail, killmail_id: int, killmail_hash: str, waived: Container[Reason]) -> None:
    if killmail.killmail_id != killmail_id:
        raise Defect(Reason.ID_MISMATCH, f"the body is of killmail {killmail.killmail_id}, asked for was {killmail_id}")
    if not killmail.solar_system_id or not killmail.victim.ship_type_id:
        raise Defect(Reason.MISSING_FIELD, "the solar system or the victim's ship is 0, which names nothing")
    computed = killmail_hash if killmail_hash == CCP_VERIFIED else hash_of(killmail)
    if killmail.killmail_hash not in (None, killmail_hash):
        computed = killmail.killmail_hash  # EVE Ref writes the hash into the body
    if computed != killmail_hash and Reason.HASH_MISMATCH not in waived:
        raise Defect(Reason.HASH_MISMATCH, f"the body's hash is {computed}, the source gave {killmail_hash}")


# --- the rare body with fields that ESI never sent before, or with nulls, which mean the same as absence --------

_FIELDS: dict[type, frozenset[str]] = {
    kind: frozenset(kind.__struct_fields__) for kind in (Killmail, Victim, Attacker, Position, Item)
}


def reduced_to_known_fields(body: bytes) -> tuple[bytes, frozenset[str]]:
    """The body less nulls and what ESI never sent before, and the paths of that; the items stay as they are."""
    unknown: set[str] = set()
    document = _load(body)
    if not isinstance(document, dict):
        return body, frozenset()
    known = _stripped(document, Killmail, "", unknown)
    victim = known.get("victim")
    if isinstance(victim, dict):
        known["victim"] = victim = _stripped(victim, Victim, "victim.", unknown)
        if isinstance(victim.get("position"), dict):
            victim["position"] = _stripped(victim["position"], Position, "victim.position.", unknown)
    if isinstance(known.get("attackers"), list):
        known["attackers"] = [
            _stripped(attacker, Attacker, "attackers.", unknown) if isinstance(attacker, dict) else attacker
            for attacker in known["attackers"]
        ]
    return json.dumps(known).encode(), frozenset(unknown)


def reduced_to_known_item_fields(items: bytes) -> tuple[bytes, frozenset[str]]:
    """The same for the victim's items and what is in them."""
    unknown: set[str] = set()

    def strip(stack: Any) -> Any:
        if not isinstance(stack, list):
            return stack
        stripped = [_stripped(item, Item, "items.", unknown) if isinstance(item, dict) else item for item in stack]
        for item in stripped:
            if isinstance(item, dict) and "items" in item:
                item["items"] = strip(item["items"])
        return stripped

    return json.dumps(strip(_load(items))).encode(), frozenset(unknown)


def _load(text: bytes) -> Any:
    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def _stripped(given: dict[str, Any], kind: type, path: str, unknown: set[str]) -> dict[str, Any]:
    unknown.update(path + _printable(name) for name in given.keys() - _FIELDS[kind])
    return {name: value for name, value in given.items() if name in _FIELDS[kind] and value is not None}


def _printable(name: str) -> str:
    """A field's name as the database can keep it: no NUL characters, no lone surrogates, not endless."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name[:100])
