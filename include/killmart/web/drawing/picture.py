"""A chart as a picture of its own: one SVG file with title, axes, legend and colours, for a chat or a slide.

It uses nothing that a plain viewer lacks: no style sheet, no fonts of ours, every colour in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from killmart.web.drawing.canvas import MARGIN, WIDTH, Canvas
from killmart.web.drawing.columns import entries_of as entries_of_columns
from killmart.web.drawing.columns import points_of, stacked
from killmart.web.drawing.drawing import Columns, Drawing, HeatMap, Lines, Ranking, scale_of
from killmart.web.drawing.heatmap import STEPS, named_columns, strength
from killmart.web.drawing.plot import some_of
from killmart.web.drawing.ranking import entries_of as entries_of_ranking
from killmart.web.drawing.scale import ceiling, short

_TOP = 132.0
"""Where the drawing begins, below the titles."""
_PLOT = 360.0
_ROW = 38.0
_SIDE = 74.0
"""Room for the numbers beside a plot."""


@dataclass(frozen=True)
class Heading:
    """What stands above a picture: what it shows, of whom, of when."""

    title: str
    subject: str
    range: str


def picture(drawing: Drawing, heading: Heading, *, theme: str, empty: str) -> Markup:
    """The chart as the text of an SVG file; `theme` is `light` or `dark`."""
    canvas = Canvas(theme)
    canvas.text(MARGIN, 56, canvas.fit(heading.title, WIDTH - 2 * MARGIN, 30), size=30, weight=600)
    room = WIDTH - 2 * MARGIN - canvas.width_of(heading.range, 19) - 40
    canvas.text(MARGIN, 92, canvas.fit(heading.subject, room, 19), size=19, weight=600, tone="a")
    canvas.text(WIDTH - MARGIN, 92, heading.range, size=19, tone="muted", anchor="end")
    if drawing.is_empty:
        canvas.text(WIDTH / 2, _TOP + 90, empty, size=21, tone="muted", anchor="middle")
        bottom = _TOP + 170
    elif isinstance(drawing, Columns):
        bottom = _columns(canvas, drawing)
    elif isinstance(drawing, Lines):
        bottom = _lines(canvas, drawing)
    elif isinstance(drawing, HeatMap):
        bottom = _heatmap(canvas, drawing)
    else:
        bottom = _ranking(canvas, drawing)
    return canvas.file(bottom + 64, f"{heading.title}: {heading.subject}, {heading.range}")


def _columns(canvas: Canvas, drawing: Columns) -> float:
    scale = scale_of(drawing)
    left, width = MARGIN + _SIDE, WIDTH - 2 * MARGIN - _SIDE
    _numbers(canvas, [short(tick) for tick in scale.ticks], left, width)
    slot = width / len(drawing.labels)
    gap = min(slot * 0.12, 6)
    opacity = 0.45 if drawing.up_lines or drawing.down_lines else 1.0
    zero = _TOP + scale.zero(_PLOT)
    for place in range(len(drawing.labels)):
        for series, is_up in ((drawing.up, True), (drawing.down, False)):
            for tone, begin, value in stacked(series, place):
                first, length = scale.length(begin, _PLOT), scale.length(value, _PLOT)
                y = zero - first - length if is_up else zero + first
                canvas.rect(left + place * slot + gap, y, slot - 2 * gap, max(length, 1), tone, opacity)
    for lines, direction in ((drawing.up_lines, -1), (drawing.down_lines, 1)):
        for _, tone, values in lines:
            canvas.path(points_of(values, slot, _PLOT, scale, direction), tone, left, _TOP)
    if drawing.is_each_named:
        for place, label in enumerate(drawing.labels):
            canvas.text(left + (place + 0.5) * slot, _TOP + _PLOT + 28, label, size=15, tone="muted", anchor="middle")
    else:
        _ends(canvas, drawing.labels, left, width)
    return _legend(canvas, entries_of_columns(drawing), _TOP + _PLOT + 66)


def _lines(canvas: Canvas, drawing: Lines) -> float:
    values = [value for _, _, row in drawing.series for value in row if value is not None]
    top = drawing.top or ceiling(values)
    left, width = MARGIN + _SIDE, WIDTH - 2 * MARGIN - _SIDE
    _numbers(canvas, [f"{short(tick)}{drawing.unit}" for tick in (top, top / 2, 0)], left, width)
    step = width / max(len(drawing.labels) - 1, 1)
    for _, tone, row in drawing.series:
        points, is_on = [], False
        for place, value in enumerate(row):
            if value is not None:
                x, y = left + place * step, _TOP + _PLOT * (1 - value / top)
                points.append(f"{'L' if is_on else 'M'}{x:.2f} {y:.2f}")
                if not is_on and (place + 1 == len(row) or row[place + 1] is None):
                    canvas.dot(x, y, tone)
            is_on = value is not None
        canvas.path(" ".join(points), tone)
    _ends(canvas, drawing.labels, left, width)
    return _legend(canvas, [(name, tone) for name, tone, _ in drawing.series], _TOP + _PLOT + 66)


def _heatmap(canvas: Canvas, drawing: HeatMap) -> float:
    left, height = MARGIN + _SIDE, 44.0
    cell = (WIDTH - 2 * MARGIN - _SIDE) / len(drawing.columns)
    for row, name in enumerate(drawing.rows):
        y = _TOP + row * height
        canvas.text(left - 14, y + height / 2 + 6, name, size=17, tone="muted", anchor="end")
        for column in range(len(drawing.columns)):
            shade = strength(drawing.cells[row][column], drawing.most)
            tone = drawing.tone if shade else "none"
            canvas.rect(left + column * cell + 2, y + 2, cell - 4, height - 4, tone, shade or 1.0, rounded=4)
    bottom = _TOP + len(drawing.rows) * height
    names = named_columns(drawing)
    every = len(drawing.columns) / len(names)
    for place, name in enumerate(names):
        canvas.text(left + (place * every + 0.5) * cell, bottom + 28, name, size=15, tone="muted", anchor="middle")
    y = bottom + 66
    canvas.text(left, y, "0", size=17, tone="muted")
    for step in range(STEPS + 1):
        canvas.rect(
            left + 20 + step * 30,
            y - 15,
            27,
            18,
            drawing.tone if step else "none",
            strength(step or STEPS, STEPS),
            rounded=3,
        )
    canvas.text(left + 212, y, f"{drawing.most:,.0f} {drawing.unit}", size=17, tone="muted")
    return y


def _ranking(canvas: Canvas, drawing: Ranking) -> float:
    most = max(row.amount for row in drawing.rows) or 1
    names = min(max(canvas.width_of(row.name, 18) for row in drawing.rows) + 6, 400)
    told = max(canvas.width_of(row.told, 18) for row in drawing.rows) + 6
    left, width = MARGIN + names + 16, WIDTH - 2 * MARGIN - names - told - 32
    for place, row in enumerate(drawing.rows):
        y = _TOP + place * _ROW
        canvas.text(MARGIN, y + 24, canvas.fit(row.name, names, 18), size=18)
        canvas.rect(left, y + 6, width, 24, "none", 0.5, rounded=4)
        x = left
        for _, tone, amount in row.parts:
            if amount:
                canvas.rect(x, y + 6, max(width * amount / most, 1), 24, tone, rounded=3)
                x += width * amount / most
        canvas.text(WIDTH - MARGIN, y + 24, row.told, size=18, weight=600, anchor="end")
    return _legend(canvas, entries_of_ranking(drawing), _TOP + len(drawing.rows) * _ROW + 34)


def _numbers(canvas: Canvas, ticks: Sequence[str], left: float, width: float) -> None:
    for place, tick in enumerate(ticks):
        y = _TOP + _PLOT * place / (len(ticks) - 1)
        canvas.rule(left, y, width)
        canvas.text(left - 14, y + 6, tick, size=17, tone="muted", anchor="end")


def _ends(canvas: Canvas, labels: Sequence[str], left: float, width: float) -> None:
    shown = some_of(labels)
    for place, label in enumerate(shown):
        if len(shown) == 1:
            x, anchor = left + width / 2, "middle"
        else:
            x = left + width * place / (len(shown) - 1)
            anchor = "start" if place == 0 else "end" if place == len(shown) - 1 else "middle"
        canvas.text(x, _TOP + _PLOT + 30, label, size=17, tone="muted", anchor=anchor)


def _legend(canvas: Canvas, entries: Sequence[tuple[str, str]], y: float) -> float:
    if len(entries) < 2:
        return y - 30
    x = MARGIN
    for name, tones in entries:
        tone, _, how = tones.partition(" ")
        canvas.rect(x, y - (7 if how else 14), 18, 4 if how else 16, tone, rounded=2 if how else 3)
        canvas.text(x + 28, y, name, size=17, tone="muted")
        x += canvas.width_of(name, 17) + 62
    return y
