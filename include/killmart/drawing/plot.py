"""What a chart consists of, wherever it is shown: shapes, and the words around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from killmart.drawing.ink import Ink
from killmart.drawing.svg import element

HEIGHT = 100.0
"""Of a plot on a page, in units of its drawing, which is stretched to the room that there is."""
SLOT = 10.0
"""Width of a column or a step on a page, in the same units."""
TALL = 360.0
"""Height of a plot in a file, in pixels."""

Part = tuple[str, str, float]
"""Name, tone, amount."""
LegendKey = tuple[str, str]
"""Name and tone of an entry of a legend; `a as-line` is drawn as a line."""


@dataclass(frozen=True)
class Box:
    """Where shapes are drawn."""

    left: float
    top: float
    width: float
    height: float


Shapes = Callable[[Box, Ink], Iterable[Markup]]
"""Draws into a box."""


@dataclass(frozen=True)
class Shades:
    """The legend of a heat map: from nothing to the most."""

    shapes: Shapes
    most: str


@dataclass(frozen=True)
class Plot:
    """A drawing with words at its side and below; `name` is its class on a page, where it is `width` units wide."""

    name: str
    width: float
    shapes: Shapes
    side: Sequence[str]
    below: Sequence[str]
    legend: Sequence[LegendKey] | Shades = ()
    height: float = HEIGHT
    tall: float = TALL
    side_is: Literal["lines", "rows"] = "lines"
    """Whether the words at the side stand by the lines of the grid, the first and the last at the edges, or by rows."""
    below_is: Literal["ends", "each", "from-left"] = "ends"
    """Whether the words below are spread from edge to edge, or stand in the middle or at the left of equal parts."""


def some_of(labels: Sequence[str]) -> list[str]:
    """The first, the middle and the last where there are more than four."""
    return [labels[0], labels[len(labels) // 2], labels[-1]] if len(labels) > 4 else list(labels)


def grid(box: Box, steps: int, ink: Ink) -> list[Markup]:
    """Lines that cut the box into so many equal steps."""
    heights = [box.top + box.height * place / steps for place in range(steps + 1)]
    return [element("line", x1=box.left, x2=box.left + box.width, y1=y, y2=y, **ink("grid")) for y in heights]


def line_through(points: Sequence[tuple[float, float] | None], tone: str, ink: Ink) -> Markup:
    """A line through the points, which begins again after each gap (None)."""
    parts = []
    is_on = False
    for point in points:
        if point is not None:
            parts.append(f"{'L' if is_on else 'M'}{point[0]:.6g} {point[1]:.2f}")
        is_on = point is not None
    return element("path", d=" ".join(parts), **ink("line", tone))


def keys_of(series: Iterable[tuple[str, str, object]]) -> list[LegendKey]:
    """Name and tone of each, once."""
    return list({name: (name, tone) for name, tone, _ in series}.values())
