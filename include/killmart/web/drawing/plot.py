"""The frame around a drawing with axes: title, numbers at the side, names below, legend."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.web.drawing.scale import short
from killmart.web.drawing.svg import element

HEIGHT = 100.0
"""Height of every plot, in units of its drawing."""


def plot(
    drawing: Markup,
    *,
    title: str,
    note: str,
    ticks: Sequence[float],
    labels: Sequence[str],
    legend: Markup,
    unit: str = "",
    is_each_named: bool = False,
) -> Markup:
    """A figure: `ticks` from the top down beside the drawing, the first, middle and last of `labels` below it.

    With `is_each_named` every label stands below its own part of the drawing.
    """
    numbers = [element("span", f"{short(tick)}{unit}") for tick in ticks]
    shown = list(labels) if is_each_named else some_of(labels)
    names = [element("span", label) for label in shown]
    head = element("figcaption", element("strong", title), element("span", note, class_="note"))
    how = " each" if is_each_named else "" if len(shown) > 1 else " one"
    return element(
        "figure",
        head,
        element("div", *numbers, class_="plot-numbers", aria_hidden="true"),
        element("div", drawing, class_="plot-drawing"),
        element("div", *names, class_=f"plot-names{how}", aria_hidden="true"),
        legend,
        class_="plot",
    )


def some_of(labels: Sequence[str]) -> list[str]:
    """The first, the middle and the last where there are more than four."""
    return [labels[0], labels[len(labels) // 2], labels[-1]] if len(labels) > 4 else list(labels)


def grid(width: float, ticks: Sequence[float], top: float) -> list[Markup]:
    """A line for each tick."""
    heights = [HEIGHT * (1 - tick / top) for tick in ticks]
    return [element("line", x1=0, x2=width, y1=y, y2=y, class_="grid") for y in heights]


def legend_of(entries: Sequence[tuple[str, str]]) -> Markup:
    """Names with the tone of each; empty for less than two."""
    if len(entries) < 2:
        return Markup("")
    return element("ul", *(element("li", name, class_=f"key tone-{tone}") for name, tone in entries), class_="legend")
