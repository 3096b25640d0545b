"""Reads characters, corporations, alliances and systems: by id and by name."""

from __future__ import annotations

from sqlalchemy import Connection

from killmart.db.reading import Row, select


def entity(connection: Connection, entity_kind: str, entity_id: int) -> Row | None:
    """Name, affiliation and when it was seen, or None where no killmail had it (or there is no such system)."""
    return next(iter(of_id(connection, entity_id, entity_kind)), None)


def of_id(connection: Connection, entity_id: int, entity_kind: str | None = None) -> list[Row]:
    """What has this id, of one kind or of each."""
    return select(connection, "core/find_entities", entity_id=entity_id, entity_kind=entity_kind)


def named_like(connection: Connection, name: str, limit: int) -> list[Row]:
    """Entities whose name begins with `name`, `limit` of each kind at most; the exact ones first, marked `is_exact`."""
    escaped = name.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return select(connection, "core/find_names", pattern=f"{escaped}%", typed=name, limit=limit)
