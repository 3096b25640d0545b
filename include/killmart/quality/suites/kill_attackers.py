"""Checks on candidate.kill_attackers."""

from __future__ import annotations

from killmart.quality.suites.sqlcheck import claim

CHECKS = [
    claim("attackers_have_a_kill", "critical", "An attacker without its killmail cannot be dated or placed."),
    claim("attackers_are_filled_in", "critical", "An attack without its damage or final blow gives a wrong sum."),
    claim(
        "attackers_are_numbered", "critical", "The index is the key: a gap is a lost row, a repetition a doubled one."
    ),
    claim("attackers_strike_one_final_blow", "critical", "Two final blows would give one kill to two pilots."),
    claim("attacker_types_are_known", "warning", "A ship or weapon that the static data lacks: it is out of date."),
]
