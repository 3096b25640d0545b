"""Keyset paging: one row more than shown is asked for, to see whether more follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

PAGE_ROWS = 50


@dataclass(frozen=True)
class Page:
    """Rows of one page; `next_key` is the key of the last one where more follow, else None."""

    rows: list[Any]
    next_key: Any | None


def page_of(rows: Sequence[Any], *key: str, size: int = PAGE_ROWS) -> Page:
    """A page of the first `size` of `rows`, which have one more if more follow.

    `key` are the columns that the next page goes on from: the value of one, a tuple of several. Without any, rows are
    values, and their own key.
    """
    shown = list(rows[:size])
    if len(rows) <= size:
        return Page(shown, None)
    return Page(shown, itemgetter(*key)(shown[-1]) if key else shown[-1])
