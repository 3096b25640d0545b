"""A chart as a picture of its own: one SVG file with title, axes, legend and colours, for a chat or a slide.

It uses nothing that a plain viewer lacks: no style sheet, no fonts of ours, every colour in place. `png` makes of it
what Discord shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from killmart.drawing.canvas import FOOT, MARGIN, WIDTH, Canvas
from killmart.drawing.drawing import Drawing, Ranking
from killmart.drawing.inline import plot_of
from killmart.drawing.plot import Box, LegendKey, Plot, Shades
from killmart.drawing.ranking import bar_of, legend_of

_TOP = 132.0
"""Where the drawing begins, below the titles."""
_ROW = 38.0
"""Height of a row of a ranking."""
_SIDE = 74.0
"""Room for the words beside a plot."""
_BELOW, _LEGEND = 36.0, 30.0
"""Room for the words below a plot, and for its legend."""


@dataclass(frozen=True)
class Heading:
    """What stands above a picture: what it shows, of whom, of when."""

    title: str
    subject: str
    range: str


def picture(drawing: Drawing, heading: Heading, *, theme: str, empty: str, height: float | None = None) -> Markup:
    """The chart as the text of an SVG file, WIDTH wide; `theme` is `light` or `dark`.

    A plot with axes is made to fit where the `height` of the whole is given; else each chart takes what it needs.
    """
    canvas = Canvas(theme)
    canvas.text(MARGIN, 56, canvas.fit(heading.title, WIDTH - 2 * MARGIN, 30), size=30, weight=600)
    room = WIDTH - 2 * MARGIN - canvas.width_of(heading.range, 19) - 40
    canvas.text(MARGIN, 92, canvas.fit(heading.subject, room, 19), size=19, weight=600, tone="a")
    canvas.text(WIDTH - MARGIN, 92, heading.range, size=19, tone="muted", anchor="end")
    if drawing.is_empty:
        canvas.text(WIDTH / 2, _TOP + 90, empty, size=21, tone="muted", anchor="middle")
        bottom = _TOP + 170
    elif isinstance(drawing, Ranking):
        bottom = _ranking(canvas, drawing)
    else:
        bottom = _plot(canvas, plot_of(drawing), height)
    return canvas.file(height or bottom + FOOT, f"{heading.title}: {heading.subject}, {heading.range}")


def _plot(canvas: Canvas, plot: Plot, height: float | None) -> float:
    below = _BELOW + (_LEGEND if isinstance(plot.legend, Shades) or len(plot.legend) > 1 else 0)
    tall = height - _TOP - below - FOOT if height else plot.tall
    box = Box(MARGIN + _SIDE, _TOP, WIDTH - 2 * MARGIN - _SIDE, tall)
    canvas.draw(plot.shapes(box, canvas.ink))
    for place, text in enumerate(plot.side):
        part = (place + 0.5) / len(plot.side) if plot.side_is == "rows" else place / (len(plot.side) - 1)
        canvas.text(box.left - 14, _TOP + tall * part + 6, text, size=17, tone="muted", anchor="end")
    _names(canvas, plot, box)
    bottom = _TOP + tall + below
    if isinstance(plot.legend, Shades):
        _shades(canvas, plot.legend, box.left, bottom)
    else:
        _keys(canvas, plot.legend, bottom)
    return bottom


def _names(canvas: Canvas, plot: Plot, box: Box) -> None:
    many, y = len(plot.below), box.top + box.height + 30
    for place, name in enumerate(plot.below):
        if plot.below_is == "from-left":
            part, anchor = place / many, "start"
        elif plot.below_is == "each" or many == 1:
            part, anchor = (place + 0.5) / many, "middle"
        else:
            part = place / (many - 1)
            anchor = "start" if place == 0 else "end" if place == many - 1 else "middle"
        size = 17 if plot.below_is == "ends" else 15
        canvas.text(box.left + box.width * part, y, name, size=size, tone="muted", anchor=anchor)


def _ranking(canvas: Canvas, drawing: Ranking) -> float:
    names = min(max(canvas.width_of(row.name, 18) for row in drawing.rows) + 6, 400)
    told = max(canvas.width_of(row.told, 18) for row in drawing.rows) + 6
    left, width = MARGIN + names + 16, WIDTH - 2 * MARGIN - names - told - 32
    for place, row in enumerate(drawing.rows):
        y = _TOP + place * _ROW
        canvas.text(MARGIN, y + 24, canvas.fit(row.name, names, 18), size=18)
        canvas.rect(left, y + 6, width, 24, "none", 0.5)
        canvas.draw(bar_of(drawing, row, Box(left, y + 6, width, 24), canvas.ink))
        canvas.text(WIDTH - MARGIN, y + 24, row.told, size=18, weight=600, anchor="end")
    keys = legend_of(drawing)
    bottom = _TOP + len(drawing.rows) * _ROW + (34 if len(keys) > 1 else 4)
    _keys(canvas, keys, bottom)
    return bottom


def _shades(canvas: Canvas, shades: Shades, left: float, y: float) -> None:
    canvas.text(left, y, "0", size=17, tone="muted")
    canvas.draw(shades.shapes(Box(left + 20, y - 15, 180, 18), canvas.ink))
    canvas.text(left + 212, y, shades.most, size=17, tone="muted")


def _keys(canvas: Canvas, keys: Sequence[LegendKey], y: float) -> None:
    if len(keys) < 2:
        return
    x = MARGIN
    for name, tones in keys:
        tone, _, how = tones.partition(" ")
        canvas.rect(x, y - (7 if how else 14), 18, 4 if how else 16, tone)
        canvas.text(x + 28, y, name, size=17, tone="muted")
        x += canvas.width_of(name, 17) + 62
