"""Markup of pages and drawings as tests look at it, and text that means harm to it."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET

HOSTILE = """</title></style></pre><script>alert(1)</script><img src=x onerror=alert(2)>"'{{ 7*7 }}"""
BAD = "<script>&\"'"


def without_markup(page: str) -> str:
    """The text of a page, unescaped."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def parsed(markup: str) -> ET.Element:
    """The markup as a tree; raises where it is not well formed."""
    return ET.fromstring(f"<div>{markup}</div>")


def rects(tree: ET.Element, tone: str) -> list[ET.Element]:
    """Rectangles of one tone."""
    return [one for one in tree.iter("rect") if f"tone-{tone}" in one.get("class", "")]
