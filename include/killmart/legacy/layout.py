"""Finds the tables of the older service in a database, whatever Prisma made of their names.

Names are compared without case and underscores: `KillFact`, `kill_facts` and `kills_fact` are one table, `killmailId`
and `killmail_id` one column. Several tables of one kind (a rename that left the old one behind) are read together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from killmart.errors import ConfigurationError

_TABLES: Mapping[str, tuple[str, ...]] = {
    "kills": ("killfact", "killfacts", "killsfact", "killsfacts"),
    "losses": ("lossfact", "lossfacts", "lossesfact", "lossesfacts"),
    "victims": ("killvictim", "killvictims"),
    "attackers": ("killattacker", "killattackers"),
    "characters": ("killcharacter", "killcharacters"),
}
_FACT: Mapping[str, tuple[str, ...]] = {
    "killmail_id": ("killmailid", "killid", "id"),
    "killmail_hash": ("killmailhash", "hash", "killhash", "zkbhash"),
    "kill_time": ("killtime", "killmailtime", "losstime", "killedat"),
    "ship_type_id": ("shiptypeid", "victimshiptypeid"),
    "total_value": ("totalvalue", "value"),
    "points": ("points",),
    "npc": ("npc", "isnpc"),
    "solo": ("solo", "issolo"),
    "awox": ("awox", "isawox"),
    "labels": ("labels",),
}
_PARTY: Mapping[str, tuple[str, ...]] = {"killmail_id": ("killmailid", "killid"), "character_id": ("characterid",)}
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "kills": _FACT,
    "losses": {**_FACT, "character_id": ("characterid",)},
    "victims": {**_PARTY, "ship_type_id": ("shiptypeid",)},
    "attackers": {**_PARTY, "final_blow": ("finalblow", "isfinalblow")},
    "characters": {"killmail_id": _PARTY["killmail_id"]},
}
"""Our name of a column, and the names it may have in an old table of each kind, the likeliest first."""
_OURS = ("core", "legacy")
"""Schemas of a warehouse whose tables or views look like the old ones; the old ones may live beside them."""
_FROM_ESI = ("characters", "corporations", "alliances")
"""Old tables that hold nothing but names and affiliations, which come from ESI."""
_INTEGERS = ("smallint", "integer", "bigint")


@dataclass(frozen=True)
class OldColumn:
    """A column as the old database calls it."""

    name: str
    type: str


@dataclass(frozen=True)
class OldTable:
    """One old table and its columns under our names; what it lacks is not in `columns`."""

    schema: str
    name: str
    columns: Mapping[str, OldColumn]
    estimate: int = 0
    """Rows, as the old database's planner guesses."""


@dataclass(frozen=True)
class Layout:
    """The old tables by kind, and what had to be left aside, in sentences."""

    tables: Mapping[str, list[OldTable]]
    notes: list[str] = field(default_factory=list)

    @property
    def estimate(self) -> int:
        """About how many rows of kills and losses there are; 0 where the old database does not know."""
        return sum(table.estimate for kind in ("kills", "losses") for table in self.tables[kind])


@dataclass
class _Found:
    schema: str
    name: str
    is_current: bool
    estimate: int
    columns: dict[str, list[OldColumn]] = field(default_factory=dict)
    """By their names without case and underscores."""


def plain(name: str) -> str:
    """A name without case and underscores, by which tables and columns are compared."""
    return name.replace("_", "").lower()


def layout_in(rows: Iterable[Any], schema: str | None) -> Layout:
    """The old tables among the columns of a database (rows of legacy/select_columns).

    Raises ConfigurationError naming what is missing, or what could be meant where that is not clear.
    """
    found = _tables_of(rows)
    mine = _in_one_schema(found, schema)
    tables: dict[str, list[OldTable]] = {kind: [] for kind in _TABLES}
    notes: list[str] = []
    left: list[str] = []
    for table in mine:
        kind = _kind_of(table)
        if kind is None:
            if plain(table.name) not in _FROM_ESI and not table.name.startswith("_prisma"):
                left.append(table.name)
            continue
        columns = _columns_of(table, COLUMNS[kind])
        missing = _missing(kind, columns)
        if missing and kind in ("kills", "losses"):
            raise ConfigurationError(
                f"The table {table.schema}.{table.name} cannot be imported: it has no column like {missing}. "
                "Nothing was read; columns are recognised without case and underscores (docs/import-legacy.md)."
            )
        if missing:
            notes.append(f"{table.schema}.{table.name} has no column like {missing}, so it is not read")
        else:
            tables[kind].append(OldTable(table.schema, table.name, columns, table.estimate))
    if left:
        notes.append(
            f"Only killmails are imported. What stays behind in {mine[0].schema}: {', '.join(sorted(left))} "
            "(docs/import-legacy.md, What is not imported)"
        )
    return Layout(tables, notes)


