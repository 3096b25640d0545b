"""Checks on candidate.kill_alliances."""

from __future__ import annotations

from killmart.quality.suites.junctions import checks_of

CHECKS = checks_of("alliance")
