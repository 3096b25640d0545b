"""The charts: numbers in, well-formed markup out, every string escaped."""

from __future__ import annotations

from datetime import date

import pytest

from killmart.drawing.bars import bars
from killmart.drawing.calendar import calendar
from killmart.drawing.drawing import Lines
from killmart.drawing.funnel import funnel
from killmart.drawing.inline import inline
from killmart.drawing.scale import ceiling, short
from killmart.drawing.share import share
from killmart.drawing.sparkline import sparkline
from support.markup import BAD, parsed, rects


@pytest.mark.parametrize(
    ("values", "top"),
    [([], 1), ([0], 1), ([1], 1), ([1.1], 2), ([3], 4), ([45], 50), ([70], 80), ([999], 1000), ([0.03], 0.04)],
)
def test_axes_end_on_round_numbers(values: list[float], top: float) -> None:
    assert ceiling(values) == pytest.approx(top)


def test_numbers_of_axes_are_short() -> None:
    assert [short(value) for value in (0, 0.5, 999, 1500, 2e6, 3e9)] == ["0", "0.5", "999", "1.5 k", "2 m", "3 bn"]


def test_bars_are_as_high_as_their_amounts() -> None:
    rows = [("a", [("one", "good", 50.0), ("two", "bad", 50.0)], "/x?a=1&b=2"), (BAD, [("one", "good", 0.0)], None)]
    tree = parsed(bars(rows, title=BAD, note=BAD))
    assert [float(one.get("height", 0)) for one in rects(tree, "good")] == [50.0]
    assert [float(one.get("y", 0)) for one in rects(tree, "bad")] == [0.0]
    assert [one.get("href") for one in tree.iter("a")] == ["/x?a=1&b=2"]
    assert any(BAD in (one.text or "") for one in tree.iter("title"))


def test_few_bars_stand_at_the_right() -> None:
    tree = parsed(bars([("a", [("one", "good", 1.0)], None)], title="t", slots=10))
    assert float(rects(tree, "good")[0].get("x", 0)) > 90


def test_a_line_has_gaps_where_nothing_was_measured() -> None:
    tree = parsed(inline(Lines(["a", "b", "c", "d"], [("s", "good", [1, None, 3, 4])]), title="t"))
    [path] = [one.get("d", "") for one in tree.iter("path")]
    assert path.count("M") == 2
    assert path.count("L") == 1


@pytest.mark.parametrize(
    "markup",
    [
        bars([], title=BAD),
        inline(Lines([], []), title=BAD),
        inline(Lines(["a"], [("s", "good", [None])]), title="t"),
        share([], label=BAD),
        share([("a", "good", 0, None)], label="x"),
        funnel([("a", "b", [("c", "good", 0)])], label="x"),
        sparkline([], label="x"),
    ],
)
def test_nothing_is_drawn_as_nothing(markup: str) -> None:
    assert "<script>" not in markup
    parsed(markup)


def test_shares_fill_the_whole() -> None:
    tree = parsed(share([(BAD, "good", 3, "/q?x=1"), ("b", "bad", 1, None)], label="x"))
    assert [float(one.get("width", 0)) for one in tree.iter("rect")] == [75.0, 25.0]
    assert float(rects(tree, "bad")[0].get("x", 0)) == 75.0


def test_a_funnel_shows_what_left_on_the_way() -> None:
    parts = [("promoted", "good", 90), (BAD, "warn", 10), ("none", "bad", 0)]
    tree = parsed(funnel([("Claimed", "all", [("claimed", "info", 100)]), ("Promoted", "in core", parts)], label="x"))
    assert float(rects(tree, "good")[0].get("width", 0)) == 90.0
    assert [one.text for one in tree.iter("span") if "key" in one.get("class", "")] == [f"10 {BAD}"]


def test_sparklines_say_how_much_was_met() -> None:
    tree = parsed(sparkline([("a", 100.0), ("b", 99.0), ("c", 0.0), ("d", None)], label="x"))
    tones = [one.get("class") for one in tree.iter("rect")]
    assert tones == ["tone-good", "tone-warn", "tone-bad", "tone-none"]


@pytest.mark.parametrize(("year", "length"), [(2024, 366), (2026, 365), (2007, 365)])
def test_a_calendar_has_every_day_in_its_place(year: int, length: int) -> None:
    days = {f"{year}-12-30": ("bad", BAD), f"{year}-12-31": ("good", "whole")}
    drawn = calendar(year, days, today=date(year, 12, 31), link=lambda day: f"/{day}", first=date(2007, 12, 5))
    squares = [one for one in parsed(drawn).iter("rect") if "day" in one.get("class", "")]
    assert len(squares) == length
    assert len({(one.get("x"), one.get("y")) for one in squares}) == length
    assert [one.get("href") for one in parsed(drawn).iter("a")] == [f"/{year}-12-30", f"/{year}-12-31"]
    mondays = [
        one.get("y") for one, day in zip(squares, range(1, 8), strict=False) if date(year, 1, day).weekday() == 0
    ]
    assert mondays == ["16"]
    if year == 2007:
        assert sum(one.get("class") == "day tone-out" for one in squares) == 338
