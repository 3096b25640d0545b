"""Reads what feeds send: JSON whose inner texts (bodies, zkb blocks) are kept as received."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

Kind = TypeVar("Kind", bound=msgspec.Struct)

_MOST_BRACKETS = 50
"""A real zkb block has two; what is nested in earnest would be beyond every reader after this one."""
_MOST_DIGITS = 300
"""Digits of a number at most; Python refuses to read one of thousands."""


def raw_json(content: bytes, kind: type[Kind], raw: Sequence[str]) -> Kind:
    """Decode `content` as `kind`, whose fields `raw` are msgspec.Raw: the texts as they came.

    msgspec refuses lone surrogates; the standard library reads them, and what it read is written out again as
    plain ASCII escapes. Raises ValueError for anything that is not one JSON object of that kind.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        given = json.loads(content)
        if not isinstance(given, dict):
            raise ValueError("an answer that is no object")
        names = {field.encode_name: field.name for field in msgspec.structs.fields(kind)}
        values = {name: given[encoded] for encoded, name in names.items() if encoded in given}
        return kind(**{name: _raw(value) if name in raw else value for name, value in values.items()})
    except (RecursionError, TypeError) as error:  # nested too deep, or a field is missing
        raise ValueError(str(error)) from None


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


def as_id(value: Any) -> int | None:
    """A killmail id or sequence number, also where it comes as text; None for anything that is none."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,19}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        return None
    return value


def zkb_in(raw: bytes) -> dict[str, Any] | None:
    """The zkb block, or None for anything that cannot be one.

    A value that no reader after this one could take stands in it as text that says so.
    """
    try:
        block = json.loads(raw, parse_int=_whole)
    except (ValueError, RecursionError):
        return None
    if not isinstance(block, dict):
        return None
    if raw.count(b"{") + raw.count(b"[") > _MOST_BRACKETS:
        return {key: _unnested(value) for key, value in block.items()}
    return block


def zkb_text(raw: bytes) -> bytes | None:
    """The zkb block as staging can keep it; None for what cannot be one."""
    block = zkb_in(raw)
    return None if block is None else json.dumps(block).encode()


def _unnested(value: Any) -> Any:
    text = json.dumps(value)
    return "nested too deep" if text.count("{") + text.count("[") > _MOST_BRACKETS else value


def _whole(digits: str) -> int | str:
    """An integer as large as a float can be; a text where it is larger, which jsonb would refuse."""
    return int(digits) if len(digits) <= _MOST_DIGITS else "a number too large"


def hash_in(value: Any) -> str:
    """The hash as it can be stored, without padding; empty for anything that is none."""
    return value.strip().encode(errors="replace").decode() if isinstance(value, str) else ""
