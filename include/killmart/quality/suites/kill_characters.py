"""Checks on candidate.kill_characters."""

from __future__ import annotations

from killmart.quality.suites.sqlcheck import claim

CHECKS = [
    claim("characters_have_a_kill", "critical", "An involvement without its killmail cannot be dated or placed."),
    claim("characters_are_filled_in", "critical", "An involvement of nobody, or without its role, is none."),
    claim(
        "killmail_and_character_are_unique",
        "critical",
        "A pilot twice on one killmail would be counted twice; the older service broke on this.",
    ),
    claim("characters_play_their_role", "critical", "Whoever lost the ship is the victim, also when it shot itself."),
]
