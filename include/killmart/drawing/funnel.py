"""Counts through stages: a row per stage, with what left on the way."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.drawing.across import BAR, across
from killmart.drawing.ink import on_page
from killmart.drawing.plot import Part
from killmart.drawing.svg import element, stretched


def funnel(stages: Sequence[tuple[str, str, Sequence[Part]]], *, label: str) -> Markup:
    """Stages from the top down: name, what it means, and its parts; the first part is what goes on."""
    whole = max((sum(count for _, _, count in parts) for _, _, parts in stages), default=0)
    rows = []
    for name, meaning, parts in stages:
        told = [(f"{count:,} {part}", tone, count, None) for part, tone, count in parts]
        drawn = across(told, whole, BAR, on_page, least=0.6)
        others = [
            element("span", f"{count:,} {part}", class_=f"key tone-{tone}") for part, tone, count in parts[1:] if count
        ]
        first = f"{parts[0][2]:,}"
        rows.append(
            element(
                "li",
                element("span", name, class_="funnel-name", title=meaning),
                element("div", stretched(BAR.width, BAR.height, *drawn, class_="share", label=f"{name}: {first}")),
                element("b", first),
                element("div", *others, class_="funnel-others"),
            )
        )
    return element("ol", *rows, class_="funnel", aria_label=label)
