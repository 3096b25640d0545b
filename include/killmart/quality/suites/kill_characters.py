"""Checks on candidate.kill_characters."""

from __future__ import annotations

import great_expectations.expectations as gxe

from killmart.quality.check import Check
from killmart.quality.suites.sqlcheck import claim

CHECKS = [
    claim("characters_have_a_kill", "critical", "An involvement without its killmail cannot be dated or placed."),
    Check(
        "killmail_and_character_are_unique",
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["killmail_id", "character_id"], severity="critical"),
        "A pilot twice on one killmail would be counted twice; the older service broke on this.",
    ),
    claim("characters_play_their_role", "critical", "Whoever lost the ship is the victim, also when it shot itself."),
]
