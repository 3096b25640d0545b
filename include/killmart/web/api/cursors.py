"""Cursors of keyset paging: opaque to callers, and worthless unless we made them for the same route."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import Request
from itsdangerous import BadSignature, URLSafeSerializer

from killmart.web.access import Access
from killmart.web.errors import Refused
from killmart.web.paging import Page


class Cursors:
    """Makes and reads the cursors of one route."""

    def __init__(self, secret: str, route: str) -> None:
        self._signer = URLSafeSerializer(secret, salt=f"killmart.web.api.{route}")

    def after(self, page: Page) -> str | None:
        """The cursor of the page that follows, None where none does."""
        key = page.next_key
        if key is None:
            return None
        return self._signer.dumps([_plain(one) for one in (key if isinstance(key, tuple) else (key,))])

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


def cursors_of(request: Request, route: str) -> Cursors:
    """The cursors of a route, signed with the pages' own secret."""
    access: Access = request.app.state.access
    return Cursors(access.secret, route)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value  # datetimes are dates
