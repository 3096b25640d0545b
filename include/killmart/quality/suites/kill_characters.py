"""Checks on candidate.kill_characters."""

from __future__ import annotations

from killmart.quality.suites.junctions import checks_of
from killmart.quality.suites.sqlcheck import claim

CHECKS = [
    *checks_of("character"),
    claim(
        "characters_fly_as_they_did",
        "critical",
        "With another's corporation, alliance or ship a pilot's kill would be counted for those who were not there.",
    ),
]
