"""A heat map: rows and columns of squares, the stronger the more there was."""

from __future__ import annotations

import math
from collections.abc import Iterator

from markupsafe import Markup

from killmart.drawing.drawing import HeatMap
from killmart.drawing.ink import Ink
from killmart.drawing.plot import SLOT, Box, Plot, Shades
from killmart.drawing.svg import element, titled

_NAMED_COLUMNS = 8
_STEPS = 5
"""Shades in the legend."""
_ROW = 44.0
"""Height of a row in a file, in pixels."""
_GAP = 0.04
"""Of a square, on each side of it."""


def heatmap_plot(drawing: HeatMap) -> Plot:
    """The squares: names of rows at the side, of every third column or so below."""
    return Plot(
        name="heatmap",
        width=SLOT * len(drawing.columns),
        height=SLOT * len(drawing.rows),
        tall=_ROW * len(drawing.rows),
        shapes=lambda box, ink: _shapes(drawing, box, ink),
        side=drawing.rows,
        side_is="rows",
        below=drawing.columns[:: max(len(drawing.columns) // _NAMED_COLUMNS, 1)],
        below_is="from-left",
        legend=Shades(lambda box, ink: _shades(drawing, box, ink), f"{drawing.most:,.0f} {drawing.unit}"),
    )


def strength(value: float, most: float) -> float:
    """How strong a value's colour is, from 0.1 to 1; by its root, so that one fight does not pale all other hours."""
    return 0.1 + 0.9 * math.sqrt(value / most) if value and most else 0.0


def _shapes(drawing: HeatMap, box: Box, ink: Ink) -> Iterator[Markup]:
    width, height = box.width / len(drawing.columns), box.height / len(drawing.rows)
    for row, name in enumerate(drawing.rows):
        for column, value in enumerate(drawing.cells[row]):
            yield element(
                "rect",
                titled(f"{name} {drawing.columns[column]}: {value:,.0f} {drawing.unit}"),
                x=box.left + width * (column + _GAP),
                y=box.top + height * (row + _GAP),
                width=width * (1 - 2 * _GAP),
                height=height * (1 - 2 * _GAP),
                **_heat(drawing, value, ink),
            )


def _shades(drawing: HeatMap, box: Box, ink: Ink) -> Iterator[Markup]:
    width = box.width / (_STEPS + 1)
    for step in range(_STEPS + 1):
        heat = _heat(drawing, drawing.most * step / _STEPS, ink)
        yield element("rect", x=box.left + width * step, y=box.top, width=width * 0.9, height=box.height, **heat)


def _heat(drawing: HeatMap, value: float, ink: Ink) -> dict[str, str | float | None]:
    shade = strength(value, drawing.most)
    return ink("heat", drawing.tone, shade) if shade else ink("heat", "none")
