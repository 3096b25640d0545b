"""Describes the warehouse by its own catalog, in files that cannot go stale: for Prisma, for people, for the API."""

from __future__ import annotations

SCHEMAS = ("core", "reference", "mart", "quality", "legacy")
"""What readers query, and killmart_reader may read."""
