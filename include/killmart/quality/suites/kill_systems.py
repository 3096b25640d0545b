"""Checks on candidate.kill_systems."""

from __future__ import annotations

from killmart.quality.suites.sqlcheck import claim

CHECKS = [
    claim(
        "kills_are_in_their_system",
        "critical",
        "All sums of places rest on it: what lacks there, or has other facts, is missing or wrong in them.",
    ),
]
