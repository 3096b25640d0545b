"""Columns over time or over classes, up and down from a line, with lines over them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.web.drawing.drawing import Columns, Scale, Series, scale_of
from killmart.web.drawing.plot import HEIGHT, grid, legend_of, plot
from killmart.web.drawing.scale import short
from killmart.web.drawing.svg import element, stretched, titled

_SLOT = 10.0
EXACT = 100_000
"""Amounts from which on short numbers are told."""


def columns(drawing: Columns, *, title: str, note: str = "") -> Markup:
    """The columns as a figure."""
    scale = scale_of(drawing)
    width = _SLOT * len(drawing.labels)
    drawn = grid(width, range(scale.lines + 1), scale.lines)
    drawn += [_column(drawing, scale, place) for place in range(len(drawing.labels))]
    for lines, direction in ((drawing.up_lines, -1), (drawing.down_lines, 1)):
        drawn += [_line(series, scale, direction) for series in lines]
    svg = stretched(width, HEIGHT, *drawn, class_="columns-chart", label=f"{title}. {note}")
    return plot(
        svg,
        title=title,
        note=note,
        ticks=scale.ticks,
        labels=drawing.labels,
        legend=legend_of(entries_of(drawing)),
        is_each_named=drawing.is_each_named,
    )


def entries_of(drawing: Columns) -> list[tuple[str, str]]:
    """Name and tone of all that is drawn; lines are told apart by their names."""
    lines = (*drawing.up_lines, *drawing.down_lines)
    return [(name, tone) for name, tone, _ in (*drawing.up, *drawing.down)] + [
        (name, f"{tone} as-line") for name, tone, _ in lines
    ]


def told_of(drawing: Columns, place: int) -> str:
    """One column in words: its label and its amounts."""
    parts = [(name, values[place]) for name, _, values in (*drawing.up, *drawing.down)]
    told = ", ".join(f"{amount_of(value)} {name}" for name, value in parts if value) or "nothing"
    return f"{drawing.labels[place]}: {told}"


def amount_of(value: float) -> str:
    """`1,234`; from 100,000 on `123 k`."""
    return f"{value:,.0f}" if value < EXACT else short(float(f"{value:.3g}"))


def stacked(series: Sequence[Series], place: int) -> list[tuple[str, float, float]]:
    """Tone, begin and length of each part of a column that has any, from the line on."""
    parts, ground = [], 0.0
    for _, tone, values in series:
        value = values[place] or 0
        if value:
            parts.append((tone, ground, value))
            ground += value
    return parts


def _column(drawing: Columns, scale: Scale, place: int) -> Markup:
    x = _SLOT * place
    parts = [titled(told_of(drawing, place)), element("rect", x=x, y=0, width=_SLOT, height=HEIGHT, class_="reach")]
    zero = scale.zero(HEIGHT)
    faded = " faded" if drawing.up_lines or drawing.down_lines else ""
    for series, is_up in ((drawing.up, True), (drawing.down, False)):
        for tone, begin, value in stacked(series, place):
            first, length = scale.length(begin, HEIGHT), scale.length(value, HEIGHT)
            y = zero - first - length if is_up else zero + first
            parts.append(
                element(
                    "rect", x=x + 1.2, y=y, width=_SLOT - 2.4, height=max(length, 0.4), class_=f"tone-{tone}{faded}"
                )
            )
    return element("g", *parts, class_="bar")


def _line(series: Series, scale: Scale, direction: int) -> Markup:
    points = points_of(series[2], _SLOT, HEIGHT, scale, direction)
    return element("path", d=points, class_=f"line tone-{series[1]}")


def points_of(values: Sequence[float | None], slot: float, height: float, scale: Scale, direction: int) -> str:
    """The path through the middles of the slots; `direction` is -1 for up."""
    parts = []
    is_on = False
    for place, value in enumerate(values):
        if value is not None:
            y = scale.zero(height) + direction * scale.length(value, height)
            parts.append(f"{'L' if is_on else 'M'}{slot * (place + 0.5):g} {y:.2f}")
        is_on = value is not None
    return " ".join(parts)
