"""Puts a day into a message for Discord: an embed and its picture.

What players called themselves is shown, never obeyed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from killmart.db.digests import DayFacts
from killmart.db.reading import Row
from killmart.drawing.canvas import WIDTH
from killmart.drawing.drawing import Columns
from killmart.drawing.picture import Heading, picture
from killmart.drawing.png import png
from killmart.text import counted, isk, isk_of, isk_share, number, percent, percent_of

ZKILLBOARD = "https://zkillboard.com/kill"
PICTURE = "killmart.png"
_COLOUR = 0x3B82F6
_MARKDOWN = re.compile(r"([\\*_~`|>#\[\]()<:.+=/-])")
_LONGEST_NAME = 60
_LONGEST_VALUE = 1024
"""Discord's own limit of a field."""
_WIDTH, _HEIGHT = 800, 360
"""Of the picture, in pixels; wider ones Discord makes smaller."""


@dataclass(frozen=True)
class Digest:
    """A message ready to be posted: a Discord embed, and the chart in it as PNG, since Discord shows no SVG."""

    embed: dict[str, Any]
    chart: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The embed for a terminal."""
        fields = [f"{field['name']}: {field['value']}" for field in self.embed["fields"]]
        return "\n".join([self.embed["title"], self.embed["description"], *fields])


def compose(facts: DayFacts) -> Digest:
    """The message about a day."""
    return Digest(_embed(facts), _chart(facts))


def safe(name: str | None, instead: str = "unnamed") -> str:
    """A player's words with all that Discord would make of them taken away: markdown, links, emoji, mentions.

    Signs that cannot be seen or turn the direction of the writing are left out.
    """
    seen = "".join(sign if unicodedata.category(sign)[0] != "C" else "" for sign in name or "")
    plain = " ".join(seen.split())[:_LONGEST_NAME]
    return _MARKDOWN.sub(r"\\\1", plain).replace("@", "@\u200b") or instead


def _embed(facts: DayFacts) -> dict[str, Any]:
    sections = [
        ("Alliances", _ranking(facts.alliances, "kills")),
        ("Corporations", _ranking(facts.corporations, "kills")),
        ("Ships lost", _ranking(facts.ships, "lost")),
        ("Dearest kill", _killmail(facts.dearest)),
        ("Dearest loss", _killmail(facts.dearest_loss)),
        ("Biggest battle", _battle(facts.battle)),
        ("Completeness", _completeness(facts.coverage)),
    ]
    about = "" if facts.subject.is_everybody else f"{safe(facts.subject.name)}, "
    return {
        "title": f"{about}{facts.today.day:%A} {facts.today.day.day} {facts.today.day:%B %Y}",
        "description": _sums(facts),
        "color": _COLOUR,
        "fields": [
            {
                "name": name,
                "value": value[:_LONGEST_VALUE],
                "inline": name in ("Alliances", "Corporations", "Ships lost"),
            }
            for name, value in sections
            if value
        ],
        "image": {"url": f"attachment://{PICTURE}"},
        "footer": {"text": "Killmart. Days are UTC"},
    }


def _sums(facts: DayFacts) -> str:
    today, before = facts.today, facts.days[-8:-1]
    if facts.subject.is_everybody:
        destroyed = isk_of(today.isk_lost, today.losses_valued, today.losses)
        told = f"**{counted(today.losses, 'killmail')}**, **{destroyed}** destroyed"
        usual = sum(day.losses for day in before) / 7
        return told + _compared(today.losses, usual)
    told = (
        f"**{counted(today.kills, 'kill')}** ({isk_of(today.isk_killed, today.kills_valued, today.kills)}), "
        f"**{counted(today.losses, 'loss', 'losses')}** ({isk_of(today.isk_lost, today.losses_valued, today.losses)})"
    )
    efficiency = isk_share(today.isk_killed, today.isk_lost)
    told += "" if efficiency is None else f", efficiency {percent(efficiency)}"
    return told + _compared(today.kills, sum(day.kills for day in before) / 7)


def _compared(value: int, usual: float) -> str:
    """How a day was beside the week before it; nothing where that week had nothing."""
    if not usual:
        return ""
    change = 100 * (value - usual) / usual
    return f"\n{'+' if change >= 0 else '−'}{number(abs(change))} % against the mean of the week before"


def _ranking(rows: Sequence[Row], what: str) -> str:
    lines = []
    for place, row in enumerate(rows, 1):
        worth = isk_of(row["isk"], row["valued"], row[what])
        lines.append(f"{place}. {safe(row['name'], str(row['entity_id']))}: {number(row[what])} {what}, {worth}")
    return "\n".join(lines)


def _killmail(row: Row | None) -> str:
    if row is None:
        return ""
    who = safe(row["character_name"] or row["corporation_name"], "somebody unnamed")
    told = f"{safe(row['ship_name'], 'A ship')} of {who} in {safe(row['system_name'], 'an unknown system')}"
    attackers = counted(row["attacker_count"], "attacker")
    return f"[{told}]({ZKILLBOARD}/{row['killmail_id']}/), {isk(row['total_value'])}, {attackers}"


def _battle(row: Row | None) -> str:
    if row is None:
        return ""
    where = safe(row["system_name"], "an unknown system")
    region = f" ({safe(row['region_name'])})" if row["region_name"] else ""
    when = f"{row['started_at']:%H:%M} to {row['ended_at']:%H:%M}"
    losses, worth = counted(row["kills"], "loss", "losses"), isk_of(row["isk"], row["valued"], row["kills"])
    return f"{where}{region}, {when}: {losses}, {counted(row['pilots'], 'pilot')}, {worth}"


def _completeness(row: Row | None) -> str:
    if row is None or not row["sources"]:
        return "not proven yet: no source has been compared with this day"
    found = row["loaded"] + row["quarantined"]
    whole = percent(percent_of(found, row["expected"]), 2) if row["expected"] else "100 %"
    rest = f", {number(row['missing'])} missing" if row["missing"] else ""
    return f"{whole}: {number(row['loaded'])} of {number(row['expected'])} loaded{rest}"


def _chart(facts: DayFacts) -> bytes:
    """Two weeks, in which the day itself stands out: killmails of everybody, or an entity's kills above its losses."""
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
