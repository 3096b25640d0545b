"""Reads characters, corporations, alliances and systems."""

from __future__ import annotations

from sqlalchemy import Connection

from killmart.db.reading import Row, find


def entity(connection: Connection, entity_kind: str, entity_id: int) -> Row | None:
    """Name, affiliation and when it was seen, or None where no killmail had it (or there is no such system)."""
    name = "reference/find_system" if entity_kind == "system" else f"core/find_{entity_kind}"
    return find(connection, name, entity_id=entity_id)
