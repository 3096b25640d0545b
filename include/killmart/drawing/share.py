"""A whole and its parts: one stacked bar, with each part's name, amount and share below."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.drawing.across import BAR, across
from killmart.drawing.ink import on_page
from killmart.drawing.svg import element, linked, stretched


def share(parts: Sequence[tuple[str, str, float, str | None]], *, label: str, empty: str = "Nothing") -> Markup:
    """Parts in order: name, tone, amount, and where a click leads."""
    whole = sum(amount for _, _, amount, _ in parts)
    if not whole:
        return element("p", empty, class_="empty")
    percents = [f"{100 * amount / whole:.3g} %" for _, _, amount, _ in parts]
    told = [
        (f"{name}: {amount:,.0f} ({percent})", tone, amount, href)
        for (name, tone, amount, href), percent in zip(parts, percents, strict=True)
    ]
    named = [
        element(
            "li",
            linked(href, element("span", name)),
            element("b", f"{amount:,.0f}"),
            element("small", percent),
            class_=f"key tone-{tone}",
        )
        for (name, tone, amount, href), percent in zip(parts, percents, strict=True)
    ]
    drawing = stretched(BAR.width, BAR.height, *across(told, whole, BAR, on_page), class_="share", label=label)
    return element("div", drawing, element("ul", *named, class_="share-names"), class_="shares")
