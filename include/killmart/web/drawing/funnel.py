"""Counts through stages: a row per stage, with what left on the way."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.web.drawing.svg import element, stretched, titled

Part = tuple[str, str, int]
"""Name, tone, count."""


def funnel(stages: Sequence[tuple[str, str, Sequence[Part]]], *, label: str) -> Markup:
    """Stages from the top down: name, what it means, and its parts; the first part is what goes on."""
    whole = max((sum(count for _, _, count in parts) for _, _, parts in stages), default=0)
    rows = []
    for name, meaning, parts in stages:
        drawn, place = [], 0.0
        for part, tone, count in parts:
            width = 100 * count / whole if whole else 0
            if width:
                width = max(width, 0.6)
                told = titled(f"{count:,} {part}")
                drawn.append(element("rect", told, x=place, y=0, width=width, height=10, class_=f"tone-{tone}"))
                place += width
        others = [
            element("span", f"{count:,} {part}", class_=f"key tone-{tone}") for part, tone, count in parts[1:] if count
        ]
        rows.append(
            element(
                "li",
                element("span", name, class_="funnel-name", title=meaning),
                element("div", stretched(100, 10, *drawn, class_="share", label=f"{name}: {parts[0][2]:,}")),
                element("b", f"{parts[0][2]:,}"),
                element("div", *others, class_="funnel-others"),
            )
        )
    return element("ol", *rows, class_="funnel", aria_label=label)
