"""Checks on candidate.kill_victims."""

from __future__ import annotations

from killmart.quality.suites.sqlcheck import claim

CHECKS = [
    claim("victims_have_a_kill", "critical", "A victim without its killmail cannot be dated or placed."),
    claim("victims_are_filled_in", "critical", "A loss of no ship, or of unknown damage, is none."),
    claim("damage_adds_up", "warning", "Some real killmails do not; many at once would mean lost attackers."),
    claim("ship_types_are_known", "warning", "A ship that the static data lacks: it is out of date."),
]
