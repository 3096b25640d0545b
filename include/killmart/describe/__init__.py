"""Describes the warehouse by its own catalog: schema.prisma and docs/data-model.md, so that neither can go stale."""

from __future__ import annotations

SCHEMAS = ("core", "reference", "mart", "quality", "legacy")
"""What readers query, and killmart_reader may read."""
