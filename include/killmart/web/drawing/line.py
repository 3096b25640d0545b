"""A line over time, with gaps where nothing was measured."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.web.drawing.plot import HEIGHT, grid, legend_of, plot
from killmart.web.drawing.scale import ceiling
from killmart.web.drawing.svg import element, stretched, titled

DENSE = 40
"""Values from which on dots would hide the line: they show under the pointer only."""
Series = tuple[str, str, Sequence[float | None]]
"""Name, tone, and a value (or None) for each label."""


def line(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    title: str,
    note: str = "",
    unit: str = "",
    top: float | None = None,
    empty: str = "Nothing yet",
) -> Markup:
    """Lines over `labels`; `top` fixes the axis (100 for percent)."""
    values = [value for _, _, row in series for value in row if value is not None]
    if not values:
        return element("figure", element("figcaption", element("strong", title)), element("p", empty, class_="empty"))
    height = top or ceiling(values)
    ticks = [height, height / 2, 0]
    step = 10.0
    width = step * max(len(labels) - 1, 1)
    drawn = grid(width, ticks, height)
    for name, tone, row in series:
        drawn.append(element("path", d=_path(row, step, height), class_=f"line tone-{tone}"))
        drawn += [
            element(
                "line",
                titled(f"{labels[place]}: {value:,.6g}{unit} {name}"),
                x1=place * step,
                x2=place * step,
                y1=HEIGHT * (1 - value / height),
                y2=HEIGHT * (1 - value / height),
                class_=f"dot tone-{tone}{' faint' if len(row) > DENSE and _has_neighbour(row, place) else ''}",
            )
            for place, value in enumerate(row)
            if value is not None
        ]
    drawing = stretched(width, HEIGHT, *drawn, class_="lines", label=f"{title}. {note}")
    legend = legend_of([(name, tone) for name, tone, _ in series])
    return plot(drawing, title=title, note=note, ticks=ticks, labels=labels, legend=legend, unit=unit)


def _has_neighbour(row: Sequence[float | None], place: int) -> bool:
    return any(value is not None for value in (*row[max(place - 1, 0) : place], *row[place + 1 : place + 2]))


def _path(row: Sequence[float | None], step: float, height: float) -> str:
    parts: list[str] = []
    is_on = False
    for place, value in enumerate(row):
        if value is not None:
            parts.append(f"{'L' if is_on else 'M'}{place * step:g} {HEIGHT * (1 - value / height):.2f}")
        is_on = value is not None
    return " ".join(parts)
