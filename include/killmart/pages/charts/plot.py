"""The frame around a drawing with axes: title, numbers at the side, names below, legend."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.pages.charts.scale import short
from killmart.pages.charts.svg import element

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
) -> Markup:
    """A figure: `ticks` from the top down beside the drawing, the first, middle and last of `labels` below it."""
    numbers = [element("span", f"{short(tick)}{unit}") for tick in ticks]
    shown = [labels[0], labels[len(labels) // 2], labels[-1]] if len(labels) > 4 else list(labels)
    names = [element("span", label) for label in shown]
    head = element("figcaption", element("strong", title), element("span", note, class_="note"))
    return element(
        "figure",
        head,
        element("div", *numbers, class_="plot-numbers", aria_hidden="true"),
        element("div", drawing, class_="plot-drawing"),
        element("div", *names, class_="plot-names" if len(shown) > 1 else "plot-names one", aria_hidden="true"),
        legend,
        class_="plot",
    )


def grid(width: float, ticks: Sequence[float], top: float) -> list[Markup]:
    """A line for each tick."""
    heights = [HEIGHT * (1 - tick / top) for tick in ticks]
    return [element("line", x1=0, x2=width, y1=y, y2=y, class_="grid") for y in heights]


def legend_of(entries: Sequence[tuple[str, str]]) -> Markup:
    """Names with the tone of each; empty for less than two."""
    if len(entries) < 2:
        return Markup("")
    return element("ul", *(element("li", name, class_=f"key tone-{tone}") for name, tone in entries), class_="legend")
