"""A year as a calendar: a square per day, a column per week, coloured by how complete the day is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from markupsafe import Markup

from killmart.drawing.svg import element, linked, titled

_CELL = 12
_LEFT, _TOP = 26, 16
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def calendar(
    year: int, days: Mapping[str, tuple[str, str]], *, today: date, link: Callable[[str], str] | None, first: date
) -> Markup:
    """The days of `year` from `first` to `today`; `days` has (tone, what to say) by ISO date, others are unchecked."""
    january = date(year, 1, 1)
    offset = january.weekday()
    parts = [
        element("text", name, x=_LEFT - 4, y=_TOP + row * _CELL + 9, class_="side")
        for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"))
    ]
    for month, name in enumerate(_MONTHS, start=1):
        week = ((date(year, month, 1) - january).days + offset + 6) // 7
        parts.append(element("text", name, x=_LEFT + week * _CELL, y=_TOP - 5))
    day = january
    while day.year == year:
        place = (day - january).days + offset
        iso = day.isoformat()
        if first <= day <= today:
            tone, told = days.get(iso, ("none", "never checked"))
            href = link(iso) if link and iso in days else None
        else:
            tone, told, href = "out", "", None
        square = element(
            "rect",
            titled(f"{iso}: {told}" if told else iso),
            x=_LEFT + place // 7 * _CELL,
            y=_TOP + place % 7 * _CELL,
            width=_CELL - 2,
            height=_CELL - 2,
            rx=2,
            class_=f"day tone-{tone}",
        )
        parts.append(linked(href, square))
        day += timedelta(days=1)
    width, height = _LEFT + 54 * _CELL, _TOP + 7 * _CELL
    return element(
        "svg", *parts, class_="calendar", viewBox=f"0 0 {width} {height}", role="img", aria_label=f"Days of {year}"
    )
