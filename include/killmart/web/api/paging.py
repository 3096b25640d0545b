"""Keyset paging with cursors: one row more than shown is asked for, to see whether more follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import Request

from killmart.web.access import Access
from killmart.web.api.cursors import Cursors


def cursors_of(request: Request, route: str) -> Cursors:
    """The cursors of a route, signed with the pages' own secret."""
    access: Access = request.app.state.access
    return Cursors(access.secret, route)


def page_of(
    found: Sequence[dict[str, Any]], limit: int, cursors: Cursors, key: Sequence[str]
) -> tuple[list[dict[str, Any]], str | None]:
    """The rows of the page and the cursor of the next one, None where no more follow."""
    rows = list(found[:limit])
    if len(found) <= limit:
        return rows, None
    return rows, cursors.make(*(_plain(rows[-1][name]) for name in key))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value  # datetimes are dates
