"""Keyset paging: a page of rows, and the id from which the next one goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PAGE_ROWS = 50


@dataclass(frozen=True)
class Page:
    """Rows of one page; `next_key` is the key of the last one where more follow, else None."""

    rows: list[dict[str, Any]]
    next_key: Any | None


def page_of(rows: Sequence[dict[str, Any]], key: str, size: int = PAGE_ROWS) -> Page:
    """A page of the first `size` of `rows`, of which one more was asked for to see whether more follow."""
    shown = list(rows[:size])
    return Page(shown, shown[-1][key] if len(rows) > size else None)