def _tables_of(rows: Iterable[Any]) -> list[_Found]:
    found: dict[tuple[str, str], _Found] = {}
    for row in rows:
        key = (row.schema_name, row.table_name)
        table = found.setdefault(key, _Found(*key, row.is_current, row.estimate))
        table.columns.setdefault(plain(row.column_name), []).append(OldColumn(row.column_name, row.column_type))
    return list(found.values())


def _kind_of(table: _Found) -> str | None:
    return next((kind for kind, names in _TABLES.items() if plain(table.name) in names), None)


def _in_one_schema(found: list[_Found], schema: str | None) -> list[_Found]:
    """The tables of the schema that is meant: the one named, else the current one, else the only one with old kills."""
    is_warehouse = ("staging", "killmails") in {(table.schema, table.name) for table in found}
    with_kills = {
        table.schema: table.is_current
        for table in found
        if _kind_of(table) in ("kills", "losses") and not (is_warehouse and table.schema in _OURS)
    }
    if is_warehouse and not with_kills:
        raise ConfigurationError("That database is a Killmart warehouse itself; give the DSN of the old service's one.")
    if schema is None and len(with_kills) > 1:
        schema = next((name for name, is_current in with_kills.items() if is_current), None)
        if schema is None:
            raise ConfigurationError(
                f"There are old kills in several schemas ({', '.join(sorted(with_kills))}); "
                "say which one is meant by adding ?schema=NAME to the DSN."
            )
    chosen = schema or next(iter(with_kills), None)
    if chosen is None or chosen not in with_kills:
        where = f"The schema {schema!r} of that" if schema else "That"
        seen = ", ".join(sorted({table.name for table in found})[:10]) or "none at all"
        raise ConfigurationError(
            f"{where} database has no table of kills (KillFact, kill_facts, kills_fact) and none of losses (LossFact, "
            f"losses_fact), so there is nothing to import. Its tables are: {seen}."
        )
    return [table for table in found if table.schema == chosen]


def _columns_of(table: _Found, wanted: Mapping[str, tuple[str, ...]]) -> dict[str, OldColumn]:
    columns: dict[str, OldColumn] = {}
    for ours, names in wanted.items():
        name = next((name for name in names if name in table.columns), None)
        if name is None:
            continue
        if len(table.columns[name]) > 1:
            both = " and ".join(repr(column.name) for column in table.columns[name])
            raise ConfigurationError(
                f"The table {table.schema}.{table.name} has two columns for one thing, {both}; drop or rename "
                "the one that does not count."
            )
        columns[ours] = table.columns[name][0]
    return columns


def _missing(kind: str, columns: Mapping[str, OldColumn]) -> str | None:
    """What a table of this kind cannot do without and does not have, in words."""
    if "killmail_id" not in columns:
        return "killmailId (the killmail's id)"
    if kind in ("kills", "losses") and not columns.keys() & {"killmail_hash", "kill_time"}:
        return "hash (the killmail's hash) nor like killTime (by whose day the hash can be looked up)"
    if kind == "victims" and not columns.keys() >= {"character_id", "ship_type_id"}:
        return "characterId or shipTypeId"
    if kind == "attackers" and not columns.keys() >= {"character_id", "final_blow"}:
        return "characterId or finalBlow"
    return None


def rows_of(kind: str, tables: list[OldTable]) -> str:
    """A subquery of the old tables of one kind: their columns under our names, values as text; what lacks is null."""
    return f"({' UNION ALL '.join(_select(kind, table) for table in tables)})"


def _select(kind: str, table: OldTable) -> str:
    id_column = table.columns["killmail_id"]
    parts = [f"{_as_id(id_column)} AS killmail_id"]
    if kind in ("kills", "losses"):
        parts += [f"{_quoted(id_column.name)}::text AS id_text", f"{_literal(table.name)} AS table_name"]
        parts.append(f"{'TRUE' if kind == 'losses' else 'FALSE'} AS is_loss")
    names = list(COLUMNS["losses" if kind == "kills" else kind])  # kills and losses are one query
    parts += [f"{_as_text(table.columns.get(name))} AS {name}" for name in names if name != "killmail_id"]
    return f"SELECT {', '.join(parts)} FROM {_quoted(table.schema)}.{_quoted(table.name)}"


def _as_id(column: OldColumn) -> str:
    name = _quoted(column.name)
    if column.type in _INTEGERS:
        return name  # as it is, so that an index gives the order
    return f"CASE WHEN {name}::text ~ '^\\s*[0-9]{{1,18}}\\s*$' THEN {name}::text::bigint END"


def _as_text(column: OldColumn | None) -> str:
    if column is None:
        return "NULL::text"
    name = _quoted(column.name)
    return f"to_json({name})::text" if column.type.endswith("[]") else f"{name}::text"


def _quoted(name: str) -> str:
    """A name as an identifier inside SQLAlchemy's text, which would take a colon for a parameter."""
    return '"' + name.replace('"', '""').replace(":", "\\:") + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''").replace(":", "\\:") + "'"
