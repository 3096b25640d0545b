"""Checks on candidate.kill_corporations."""

from __future__ import annotations

from killmart.quality.suites.junctions import checks_of

CHECKS = checks_of("corporation")
