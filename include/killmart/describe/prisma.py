"""Writes a Prisma schema of the warehouse: models for tables, views for views, our names by @map and @@map.

A model is called as one row of its table is (`kill_victims`: KillVictim), with the schema in front where several have
a table of that name, except core's. A table without a key becomes a view: Prisma wants a model's rows to have a key,
and reads both alike. A relation to a row is called as the column that names it (`character_id`: character), the one
back as the table, less what the two share (`kill_attackers` of a kill: attackers), unless a column is called so.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from killmart.db.catalog import Catalog, Column, Enumeration, ForeignKey, Table

_HEAD = """\
// Written by `make model` from the database; do not edit. The warehouse is Killmart's: read with it, never migrate.
// Where it is stands in prisma.config.ts, with the role killmart_reader (docs/migration.md).
// Prisma 6 and older want the line `url = env("DATABASE_URL")` in the block datasource.

generator client {{
  provider        = "prisma-client-js"
  previewFeatures = ["views"]
}}

datasource db {{
  provider = "postgresql"
  schemas  = [{schemas}]
}}
"""
_TYPES = {
    "bigint": "BigInt",
    "integer": "Int",
    "smallint": "Int @db.SmallInt",
    "text": "String",
    "boolean": "Boolean",
    "double precision": "Float",
    "real": "Float @db.Real",
    "date": "DateTime @db.Date",
    "timestamp with time zone": "DateTime @db.Timestamptz(6)",
    "jsonb": "Json",
    "bytea": "Bytes",
    "numeric": "Decimal",
}
_VIEW_KEYS = {
    "core.losses_fact": ("killmail_id",),
    "core.attackers_fact": ("killmail_id", "attacker_index"),
    "core.damage_fact": ("killmail_id",),
    "core.kill_days": ("day",),
    "core.killmails_named": ("killmail_id",),
    "core.attackers_named": ("killmail_id", "attacker_index"),
    "core.entities_named": ("entity_kind", "entity_id"),
    "core.items_named": ("killmail_id", "item_index"),
    "quality.coverage": ("day",),
    "quality.reviewed_batches": ("batch_id",),
    "mart.battles_named": ("battle_id",),
    "mart.battle_sides_named": ("battle_id", "side"),
    "mart.open_days": ("day",),
    "mart.days_behind": ("day",),
    "mart.parties": ("killmail_id", "attacker_index"),
    "mart.crew": ("entity_kind", "entity_id", "killmail_id", "attacker_index"),
    "mart.items_daily": ("type_id", "day"),
    "mart.derived_items": ("type_id", "day"),
    "mart.crews_daily": ("entity_kind", "entity_id", "day"),
    "mart.derived_crews": ("entity_kind", "entity_id", "day"),
    "mart.members_daily": ("entity_id", "day", "corporation_id"),
    "mart.sums_daily": ("day", "counted_by", "entity_id", "bucket"),
    "mart.derived_sums": ("day", "counted_by", "entity_id", "bucket"),
    "mart.appearances": ("entity_kind", "entity_id", "killmail_id"),
    "mart.activity_daily": ("entity_kind", "entity_id", "day"),
    "mart.activity_hourly": ("entity_kind", "entity_id", "day", "hour"),
    "mart.ships_daily": ("entity_kind", "entity_id", "day", "ship_type_id"),
    "mart.value_distribution": ("entity_kind", "entity_id", "day", "magnitude"),
    "mart.fleet_sizes": ("entity_kind", "entity_id", "day", "at_least"),
    "mart.systems_daily": ("entity_kind", "entity_id", "day", "system_id"),
    "mart.corporations_daily": ("entity_kind", "entity_id", "day", "corporation_id"),
    "mart.derived_relations": ("entity_kind", "entity_id", "day", "other_id"),
    "mart.relations_daily": ("entity_kind", "entity_id", "day", "other_id"),
    "mart.activity_trend": ("entity_kind", "entity_id", "day"),
    "mart.regions_daily": ("region_id", "day"),
    "legacy.kills_fact": ("killmailId",),
    "legacy.losses_fact": ("killmailId",),
    "legacy.kill_victims": ("id",),
    "legacy.kill_attackers": ("id",),
    "legacy.kill_characters": ("killmailId", "characterId"),
    "legacy.characters": ("eveId",),
    "legacy.corporations": ("eveId",),
    "legacy.alliances": ("eveId",),
}
"""What identifies the rows of a view: PostgreSQL knows no keys of views, and Prisma's findUnique wants one."""
_WORDS = {"killmail": "kill"}
"""Names of relations that programs know by another word than the rule's."""


