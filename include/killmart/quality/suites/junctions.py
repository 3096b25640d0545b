"""Checks on the junctions, the same for each: who was on a killmail, and its facts beside them."""

from __future__ import annotations

from killmart.quality.check import Check
from killmart.quality.suites.sqlcheck import claim


def checks_of(kind: str) -> list[Check]:
    """The checks of the junction of a kind of `ENTITIES`."""
    return [
        claim(
            "entities_have_a_kill",
            "critical",
            "An involvement without its killmail cannot be dated or placed.",
            kind,
        ),
        claim("entities_are_filled_in", "critical", "An involvement of nobody, or without its role, is none.", kind),
        claim(
            "entities_are_unique",
            "critical",
            "Who is twice on one killmail would be counted twice; the older service broke on this.",
            kind,
        ),
        claim(
            "entities_play_their_role",
            "critical",
            "Whoever lost the ship is the victim, also when it shot itself; all sums of kills and losses rest on it.",
            kind,
        ),
        claim(
            "entities_have_their_kills_facts",
            "critical",
            "Sums read time, place and value here: with others than the killmail's they would be of another killmail.",
            kind,
        ),
    ]
