"""Draws the chart of a digest as PNG, which Discord shows (it shows no SVG): two weeks, the day itself stands out.

It has numbers and dates only: no font has the letters of every player's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from killmart.model.digest import DayFacts

WIDTH, HEIGHT = 800, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 52, 44
_BACK, _INK, _GRID = "#1e1f22", "#dbdee1", "#3f4248"  # Discord's dark; legible on its light theme too
_UP, _UP_BEFORE = "#3b82f6", "#2b5596"
_DOWN, _DOWN_BEFORE = "#ef4444", "#8c3331"


def draw(facts: DayFacts) -> bytes:
    """A column for each day: killmails of everybody, or an entity's kills above the line and its losses below."""
    both = not facts.subject.is_everybody
    up = [day.kills if both else day.losses for day in facts.days]
    down = [day.losses if both else 0 for day in facts.days]
    image = Image.new("RGB", (WIDTH, HEIGHT), _BACK)
    pen = ImageDraw.Draw(image)
    small, large = ImageFont.load_default(14), ImageFont.load_default(20)
    title = "Kills (above) and losses (below) per day" if both else "Killmails per day"
    pen.text((_LEFT, 14), title, fill=_INK, font=large)
    span = HEIGHT - _TOP - _BOTTOM
    scale = span / max(max(up) + max(down), 1)
    line = round(_TOP + max(up) * scale)
    for value, y in {max(up): _TOP, 0: line, -max(down): HEIGHT - _BOTTOM}.items():
        pen.line((_LEFT, y, WIDTH - _RIGHT, y), fill=_GRID)
        pen.text((_LEFT - 8, y), f"{abs(value):,}", fill=_INK, font=small, anchor="rm")
    step = (WIDTH - _LEFT - _RIGHT) / len(facts.days)
    for place, day in enumerate(facts.days):
        is_last = place == len(facts.days) - 1
        left, right = round(_LEFT + place * step + 4), round(_LEFT + (place + 1) * step - 4)
        _column(pen, (left, right), (line - round(up[place] * scale), line - 1), _UP if is_last else _UP_BEFORE)
        _column(pen, (left, right), (line + 1, line + round(down[place] * scale)), _DOWN if is_last else _DOWN_BEFORE)
        text = f"{day.day.day} {day.day:%b}"
        pen.text(((left + right) / 2, HEIGHT - _BOTTOM + 22), text, fill=_INK, font=small, anchor="mm")
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _column(pen: ImageDraw.ImageDraw, across: Sequence[int], along: Sequence[int], colour: str) -> None:
    if along[1] >= along[0]:
        pen.rectangle((across[0], along[0], across[1], along[1]), fill=colour)