def prisma_schema(catalog: Catalog) -> str:
    """The text of schema.prisma."""
    names = _model_names(catalog.tables)
    enums = {f"{one.schema}.{one.name}": _pascal(one.name) for one in catalog.enums}
    parts = [_HEAD.format(schemas=", ".join(f'"{name}"' for name in catalog.schemas))]
    parts += ["\n".join(_model(table, catalog, names, enums)) + "\n" for table in catalog.tables]
    parts += ["\n".join(_enum(one)) + "\n" for one in catalog.enums]
    return "\n".join(parts)


def _model_names(tables: list[Table]) -> dict[str, str]:
    """Model of each table; a name that several schemas have gets its schema in front, except core's."""
    counted = Counter(table.name for table in tables)
    return {
        table.full_name: _pascal(
            _singular(table.name if counted[table.name] == 1 or table.schema == "core" else table.full_name)
        )
        for table in tables
    }


def _singular(name: str) -> str:
    """A table's name with each of its words in the singular: `categories`: category, `losses_fact`: loss_fact."""
    return re.sub(r"ies(?=[_.]|$)|(?<=ss)es(?=[_.]|$)|(?<![sui])s(?=[_.]|$)", _ending, name)


def _ending(plural: re.Match[str]) -> str:
    return "y" if plural[0] == "ies" else ""


def _pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_.]", name))


def _camel(name: str) -> str:
    whole = _pascal(name)
    return whole[:1].lower() + whole[1:]


def _model(table: Table, catalog: Catalog, names: dict[str, str], enums: dict[str, str]) -> Iterator[str]:
    key = table.primary_key or _VIEW_KEYS.get(table.full_name, ())
    yield f"/// {table.comment}"
    yield f"{'model' if table.primary_key else 'view'} {names[table.full_name]} {{"
    fields = _aligned([_field(column, key, table.is_view, enums) for column in table.columns])
    for column, field in zip(table.columns, fields, strict=True):
        yield f"  /// {column.comment}"
        yield f"  {field}"
    relations = _aligned([*_parents(table, names), *_children(table, catalog.tables, names)])
    if relations:
        yield ""
        yield from (f"  {line}" for line in relations)
    yield ""
    if len(key) > 1:
        yield f"  @@{'unique' if table.is_view else 'id'}([{_fields(key)}])"
    for index in table.indexes:
        if index.is_plain and table.primary_key:
            kind = "unique" if index.is_unique else "index"
            yield f'  @@{kind}([{_fields(index.columns)}], map: "{index.name}")'
    if table.name != names[table.full_name]:
        yield f'  @@map("{table.name}")'
    yield f'  @@schema("{table.schema}")'
    yield "}"


def _aligned(fields: list[list[str]]) -> list[str]:
    """Fields (name, type, attributes) one below the other, as `prisma format` writes them."""
    widths = [max((len(field[at]) for field in fields), default=0) for at in (0, 1)]
    return [f"{name:{widths[0]}} {kind:{widths[1]}} {' '.join(rest)}".rstrip() for name, kind, *rest in fields]


def _fields(columns: tuple[str, ...]) -> str:
    return ", ".join(_camel(name) for name in columns)


