"""Reads what the database says of itself: tables, columns, keys, indexes, routines, and the comments on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection

from killmart.db.sql import sql


@dataclass(frozen=True)
class Column:
    """A column; `type` as PostgreSQL writes it, `default_value` an expression or empty."""

    name: str
    type: str
    is_nullable: bool
    is_identity: bool
    is_generated: bool
    default_value: str
    comment: str


@dataclass(frozen=True)
class ForeignKey:
    """Columns that name a row of the table `parent` (schema.name)."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]
    is_cascading: bool


@dataclass(frozen=True)
class Index:
    """An index that is no primary key; not `is_plain` are those of expressions or of some rows only."""

    name: str
    columns: tuple[str, ...]
    is_unique: bool
    is_plain: bool


@dataclass
class Table:
    """A table or view."""

    schema: str
    name: str
    is_view: bool
    comment: str
    primary_key: tuple[str, ...]
    columns: list[Column] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    indexes: list[Index] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Routine:
    """A function or procedure; `result` is empty of a procedure."""

    schema: str
    name: str
    arguments: str
    result: str
    comment: str


@dataclass(frozen=True)
class Enumeration:
    """A type with a fixed list of values."""

    schema: str
    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Catalog:
    """All of some schemas: theirs is the order asked for, then that of creation; `schemas` maps names to comments."""

    schemas: dict[str, str]
    tables: list[Table]
    routines: list[Routine]
    enums: list[Enumeration]


class LoadedColumns(NamedTuple):
    """Columns that a load brings of a table, and its key; the others core generates or stamps with the moment."""

    columns: tuple[str, ...]
    key: tuple[str, ...]


def loaded_columns(connection: Connection, tables: Sequence[str]) -> dict[str, LoadedColumns]:
    """What a load brings of these tables of core; asked for by each promotion, so that it may outlive a migration."""
    rows = connection.execute(sql("catalog/select_loaded_columns"), {"tables": list(tables)})
    found = {row.table_name: LoadedColumns(tuple(row.columns), tuple(row.key)) for row in rows}
    return {table: found[table] for table in tables}


def read_catalog(connection: Connection, schemas: Sequence[str]) -> Catalog:
    """Read the catalog of these schemas; those that are not there are left out."""
    asked = {"schemas": list(schemas)}
    tables: dict[int, Table] = {}
    for row in connection.execute(sql("catalog/select_tables"), asked).mappings():
        values = dict(row) | {"primary_key": tuple(row["primary_key"])}
        table_id = values.pop("table_id")
        tables[table_id] = Table(**values)
    for row in connection.execute(sql("catalog/select_columns"), asked).mappings():
        values = dict(row)
        tables[values.pop("table_id")].columns.append(Column(**values))
    for row in connection.execute(sql("catalog/select_foreign_keys"), asked).mappings():
        tables[row["table_id"]].foreign_keys.append(
            ForeignKey(
                columns=tuple(row["columns"]),
                parent=tables[row["parent_id"]].full_name,
                parent_columns=tuple(row["parent_columns"]),
                is_cascading=row["is_cascading"],
            )
        )
    for row in connection.execute(sql("catalog/select_indexes"), asked).mappings():
        tables[row["table_id"]].indexes.append(
            Index(row["name"], tuple(row["columns"]), row["is_unique"], row["is_plain"])
        )
    return Catalog(
        schemas={row.name: row.comment for row in connection.execute(sql("catalog/select_schemas"), asked)},
        tables=list(tables.values()),
        routines=[Routine(**row) for row in connection.execute(sql("catalog/select_routines"), asked).mappings()],
        enums=[
            Enumeration(row.schema, row.name, tuple(row.labels))
            for row in connection.execute(sql("catalog/select_enums"), asked)
        ],
    )
