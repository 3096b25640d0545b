"""Writes SVG and HTML elements with everything escaped."""

from __future__ import annotations

from markupsafe import Markup, escape


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
    return element("title", text)


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
