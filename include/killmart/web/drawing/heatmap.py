"""A heat map: rows and columns of squares, the stronger the more there was."""

from __future__ import annotations

import math

from markupsafe import Markup

from killmart.web.drawing.drawing import HeatMap
from killmart.web.drawing.svg import element, stretched, titled

_CELL = 10.0
_NAMED_COLUMNS = 8
STEPS = 5
"""Shades in the legend."""


def heatmap(drawing: HeatMap, *, title: str, note: str = "") -> Markup:
    """The heat map as a figure: names of rows at the side, of every third column or so below."""
    squares = [
        _square(drawing, row, column) for row in range(len(drawing.rows)) for column in range(len(drawing.columns))
    ]
    size = (_CELL * len(drawing.columns), _CELL * len(drawing.rows))
    svg = stretched(*size, *squares, class_="heatmap", label=f"{title}. {note}")
    return element(
        "figure",
        element("figcaption", element("strong", title), element("span", note, class_="note")),
        element("div", *(element("span", name) for name in drawing.rows), class_="plot-rows", aria_hidden="true"),
        element("div", svg, class_="plot-drawing"),
        element(
            "div",
            *(element("span", name) for name in named_columns(drawing)),
            class_="plot-names each from-left",
            aria_hidden="true",
        ),
        _legend(drawing),
        class_="plot",
    )


def named_columns(drawing: HeatMap) -> list[str]:
    """Labels of every so many columns, that there is room for."""
    return list(drawing.columns[:: max(len(drawing.columns) // _NAMED_COLUMNS, 1)])


def strength(value: float, most: float) -> float:
    """How strong a value's colour is, from 0.1 to 1; by its root, so that one fight does not pale all other hours."""
    return 0.1 + 0.9 * math.sqrt(value / most) if value and most else 0.0


def _square(drawing: HeatMap, row: int, column: int) -> Markup:
    value = drawing.cells[row][column]
    told = titled(f"{drawing.rows[row]} {drawing.columns[column]}: {value:,.0f} {drawing.unit}")
    place = {"x": _CELL * column + 0.4, "y": _CELL * row + 0.4, "width": _CELL - 0.8, "height": _CELL - 0.8}
    shade = strength(value, drawing.most)
    if not shade:
        return element("rect", told, **place, class_="heat tone-none")
    return element("rect", told, **place, class_=f"heat tone-{drawing.tone}", fill_opacity=shade)


def _legend(drawing: HeatMap) -> Markup:
    shades = [element("rect", x=0.0, y=0.0, width=_CELL - 1, height=_CELL, class_="heat tone-none")]
    shades += [
        element(
            "rect",
            x=_CELL * step,
            y=0.0,
            width=_CELL - 1,
            height=_CELL,
            class_=f"heat tone-{drawing.tone}",
            fill_opacity=strength(drawing.most * step / STEPS, drawing.most),
        )
        for step in range(1, STEPS + 1)
    ]
    scale = stretched(_CELL * (STEPS + 1), _CELL, *shades, class_="shades", label="from none to the most")
    most = element("span", f"{drawing.most:,.0f} {drawing.unit}")
    return element("div", element("span", "0"), scale, most, class_="legend shades-legend")
