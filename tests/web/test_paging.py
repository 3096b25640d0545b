"""One paging for pages and API."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from killmart.web.api.cursors import Cursors
from killmart.web.errors import Refused
from killmart.web.paging import Page, page_of

ROWS = [{"day": date(2026, 11, number), "id": number} for number in (1, 2, 3)]


def test_a_page_that_is_full_to_the_last_row_has_no_next_one() -> None:
    assert page_of(ROWS, "id", size=3) == Page(ROWS, None)
    assert page_of(ROWS, "id", size=2) == Page(ROWS[:2], 2)
    assert page_of(ROWS, "day", "id", size=1) == Page(ROWS[:1], (date(2026, 11, 1), 1))
    assert page_of([7, 8, 9], size=2) == Page([7, 8], 8)
    assert page_of([], "id") == Page([], None)


def test_a_cursor_goes_on_where_its_page_ended() -> None:
    cursors = Cursors("secret", "a")
    assert cursors.after(Page([], None)) is None
    assert cursors.read(cursors.after(Page([], 8))) == [8]
    assert cursors.read(cursors.after(Page([], (datetime(2026, 11, 1, tzinfo=UTC), 8)))) == [
        "2026-11-01T00:00:00+00:00",
        8,
    ]
    with pytest.raises(Refused):
        Cursors("secret", "b").read(cursors.after(Page([], 8)))
