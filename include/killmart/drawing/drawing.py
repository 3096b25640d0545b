"""What a chart shows, apart from where it is drawn: the pages draw it inline, `picture` as a file of its own.

Each kind has a module that makes shapes of it, once for both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

Series = tuple[str, str, Sequence[float | None]]
"""Name, tone, and a value (or None) for each label."""


@dataclass(frozen=True)
class Columns:
    """Stacked columns that stand on a line and hang below it, each side with lines of its own over them."""

    labels: Sequence[str]
    up: Sequence[Series]
    down: Sequence[Series] = ()
    up_lines: Sequence[Series] = ()
    down_lines: Sequence[Series] = ()
    is_each_named: bool = False
    """Whether the labels are few, and all are shown."""
    stands_out: int | None = None
    """The place of the one column that the others are there to be compared with."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(value for _, _, values in (*self.up, *self.down) for value in values)


@dataclass(frozen=True)
class Lines:
    """Lines over labels; `top` fixes the axis."""

    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    top: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was measured."""
        return all(value is None for _, _, values in self.series for value in values)


@dataclass(frozen=True)
class HeatMap:
    """A square for each row and column, the stronger the higher its value."""

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Sequence[Sequence[float]]
    tone: str
    unit: str

    @property
    def most(self) -> float:
        """The highest value."""
        return max((value for row in self.cells for value in row), default=0)

    @property
    def is_empty(self) -> bool:
        """Whether all is 0."""
        return not self.most


@dataclass(frozen=True)
class Ranked:
    """One row of a ranking: whose it is, its amounts as (name, tone, amount), and where its name leads."""

    name: str
    parts: Sequence[tuple[str, str, float]]
    told: str
    """The amounts in words, at the end of the row."""
    path: str | None = None
    """Of a page of ours."""

    @property
    def amount(self) -> float:
        """What its place comes from."""
        return sum(amount for _, _, amount in self.parts)


@dataclass(frozen=True)
class Ranking:
    """Names with bars beside them, the longest first."""

    rows: Sequence[Ranked] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nobody is in it."""
        return not self.rows


_MOST_STEPS = 5
"""Between the lines of a grid."""
Drawing = Columns | Lines | HeatMap | Ranking


@dataclass(frozen=True)
class Scale:
    """How columns are placed: `step` is the distance of two lines of the grid, of which so many are above and below."""

    step: float
    above: int
    below: int

    def zero(self, height: float) -> float:
        """Where 0 is, from the top."""
        return height * self.above / (self.above + self.below)

    def length(self, value: float, height: float) -> float:
        """How long a value is drawn."""
        return height * value / (self.step * (self.above + self.below))

    @property
    def lines(self) -> int:
        """How many steps there are in all."""
        return self.above + self.below

    @property
    def ticks(self) -> list[float]:
        """The numbers from the top down."""
        return [self.step * abs(place) for place in range(self.above, -self.below - 1, -1)]


def scale_of(columns: Columns) -> Scale:
    """The scale on which all columns find room; both sides have the same, so that they can be compared."""
    above, below = (_highest(side, lines) for side, lines in _sides(columns))
    return next(
        scale
        for step in round_steps()
        if (scale := Scale(step, _steps(above, step, 1), _steps(below, step, 1 if columns.down else 0))).lines
        <= _MOST_STEPS
    )


def round_steps() -> Iterator[float]:
    """1, 2, 5, 10, 20, 50, …: kills and ISK are whole numbers."""
    return (step * 10.0**power for power in count() for step in (1, 2, 5))


def _sides(columns: Columns) -> tuple[tuple[Sequence[Series], Sequence[Series]], ...]:
    return (columns.up, columns.up_lines), (columns.down, columns.down_lines)


def _highest(stacks: Sequence[Series], lines: Sequence[Series]) -> float:
    stacked = [sum(value or 0 for value in column) for column in zip(*(values for _, _, values in stacks), strict=True)]
    return max([0.0, *stacked, *(value for _, _, values in lines for value in values if value is not None)])


def _steps(value: float, step: float, least: int) -> int:
    return max(math.ceil(value / step * 0.9999), least)
