"""Writes SVG and HTML elements with everything escaped."""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Signs that turn the direction of the writing around, also of what comes after a name."""


def element(name: str, *content: str | Markup, **attributes: str | float | None) -> Markup:
    """`element("rect", x=1, class_="bar")`: underscores become hyphens, None is left out, numbers are kept short."""
    parts = [name]
    for key, value in attributes.items():
        if value is not None:
            text = f"{value:.6g}" if isinstance(value, float) else str(value)
            parts.append(f'{key.strip("_").replace("_", "-")}="{escape(text)}"')
    inner = Markup("").join(content)
    return Markup(f"<{' '.join(parts)}>") + inner + Markup(f"</{name}>")


def linked(href: str | None, content: Markup) -> Markup:
    """`content` inside a link, or as it is."""
    return element("a", content, href=href) if href else content


def titled(text: str) -> Markup:
    """What shows while the pointer rests on an element."""
    return element("title", plain(text))


def plain(text: str) -> str:
    """`text` with a replacement sign for each one that XML forbids, or that turns the writing around."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_unfit(sign) else sign for sign in text)


def _is_unfit(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs", "Cn") or unicodedata.bidirectional(sign) in _TURNING


def stretched(width: float, height: float, *content: Markup, class_: str, label: str) -> Markup:
    """A drawing of `width` × `height` units that fills whatever room it gets."""
    return element(
        "svg",
        *content,
        class_=class_,
        viewBox=f"0 0 {width:g} {height:g}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )
