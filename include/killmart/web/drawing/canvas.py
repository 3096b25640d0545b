"""A sheet on which a picture is drawn, in the colours of a theme."""

from __future__ import annotations

import unicodedata

from markupsafe import Markup

from killmart.web.drawing.svg import element, titled
from killmart.web.drawing.tones import PALETTES

WIDTH = 1200.0
"""Of every picture, in pixels."""
MARGIN = 48.0
Attributes = dict[str, str | float | None]
_FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Noto Sans', sans-serif"
_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Signs that turn the direction of the writing around, also of what comes after a name."""


class Canvas:
    """Collects what is drawn; tones are names of the palette."""

    def __init__(self, theme: str) -> None:
        self._palette = PALETTES[theme]
        self._parts: list[Markup] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float,
        weight: int = 400,
        tone: str = "fg",
        anchor: str = "start",
    ) -> None:
        """A line of text whose base line is at y."""
        place: Attributes = {"x": x, "y": y, "font_size": size, "font_weight": weight, "text_anchor": anchor}
        self._parts.append(element("text", plain(text), **place, fill=self._palette[tone]))

    def rect(
        self, x: float, y: float, width: float, height: float, tone: str, opacity: float = 1.0, rounded: float = 1.5
    ) -> None:
        """A filled rectangle."""
        place: Attributes = {"x": x, "y": y, "width": width, "height": height, "rx": rounded}
        shade = None if opacity == 1.0 else opacity
        self._parts.append(element("rect", **place, fill=self._palette[tone], fill_opacity=shade))

    def path(self, points: str, tone: str, x: float = 0.0, y: float = 0.0) -> None:
        """A line through points, moved by x and y."""
        moved = f"translate({x:g} {y:g})" if x or y else None
        pen: Attributes = {"fill": "none", "stroke": self._palette[tone], "stroke_width": 3, "stroke_linejoin": "round"}
        self._parts.append(element("path", d=points, transform=moved, **pen))

    def dot(self, x: float, y: float, tone: str) -> None:
        """A point that no line leads to."""
        self._parts.append(element("circle", cx=x, cy=y, r=4.0, fill=self._palette[tone]))

    def rule(self, x: float, y: float, width: float) -> None:
        """A line of the grid."""
        self._parts.append(element("line", x1=x, x2=x + width, y1=y, y2=y, stroke=self._palette["border"]))

    def file(self, height: float, told: str) -> Markup:
        """The picture as an SVG file, with Killmart's mark at its foot."""
        y = height - 26
        mark = 24.0
        name = self.width_of("Killmart", 18)
        self.text(WIDTH - MARGIN, y, "Killmart", size=18, weight=600, tone="muted", anchor="end")
        for place, (length, tone) in enumerate(((9.0, "a"), (17.0, "e"), (13.0, "a"))):
            x = WIDTH - MARGIN - name - mark - 10 + place * 8
            self.rect(x, y - length + 2, 6, length, tone)
        self.text(MARGIN, y, "All times are UTC", size=15, tone="muted")
        back = element("rect", x=0.0, y=0.0, width=WIDTH, height=height, fill=self._palette["back"])
        head = Markup('<?xml version="1.0" encoding="UTF-8"?>\n')
        return head + element(
            "svg",
            titled(plain(told)),
            back,
            *self._parts,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {WIDTH:g} {height:g}",
            width=WIDTH,
            height=height,
            font_family=_FONT,
        )

    @staticmethod
    def width_of(text: str, size: float) -> float:
        """How wide a line of text is, more or less: nobody knows the font."""
        return sum(size if unicodedata.east_asian_width(sign) in "WF" else size * 0.56 for sign in text)

    def fit(self, text: str, width: float, size: float) -> str:
        """`text`, cut with an ellipsis where it is wider than that."""
        if self.width_of(text, size) <= width:
            return text
        while text and self.width_of(text, size) + size > width:
            text = text[:-1]
        return f"{text.rstrip()}…"


def plain(text: str) -> str:
    """`text` with a replacement sign for each one that XML forbids, or that turns the writing around."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_unfit(sign) else sign for sign in text)


def _is_unfit(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs", "Cn") or unicodedata.bidirectional(sign) in _TURNING
