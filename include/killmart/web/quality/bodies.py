"""A killmail's body as it can be shown: bytes from a source are text at best, and never markup."""

from __future__ import annotations

import json
from typing import Any

from killmart.db.killmails import SHOWN_BODY


def readable(body: bytes | None, length: int | None) -> dict[str, Any]:
    """`body` as text and `body_note` on what was done to it: JSON is indented, much is cut. `length` is in bytes."""
    if body is None or length is None:
        return {"body": None, "body_note": "no body was kept"}
    raw = bytes(body)[:SHOWN_BODY]
    if length > SHOWN_BODY:
        return {"body": _text(raw), "body_note": f"the first {SHOWN_BODY:,} of {length:,} bytes"}
    try:
        indented = json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return {"body": _text(raw), "body_note": "as received; it is no JSON"}
    # JSON may hold half of a character (`\ud800`), which no page and no file can
    return {"body": indented.encode("utf-8", "replace").decode(), "body_note": "indented"}


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").replace("\x00", "\u2400")
