"""Cursors of keyset paging: opaque to callers, and worthless unless we made them for the same route."""

from __future__ import annotations

from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from killmart.web.api.errors import Refused


class Cursors:
    """Makes and reads the cursors of one route."""

    def __init__(self, secret: str, route: str) -> None:
        self._signer = URLSafeSerializer(secret, salt=f"killmart.web.api.{route}")

    def make(self, *key: Any) -> str:
        """The cursor that goes on after the row with this key (numbers and texts)."""
        return self._signer.dumps(list(key))

    def read(self, cursor: str | None) -> list[Any] | None:
        """The key in a cursor, or None without one; raises Refused where it is not one of ours."""
        if cursor is None:
            return None
        try:
            key: list[Any] = self._signer.loads(cursor)
        except BadSignature:
            raise Refused(
                "The cursor is not one that this route gave: take `next` of the page before, unchanged, "
                "or leave it out to start from the first page."
            ) from None
        return key
