"""Lines over time, with gaps where nothing was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from killmart.drawing.drawing import Lines
from killmart.drawing.ink import Ink
from killmart.drawing.plot import SLOT, Box, Plot, grid, keys_of, line_through, some_of
from killmart.drawing.scale import ceiling, short
from killmart.drawing.svg import element, titled

DENSE = 40
"""Values from which on dots would hide the line: they show under the pointer only."""


def lines_plot(drawing: Lines) -> Plot:
    """The lines, three numbers at their side."""
    top = drawing.top or ceiling([value for _, _, row in drawing.series for value in row if value is not None])
    return Plot(
        name="lines",
        width=SLOT * max(len(drawing.labels) - 1, 1),
        shapes=lambda box, ink: _shapes(drawing, top, box, ink),
        side=[f"{short(tick)}{drawing.unit}" for tick in (top, top / 2, 0)],
        below=some_of(drawing.labels),
        legend=keys_of(drawing.series),
    )


def _shapes(drawing: Lines, top: float, box: Box, ink: Ink) -> Iterator[Markup]:
    yield from grid(box, 2, ink)
    step = box.width / max(len(drawing.labels) - 1, 1)
    for name, tone, row in drawing.series:
        points = [
            None if value is None else (box.left + place * step, box.top + box.height * (1 - value / top))
            for place, value in enumerate(row)
        ]
        yield line_through(points, tone, ink)
        for place, point in enumerate(points):
            if point is not None:
                told = titled(f"{drawing.labels[place]}: {row[place]:,.6g}{drawing.unit} {name}")
                x, y = point  # a line without length, whose end stays round however the drawing is stretched
                role = "dot faint" if len(row) > DENSE and _has_neighbour(row, place) else "dot"
                yield element("line", told, x1=x, x2=x, y1=y, y2=y, **ink(role, tone))


def _has_neighbour(row: Sequence[float | None], place: int) -> bool:
    return any(value is not None for value in (*row[max(place - 1, 0) : place], *row[place + 1 : place + 2]))
