"""Draws any chart inline, in a page: shapes that are stretched, and words as text of the page around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from killmart.drawing.across import BAR
from killmart.drawing.columns import columns_plot
from killmart.drawing.drawing import Columns, Drawing, HeatMap, Lines, Ranked, Ranking
from killmart.drawing.heatmap import heatmap_plot
from killmart.drawing.ink import on_page
from killmart.drawing.lines import lines_plot
from killmart.drawing.plot import Box, LegendKey, Plot, Shades
from killmart.drawing.ranking import bar_of
from killmart.drawing.ranking import legend_of as legend_of_ranking
from killmart.drawing.svg import element, linked, stretched


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
        return nothing(title, note, empty)
    if isinstance(drawing, Ranking):
        rows = [_row(drawing, row, link(row.path) if link and row.path else None) for row in drawing.rows]
        listed = element("ol", *rows, class_="ranking")
        return element("figure", _caption(title, note), listed, _legend(legend_of_ranking(drawing)))
    return framed(plot_of(drawing), title, note)


def plot_of(drawing: Columns | Lines | HeatMap) -> Plot:
    """What a chart with axes consists of."""
    if isinstance(drawing, Columns):
        return columns_plot(drawing)
    return lines_plot(drawing) if isinstance(drawing, Lines) else heatmap_plot(drawing)


def nothing(title: str, note: str, empty: str) -> Markup:
    """A figure in which a sentence stands for what is not there."""
    return element("figure", _caption(title, note), element("p", empty, class_="empty"))


def framed(plot: Plot, title: str, note: str) -> Markup:
    """A plot as a figure."""
    drawn = plot.shapes(Box(0, 0, plot.width, plot.height), on_page)
    svg = stretched(plot.width, plot.height, *drawn, class_=plot.name, label=f"{title}. {note}")
    side = "plot-rows" if plot.side_is == "rows" else "plot-numbers"
    below = {"each": "plot-names each", "from-left": "plot-names each from-left"}.get(
        plot.below_is, "plot-names" if len(plot.below) > 1 else "plot-names one"
    )
    return element(
        "figure",
        _caption(title, note),
        element("div", *(element("span", name) for name in plot.side), class_=side, aria_hidden="true"),
        element("div", svg, class_="plot-drawing"),
        element("div", *(element("span", name) for name in plot.below), class_=below, aria_hidden="true"),
        _shades(plot.legend) if isinstance(plot.legend, Shades) else _legend(plot.legend),
        class_="plot",
    )


def _caption(title: str, note: str) -> Markup:
    return element("figcaption", element("strong", title), element("span", note, class_="note"))


def _legend(keys: Sequence[LegendKey]) -> Markup:
    """Names with the tone of each; empty for less than two."""
    if len(keys) < 2:
        return Markup("")
    return element("ul", *(element("li", name, class_=f"key tone-{tone}") for name, tone in keys), class_="legend")


def _shades(shades: Shades) -> Markup:
    box = Box(0, 0, 60, 10)
    drawn = shades.shapes(box, on_page)
    scale = stretched(box.width, box.height, *drawn, class_="shades", label="from none to the most")
    words = [element("span", "0"), scale, element("span", shades.most)]
    return element("div", *words, class_="legend shades-legend")


def _row(drawing: Ranking, row: Ranked, href: str | None) -> Markup:
    bar = bar_of(drawing, row, BAR, on_page)
    return element(
        "li",
        element("span", linked(href, element("bdi", row.name)), class_="ranking-name", title=row.name),
        stretched(BAR.width, BAR.height, *bar, class_="share bare", label=f"{row.name}: {row.told}"),
        element("b", row.told),
    )
