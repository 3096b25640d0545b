"""A whole and its parts: one stacked bar, with each part's name, amount and share below."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.web.drawing.svg import element, linked, stretched, titled


def share(parts: Sequence[tuple[str, str, float, str | None]], *, label: str, empty: str = "Nothing") -> Markup:
    """Parts in order: name, tone, amount, and where a click leads."""
    whole = sum(amount for _, _, amount, _ in parts)
    if not whole:
        return element("p", empty, class_="empty")
    drawn, named = [], []
    place = 0.0
    for name, tone, amount, href in parts:
        width = 100 * amount / whole
        told = f"{name}: {amount:,.0f} ({width:.3g} %)"
        rect = element("rect", titled(told), x=place, y=0, width=width, height=10, class_=f"tone-{tone}")
        drawn.append(linked(href, rect))
        place += width
        text = [element("span", name), element("b", f"{amount:,.0f}"), element("small", f"{width:.3g} %")]
        named.append(element("li", linked(href, text[0]), *text[1:], class_=f"key tone-{tone}"))
    drawing = stretched(100, 10, *drawn, class_="share", label=label)
    return element("div", drawing, element("ul", *named, class_="share-names"), class_="shares")