def _field(column: Column, key: tuple[str, ...], is_view: bool, enums: dict[str, str]) -> list[str]:
    kind, _, native = _type(column.type, enums).partition(" ")
    is_key = column.name in key
    # PostgreSQL says of no column of a view that it is never null, but the key is not, and a list cannot be optional
    optional = "?" if column.is_nullable and not is_key and not kind.endswith("[]") else ""
    parts = [_camel(column.name), kind + optional]
    if key == (column.name,):
        parts.append("@unique" if is_view else "@id")
    parts += [part for part in (_default(column, enums), _mapped(column.name), native) if part]
    return parts


def _mapped(name: str) -> str:
    return "" if _camel(name) == name else f'@map("{name}")'


def _type(name: str, enums: dict[str, str]) -> str:
    """A type of PostgreSQL as Prisma's, with the native one after a blank where it takes one."""
    if name.endswith("[]"):
        kind, _, native = _type(name.removesuffix("[]"), enums).partition(" ")
        return f"{kind}[] {native}".strip()
    precise = re.fullmatch(r"numeric\((\d+),(\d+)\)", name)
    if precise:
        return f"Decimal @db.Decimal({precise[1]}, {precise[2]})"
    return _TYPES.get(name) or enums.get(name) or f'Unsupported("{name}")'


def _default(column: Column, enums: dict[str, str]) -> str:
    value = column.default_value
    if column.is_identity:
        return "@default(autoincrement())"
    if column.is_generated:
        return "@default(dbgenerated())"
    if value == "now()":
        return "@default(now())"
    if value.startswith("'{}'::"):
        return "@default([])"
    if re.fullmatch(r"true|false|-?\d+(\.\d+)?", value):
        return f"@default({value})"
    words = re.fullmatch(r"'([^']*)'::(.+)", value)
    if words and words[2] == "text":
        return f"@default({json.dumps(words[1])})"
    if words and words[2] in enums:
        return f"@default({words[1]})"
    return f"@default(dbgenerated({json.dumps(value)}))" if value else ""


def _parents(table: Table, names: dict[str, str]) -> Iterator[list[str]]:
    for key in table.foreign_keys:
        nullable = any(column.is_nullable for column in table.columns if column.name in key.columns)
        cascade = ", onDelete: Cascade" if key.is_cascading else ", onDelete: NoAction"
        parts = f"fields: [{_fields(key.columns)}], references: [{_fields(key.parent_columns)}]{cascade}"
        kind = names[key.parent] + ("?" if nullable else "")
        yield [_relation(key), kind, f"@relation({parts}, onUpdate: NoAction)"]


def _relation(key: ForeignKey) -> str:
    """Field of the row that a foreign key names: `character` of `character_id`."""
    name = re.sub(r"_id$", "", key.columns[-1])
    return _camel(_WORDS.get(name, name))


def _children(table: Table, tables: list[Table], names: dict[str, str]) -> Iterator[list[str]]:
    for child in tables:
        for key in child.foreign_keys:
            if key.parent == table.full_name:
                is_one = key.columns == child.primary_key
                yield [_back(table, child, is_one), names[child.full_name] + ("?" if is_one else "[]")]


def _back(parent: Table, child: Table, is_one: bool) -> str:
    """Field of the rows that name a row of `parent`: `attackers` of kills_fact for kill_attackers."""
    whole = _singular(child.name) if is_one else child.name
    short = whole.removeprefix(_singular(parent.name.removesuffix("_fact")) + "_")
    return _camel(whole if any(column.name == short for column in parent.columns) else short)


def _enum(one: Enumeration) -> Iterator[str]:
    yield f"enum {_pascal(one.name)} {{"
    yield from (f"  {label}" for label in one.labels)
    yield ""
    yield f'  @@map("{one.name}")'
    yield f'  @@schema("{one.schema}")'
    yield "}"
