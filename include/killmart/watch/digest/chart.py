"""The chart of a digest as PNG, which Discord shows (it shows no SVG): two weeks, the day itself stands out."""

from __future__ import annotations

from killmart.model.digest import DayFacts
from killmart.web.drawing.canvas import WIDTH
from killmart.web.drawing.drawing import Columns
from killmart.web.drawing.picture import Heading, picture
from killmart.web.drawing.png import png

_WIDTH, _HEIGHT = 800, 360
"""In pixels; wider pictures Discord makes smaller."""


def draw(facts: DayFacts) -> bytes:
    """A column for each day: killmails of everybody, or an entity's kills above the line and its losses below."""
    days = facts.days
    labels = [f"{day.day.day} {day.day:%b}" for day in days]
    losses = [day.losses for day in days]
    last = len(days) - 1
    if facts.subject.is_everybody:
        title, subject = "Killmails per day", "All systems"
        drawing = Columns(labels, [("killmails", "a", losses)], is_each_named=True, stands_out=last)
    else:
        title, subject = "Kills and losses per day", facts.subject.name
        kills = [day.kills for day in days]
        drawing = Columns(
            labels, [("kills", "a", kills)], [("losses", "e", losses)], is_each_named=True, stands_out=last
        )
    heading = Heading(title, subject, f"{days[0].day} to {days[-1].day}")
    # dark, as most have Discord; on its light theme it can be read as well
    drawn = picture(drawing, heading, theme="dark", empty="Nothing happened", height=WIDTH * _HEIGHT / _WIDTH)
    return png(drawn, _WIDTH)
