"""Stacked bars over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from killmart.drawing.ink import Ink
from killmart.drawing.inline import framed, nothing
from killmart.drawing.plot import SLOT, Box, Part, Plot, grid, keys_of, some_of
from killmart.drawing.scale import ceiling, short
from killmart.drawing.svg import element, linked, titled

StackedBar = tuple[str, Sequence[Part], str | None]
"""Its label, its parts from the ground up, and where a click leads."""


def bars(
    rows: Sequence[StackedBar],
    *,
    title: str,
    note: str = "",
    empty: str = "Nothing yet",
    least: float = 0,
    named: bool = True,
    slots: int = 0,
) -> Markup:
    """A bar per row.

    `least` is the height that even 0 shows, in percent; `named` puts the labels of the first, middle and last below;
    fewer rows than `slots` stand at the right, so that one bar is not a wall.
    """
    if not rows:
        return nothing(title, note, empty)
    top = ceiling([sum(amount for _, _, amount in parts) for _, parts, _ in rows])
    many = max(len(rows), slots)
    plot = Plot(
        name="bars",
        width=SLOT * many,
        shapes=lambda box, ink: _shapes(rows, top, many, least, box, ink),
        side=[short(tick) for tick in (top, top / 2, 0)],
        below=some_of([label for label, _, _ in rows]) if named else ["older", "newer"],
        legend=keys_of(part for _, parts, _ in rows for part in parts),
    )
    return framed(plot, title, note)


def _shapes(rows: Sequence[StackedBar], top: float, many: int, least: float, box: Box, ink: Ink) -> Iterator[Markup]:
    yield from grid(box, 2, ink)
    slot = box.width / many
    for place, (label, parts, href) in enumerate(rows):
        own = Box(box.left + box.width - slot * (len(rows) - place), box.top, slot, box.height)
        yield linked(href, _bar(own, label, parts, top, least, ink))


def _bar(box: Box, label: str, parts: Sequence[Part], top: float, least: float, ink: Ink) -> Markup:
    told = ", ".join(f"{amount:,.0f} {name}" for name, _, amount in parts if amount) or "0"
    drawn = [
        titled(f"{label}: {told}"),
        element("rect", x=box.left, y=box.top, width=box.width, height=box.height, **ink("reach")),
    ]
    ground = box.top + box.height
    for _, tone, amount in parts:
        height = box.height * max(amount / top, least / 100)
        if height:
            ground -= height
            x, width = box.left + box.width * 0.12, box.width * 0.76
            drawn.append(element("rect", x=x, y=ground, width=width, height=height, **ink("area", tone)))
    return element("g", *drawn, **ink("bar"))
