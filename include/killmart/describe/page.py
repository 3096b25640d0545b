"""Writes the page of the data model: a diagram of the keys, then every table with its columns and their comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from killmart.db.catalog import Catalog, Column, Routine, Table

_HEAD = """\
# Data model

Written by `make model` from the database; do not edit. What to ask: [queries.md](queries.md). For programs that
know the older model: [migration.md](migration.md). The same for Prisma: [schema.prisma](../schema.prisma).

Times are UTC; ids are EVE's; ISK of losses is what the ship, its fittings and its cargo were worth.
"""
_DRAWN = ("core", "reference", "mart")
_NAMED_BY = {
    "character_id": "characters",
    "corporation_id": "corporations",
    "alliance_id": "alliances",
    "system_id": "solar_systems",
    "type_id": "types",
    "group_id": "groups",
    "category_id": "categories",
}
"""What ids without a foreign key lead to: ESI names what static data or names of a later day will know."""


def data_model_page(catalog: Catalog) -> str:
    """The text of docs/data-model.md."""
    parts = [_HEAD, _diagram("core", catalog)]
    for schema, comment in catalog.schemas.items():
        parts.append(f"## {schema}\n\n{comment}.\n")
        if schema in _DRAWN[1:]:
            parts.append(_diagram(schema, catalog))
        parts += [_table(table) for table in catalog.tables if table.schema == schema]
        parts += [_routine(routine) for routine in catalog.routines if routine.schema == schema]
    return "\n".join(parts)


def _diagram(schema: str, catalog: Catalog) -> str:
    """Tables of one schema with their keys, and what leads from one to another."""
    tables = [table for table in catalog.tables if table.schema == schema and not table.is_view]
    lines = ["```mermaid", "erDiagram"]
    lines += [f"    {line}" for line in _edges(tables)]
    for table in tables:
        lines.append(f"    {table.name} {{")
        lines += [f"        {_drawn_column(column, table)}" for column in table.columns if _is_drawn(column, table)]
        lines.append("    }")
    return "\n".join([*lines, "```", ""])


def _is_drawn(column: Column, table: Table) -> bool:
    """Keys and what leads elsewhere; and everything of small tables."""
    return len(table.columns) <= 8 or column.name in table.primary_key or column.name.endswith(("_id", "_time", "day"))


def _drawn_column(column: Column, table: Table) -> str:
    marks = ["PK"] if column.name in table.primary_key else []
    marks += ["FK"] if any(column.name in key.columns for key in table.foreign_keys) else []
    kind = re.sub(r"[^a-z0-9_]+", "_", _short(column.type)).strip("_")
    return f"{kind} {column.name} {', '.join(marks)}".rstrip()


def _edges(tables: list[Table]) -> Iterator[str]:
    """Foreign keys, and the ids without one by which readers join."""
    for table in tables:
        firm = {column for key in table.foreign_keys for column in key.columns}
        for key in table.foreign_keys:
            one = "|o" if any(column.is_nullable for column in table.columns if column.name in key.columns) else "||"
            many = "||" if key.columns == table.primary_key else "o{"
            yield f"{key.parent.split('.')[1]} {one}--{many} {table.name} : {key.columns[0]}"
        for column in table.columns:
            other = _named_by(column.name)
            if other not in (None, table.name) and column.name not in firm:
                yield f"{other} |o..o{{ {table.name} : {column.name}"


def _named_by(column: str) -> str | None:
    """The table whose key a column holds, by the column's name; ship_type_id and weapon_type_id are type ids."""
    return _NAMED_BY.get("type_id" if column.endswith("_type_id") else column)


def _short(name: str) -> str:
    return {"timestamp with time zone": "timestamptz", "double precision": "double"}.get(name, name)


def _table(table: Table) -> str:
    key = f" Key: {', '.join(f'`{name}`' for name in table.primary_key)}." if table.primary_key else ""
    lines = [f"### {table.full_name}", "", f"{_sentence(table.comment)}{' A view.' if table.is_view else ''}{key}", ""]
    lines += ["| column | type | |", "|---|---|---|"]
    lines += [
        f"| `{one.name}` | {_short(one.type)}{_null(one, table)} | {_cell(one.comment)} |" for one in table.columns
    ]
    indexes = [f"`{one.name}` ({', '.join(one.columns)})" for one in table.indexes if one.is_plain]
    lines += ["", f"Indexes: {', '.join(indexes)}."] if indexes else []
    return "\n".join([*lines, ""])


def _null(column: Column, table: Table) -> str:
    return ", null" if column.is_nullable and not table.is_view else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _routine(routine: Routine) -> str:
    gives = f" → {routine.result}" if routine.result else ""
    call = re.sub(r"\b(timestamp with time zone|double precision)\b", lambda found: _short(found[0]), gives)
    arguments = re.sub(
        r"\b(timestamp with time zone|double precision)\b", lambda found: _short(found[0]), routine.arguments
    )
    return (
        f"### {routine.schema}.{routine.name}\n\n`{routine.name}({arguments}){call}`\n\n{_sentence(routine.comment)}\n"
    )
