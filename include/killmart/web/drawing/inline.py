"""Draws any chart inline, in a page."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from killmart.web.drawing.columns import columns
from killmart.web.drawing.drawing import Columns, Drawing, HeatMap, Lines
from killmart.web.drawing.heatmap import heatmap
from killmart.web.drawing.line import line
from killmart.web.drawing.ranking import ranking
from killmart.web.drawing.svg import element


def inline(
    drawing: Drawing,
    *,
    title: str,
    note: str = "",
    empty: str = "Nothing yet",
    link: Callable[[str], str] | None = None,
) -> Markup:
    """The chart as a figure, or `empty` where there is nothing to draw; `link` makes an address of a path."""
    if drawing.is_empty:
        head = element("figcaption", element("strong", title), element("span", note, class_="note"))
        return element("figure", head, element("p", empty, class_="empty"))
    if isinstance(drawing, Columns):
        return columns(drawing, title=title, note=note)
    if isinstance(drawing, HeatMap):
        return heatmap(drawing, title=title, note=note)
    if isinstance(drawing, Lines):
        unit, top = drawing.unit, drawing.top
        return line(drawing.labels, drawing.series, title=title, note=note, unit=unit, top=top)
    return ranking(drawing, title=title, note=note, link=link)
