"""A ranking: names that people gave, each with a bar and its amount."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from killmart.web.drawing.drawing import Ranked, Ranking
from killmart.web.drawing.plot import legend_of
from killmart.web.drawing.svg import element, linked, stretched, titled


def ranking(drawing: Ranking, *, title: str, note: str = "", link: Callable[[str], str] | None = None) -> Markup:
    """The ranking as a figure; `link` makes an address of a row's path."""
    most = max((row.amount for row in drawing.rows), default=0) or 1
    rows = [_row(row, most, link(row.path) if link and row.path else None) for row in drawing.rows]
    return element(
        "figure",
        element("figcaption", element("strong", title), element("span", note, class_="note")),
        element("ol", *rows, class_="ranking"),
        legend_of(entries_of(drawing)),
    )


def entries_of(drawing: Ranking) -> list[tuple[str, str]]:
    """Name and tone of the parts of the bars."""
    return list({name: (name, tone) for row in drawing.rows for name, tone, _ in row.parts}.values())


def _row(row: Ranked, most: float, href: str | None) -> Markup:
    drawn, place = [], 0.0
    for name, tone, amount in row.parts:
        width = 100 * amount / most
        if width:
            told = titled(f"{row.name}: {amount:,.0f} {name}")
            drawn.append(element("rect", told, x=place, y=0, width=max(width, 0.4), height=10, class_=f"tone-{tone}"))
            place += width
    return element(
        "li",
        element("span", linked(href, element("bdi", row.name)), class_="ranking-name", title=row.name),
        stretched(100, 10, *drawn, class_="share bare", label=f"{row.name}: {row.told}"),
        element("b", row.told),
    )
