"""Reads zkb blocks, which decorate a killmail and never cost it: a value that cannot be read is none, and is named."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

import msgspec

from killmart.model.zkb import Zkb

MAX_ISK = Decimal(10**18)
"""What `numeric(20, 2)` no longer holds; the dearest loss ever was a few 10¹² ISK."""

_decode = msgspec.json.Decoder(Zkb, strict=False).decode
_CENT = Decimal("0.01")
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)


class DecodedZkb(NamedTuple):
    """A block, and the paths of its values that are not as they should be, such as `zkb.points`."""

    zkb: Zkb
    odd_fields: frozenset[str]


def decode_zkb(text: bytes | None) -> DecodedZkb:
    """Decode a zkb block, key by key where that is needed; none at all is an empty one.

    Odd values are null, unless their meaning is plain: labels as an object are its values, less what is no text, and
    commas that group the digits of a number are left out.
    """
    if text is None:
        return DecodedZkb(Zkb(), frozenset())
    try:
        zkb = _decode(text)
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError):
        return _decoded_by_key(text)
    if _fits(zkb):
        return DecodedZkb(zkb, frozenset())
    return _decoded_by_key(text)


def _decoded_by_key(text: bytes) -> DecodedZkb:
    try:
        block = json.loads(text, parse_int=_number, parse_float=_number)
    except (ValueError, RecursionError):
        return DecodedZkb(Zkb(), frozenset({"zkb"}))
    if block is None:
        return DecodedZkb(Zkb(), frozenset())
    if not isinstance(block, dict):
        return DecodedZkb(Zkb(), frozenset({"zkb"}))
    values: dict[str, Any] = {}
    odd: set[str] = set()
    for field in msgspec.structs.fields(Zkb):
        given = block.get(field.encode_name)
        value = _read(field, given)
        if given is not None and value is None:
            odd.add(f"zkb.{field.encode_name}")
            value = _read(field, _mended(given))
        values[field.name] = value
    return DecodedZkb(Zkb(**values), frozenset(odd))


def _read(field: msgspec.structs.FieldInfo, value: Any) -> Any:
    """The value as the field wants it; None where it is not, or where core cannot hold it."""
    try:
        read = msgspec.convert(value, field.type, strict=False)
    except (msgspec.ValidationError, ValueError, ArithmeticError, RecursionError):
        return None
    return read if _fits(Zkb(**{field.name: read})) else None


def _mended(value: Any) -> Any:
    """What an odd value plainly means; None where it means nothing."""
    if isinstance(value, str) and _GROUPED.fullmatch(value):
        return value.replace(",", "")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [_storable(one) for one in value if isinstance(one, str)] or None
    return None


def _fits(zkb: Zkb) -> bool:
    """Whether core can hold the amounts and labels; the integers are as wide as their columns."""
    amounts = (zkb.total_value, zkb.fitted_value, zkb.dropped_value, zkb.destroyed_value)
    return all(amount is None or _is_isk(amount) for amount in amounts) and all(
        label == _storable(label) for label in zkb.labels or ()
    )


def _is_isk(amount: Decimal) -> bool:
    try:
        return amount.is_finite() and abs(amount.quantize(_CENT, ROUND_HALF_UP)) < MAX_ISK
    except ArithmeticError:  # more digits, or a larger exponent, than a Decimal has
        return False


def _storable(label: str) -> str:
    """A label as text in PostgreSQL: NUL characters and lone surrogates become U+FFFD."""
    return label.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(text: str) -> int | Decimal:
    """A number, however long (the library refuses integers of thousands of digits); 12.0 is a whole one."""
    try:
        number = Decimal(text)
        is_whole = abs(number) < MAX_ISK and number == number.to_integral_value()
    except ArithmeticError:  # an exponent that no Decimal has
        return Decimal("nan")
    return int(number) if is_whole else number
