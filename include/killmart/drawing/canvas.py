"""A sheet on which a picture is drawn, in the colours of a theme."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from markupsafe import Markup

from killmart.drawing.ink import in_file
from killmart.drawing.svg import element, plain, titled
from killmart.drawing.tones import PALETTES

WIDTH = 1200.0
"""Of every picture, in pixels."""
MARGIN = 48.0
FOOT = 64.0
"""Room below what is drawn."""
_FONT = "Inter, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Noto Sans', sans-serif"


class Canvas:
    """Collects what is drawn; tones are names of the palette."""

    def __init__(self, theme: str) -> None:
        self.ink = in_file(theme)
        self._palette = PALETTES[theme]
        self._parts: list[Markup] = []

    def draw(self, shapes: Iterable[Markup]) -> None:
        """Shapes that were made with the ink of this canvas."""
        self._parts += shapes

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
        self._parts.append(
            element(
                "text",
                plain(text),
                x=x,
                y=y,
                font_size=size,
                font_weight=weight,
                text_anchor=anchor,
                fill=self._palette[tone],
            )
        )

    def rect(self, x: float, y: float, width: float, height: float, tone: str, opacity: float | None = None) -> None:
        """A filled rectangle."""
        look = self.ink("area", tone, opacity)
        self._parts.append(element("rect", x=x, y=y, width=width, height=height, **look))

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
            titled(told),
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
