"""Columns over time or over classes, up and down from a line, with lines over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from killmart.drawing.drawing import Columns, Scale, Series, scale_of
from killmart.drawing.ink import Ink
from killmart.drawing.plot import SLOT, Box, LegendKey, Plot, grid, keys_of, line_through, some_of
from killmart.drawing.scale import short
from killmart.drawing.svg import element, titled

EXACT = 100_000
"""Amounts from which on numbers are shortened."""
_GAP = 0.12
"""Of a slot, on each side of its column; in pixels 6 at most."""


def columns_plot(drawing: Columns) -> Plot:
    """The columns, their scale at the side."""
    scale = scale_of(drawing)
    return Plot(
        name="columns-chart",
        width=SLOT * len(drawing.labels),
        shapes=lambda box, ink: _shapes(drawing, scale, box, ink),
        side=[short(tick) for tick in scale.ticks],
        below=drawing.labels if drawing.is_each_named else some_of(drawing.labels),
        below_is="each" if drawing.is_each_named else "ends",
        legend=_legend(drawing),
    )


def _legend(drawing: Columns) -> list[LegendKey]:
    """Lines are distinguished by their names."""
    lines = keys_of((*drawing.up_lines, *drawing.down_lines))
    return [*keys_of((*drawing.up, *drawing.down)), *((name, f"{tone} as-line") for name, tone in lines)]


def _shapes(drawing: Columns, scale: Scale, box: Box, ink: Ink) -> Iterator[Markup]:
    yield from grid(box, scale.lines, ink)
    for place in range(len(drawing.labels)):
        yield _column(drawing, scale, place, box, ink)
    slot, zero = box.width / len(drawing.labels), box.top + scale.zero(box.height)
    for lines, direction in ((drawing.up_lines, -1), (drawing.down_lines, 1)):
        for _, tone, values in lines:
            points = [
                None
                if value is None
                else (box.left + slot * (place + 0.5), zero + direction * scale.length(value, box.height))
                for place, value in enumerate(values)
            ]
            yield line_through(points, tone, ink)


def _column(drawing: Columns, scale: Scale, place: int, box: Box, ink: Ink) -> Markup:
    slot, zero = box.width / len(drawing.labels), box.top + scale.zero(box.height)
    x, gap = box.left + slot * place, min(slot * _GAP, 6)
    parts = [
        titled(_told(drawing, place)),
        element("rect", x=x, y=box.top, width=slot, height=box.height, **ink("reach")),
    ]
    role = "faded" if _is_behind(drawing, place) else "area"
    for series, is_up in ((drawing.up, True), (drawing.down, False)):
        for tone, begin, value in _stacked(series, place):
            first, length = scale.length(begin, box.height), scale.length(value, box.height)
            y = zero - first - length if is_up else zero + first
            height = max(length, box.height * 0.004)
            parts.append(element("rect", x=x + gap, y=y, width=slot - 2 * gap, height=height, **ink(role, tone)))
    return element("g", *parts, **ink("bar"))


def _is_behind(drawing: Columns, place: int) -> bool:
    if drawing.stands_out is not None:
        return place != drawing.stands_out
    return bool(drawing.up_lines or drawing.down_lines)


def _told(drawing: Columns, place: int) -> str:
    """One column in words: its label and its amounts."""
    parts = [(name, values[place]) for name, _, values in (*drawing.up, *drawing.down)]
    told = ", ".join(f"{_amount(value)} {name}" for name, value in parts if value) or "nothing"
    return f"{drawing.labels[place]}: {told}"


def _amount(value: float) -> str:
    """`1,234`; from 100,000 on `123 k`."""
    return f"{value:,.0f}" if value < EXACT else short(float(f"{value:.3g}"))


def _stacked(series: Sequence[Series], place: int) -> list[tuple[str, float, float]]:
    """Tone, begin and length of each part of a column that has any, from the line on."""
    parts, ground = [], 0.0
    for _, tone, values in series:
        value = values[place] or 0
        if value:
            parts.append((tone, ground, value))
            ground += value
    return parts
