"""A ranking: names that people gave, each with a bar and its amount."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from killmart.drawing.across import across
from killmart.drawing.drawing import Ranked, Ranking
from killmart.drawing.ink import Ink
from killmart.drawing.plot import Box, LegendKey, keys_of


def bar_of(drawing: Ranking, row: Ranked, box: Box, ink: Ink) -> Iterable[Markup]:
    """The bar of a row; the longest fills the box."""
    most = max(one.amount for one in drawing.rows) or 1
    parts = [(f"{row.name}: {amount:,.0f} {name}", tone, amount, None) for name, tone, amount in row.parts]
    return across(parts, most, box, ink, least=0.4)


def legend_of(drawing: Ranking) -> list[LegendKey]:
    """Name and tone of the parts of the bars."""
    return keys_of(part for row in drawing.rows for part in row.parts)
