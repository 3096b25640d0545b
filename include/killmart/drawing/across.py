"""Parts of a whole, side by side in one bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from markupsafe import Markup

from killmart.drawing.ink import Ink
from killmart.drawing.plot import Box
from killmart.drawing.svg import element, linked, titled

BAR = Box(0, 0, 100, 10)
"""A bar on a page, which is stretched to the room that there is."""


def across(
    parts: Iterable[tuple[str, str, float, str | None]], whole: float, box: Box, ink: Ink, *, least: float = 0.0
) -> Iterator[Markup]:
    """Parts as what they say, tone, amount, and where a click leads; `least` percent wide where there is any."""
    left = box.left
    for told, tone, amount, href in parts:
        if amount:
            width = box.width * max(amount / whole, least / 100)
            shape = element(
                "rect", titled(told), x=left, y=box.top, width=width, height=box.height, **ink("area", tone)
            )
            yield linked(href, shape)
            left += width
