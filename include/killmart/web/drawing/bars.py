"""Stacked bars over time."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.web.drawing.plot import HEIGHT, grid, legend_of, plot
from killmart.web.drawing.scale import ceiling
from killmart.web.drawing.svg import element, linked, stretched, titled

Stack = Sequence[tuple[str, str, float]]
"""The parts of one bar from the ground up: name, tone, amount."""
_SLOT = 10.0


def bars(
    rows: Sequence[tuple[str, Stack, str | None]],
    *,
    title: str,
    note: str = "",
    empty: str = "Nothing yet",
    least: float = 0,
    named: bool = True,
    slots: int = 0,
) -> Markup:
    """A bar per row: its label, its parts, and where a click leads.

    `least` is the height that even 0 shows, in percent; `named` puts the labels of the first, middle and last below;
    fewer rows than `slots` stand at the right, so that one bar is not a wall.
    """
    if not rows:
        return element("figure", element("figcaption", element("strong", title)), element("p", empty, class_="empty"))
    top = ceiling([sum(amount for _, _, amount in stack) for _, stack, _ in rows])
    ticks = [top, top / 2, 0]
    width = _SLOT * max(len(rows), slots)
    drawn = grid(width, ticks, top)
    for place, (label, stack, href) in enumerate(rows):
        x = width - _SLOT * (len(rows) - place)
        drawn.append(linked(href, _bar(x, label, stack, top, least)))
    names: dict[str, str] = {name: tone for _, stack, _ in rows for name, tone, _ in stack}
    drawing = stretched(width, HEIGHT, *drawn, class_="bars", label=f"{title}. {note}")
    labels = [label for label, _, _ in rows] if named else ["older", "newer"]
    return plot(drawing, title=title, note=note, ticks=ticks, labels=labels, legend=legend_of(list(names.items())))


def _bar(x: float, label: str, stack: Stack, top: float, least: float) -> Markup:
    told = ", ".join(f"{amount:,.0f} {name}" for name, _, amount in stack if amount) or "0"
    parts = [titled(f"{label}: {told}"), element("rect", x=x, y=0, width=_SLOT, height=HEIGHT, class_="reach")]
    ground = HEIGHT
    for _, tone, amount in stack:
        height = max(HEIGHT * amount / top, least)
        if height:
            ground -= height
            parts.append(
                element("rect", x=x + _SLOT * 0.12, y=ground, width=_SLOT * 0.76, height=height, class_=f"tone-{tone}")
            )
    return element("g", *parts, class_="bar")
