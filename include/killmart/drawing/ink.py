"""How a tone becomes a colour: by a class that the pages' style sheet fills in, or, in a file, by the colour itself."""

from __future__ import annotations

from typing import Protocol

from killmart.drawing.tones import PALETTES

Attributes = dict[str, str | float | None]


class Ink(Protocol):
    """Gives the attributes of a shape.

    Roles are `area`, `faded` (an area behind lines), `heat`, `line`, `dot`, `dot faint` (seen under the pointer alone),
    `grid`, `bar` (a group that tells something) and `reach` (where the pointer makes it tell).
    """

    def __call__(self, role: str, tone: str = "", opacity: float | None = None) -> Attributes:
        """The attributes of a shape of this role and tone."""
        ...


def on_page(role: str, tone: str = "", opacity: float | None = None) -> Attributes:
    """Classes: light and dark, and what happens under the pointer, are the style sheet's."""
    return {"class_": f"{role} tone-{tone}" if tone else role, "fill_opacity": opacity}


def in_file(theme: str) -> Ink:
    """The colours of `light` or `dark` in place: a file has no style sheet."""
    palette = PALETTES[theme]

    def ink(role: str, tone: str = "", opacity: float | None = None) -> Attributes:
        if role == "line":
            return {"fill": "none", "stroke": palette[tone], "stroke_width": 3, "stroke_linejoin": "round"}
        if role == "dot":
            return {"stroke": palette[tone], "stroke_width": 8, "stroke_linecap": "round"}
        if role == "grid":
            return {"stroke": palette["border"]}
        if role in ("reach", "dot faint"):
            return {"fill": "none", "pointer_events": "all"}
        if role == "bar":
            return {}
        return {"fill": palette[tone], "fill_opacity": 0.45 if role == "faded" else opacity, "rx": 1.5}

    return ink
