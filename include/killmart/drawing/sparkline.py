"""A trend the size of a word: one bar per day, as tall as its share."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from killmart.drawing.svg import element, stretched, titled

_HEIGHT = 20.0


def sparkline(rows: Sequence[tuple[str, float | None]], *, label: str) -> Markup:
    """Shares in percent by day; a grey stub where there is none. 100 is green, less is amber, under 50 is red."""
    parts = []
    for place, (name, value) in enumerate(rows):
        height = 2.0 if value is None else max(_HEIGHT * value / 100, 5.0)
        told = f"{name}: {'no runs' if value is None else f'{value:.4g} %'}"
        parts.append(
            element(
                "rect",
                titled(told),
                x=place * 4.0,
                y=_HEIGHT - height,
                width=3.0,
                height=height,
                class_=f"tone-{_tone(value)}",
            )
        )
    return stretched(max(len(rows), 1) * 4.0, _HEIGHT, *parts, class_="sparkline", label=label)


def _tone(value: float | None) -> str:
    if value is None:
        return "none"
    if value >= 100:
        return "good"
    return "warn" if value >= 50 else "bad"
