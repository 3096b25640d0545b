"""schema.prisma, docs/data-model.md and head.sql are what the database says; `make model` writes them."""

from __future__ import annotations

import re
import subprocess

import pytest
from sqlalchemy import Engine, text

from killmart.config.connections import Connection
from killmart.db.catalog import Catalog, Column, ForeignKey, Table, read_catalog
from killmart.describe import SCHEMAS
from killmart.describe.files import HEAD, PAGE, PRISMA, described
from killmart.describe.head import head_of
from killmart.describe.prisma import prisma_schema
from killmart_stack.postgres import EmbeddedPostgres
from support import realdata
from support.databases import copied


def catalog(engine: Engine) -> Catalog:
    with engine.connect() as connection:
        return read_catalog(connection, SCHEMAS)


def test_the_files_are_what_the_database_says(engine: Engine) -> None:
    stale = [path.name for path, words in described(catalog(engine)).items() if path.read_text() != words]
    assert stale == [], "the tables have changed: `make model` writes these files again"


def test_the_state_of_head_is_what_the_revisions_leave(postgres: EmbeddedPostgres, warehouse: Connection) -> None:
    pg_dump = postgres.binary("pg_dump")
    assert head_of(pg_dump, postgres.dsn(warehouse.schema)) == HEAD.read_text(), "`make model` writes it again"
    with copied(postgres, "from_head", template="template0"):
        made = postgres.dsn("from_head")
        subprocess.run([postgres.binary("psql"), "-qv", "ON_ERROR_STOP=1", "-f", HEAD, made], check=True)
        assert head_of(pg_dump, made) == HEAD.read_text()


def test_every_table_and_column_has_its_place_in_the_prisma_schema(engine: Engine) -> None:
    """Read back by the names in the file alone: what @map and @@map say is in the database, and nothing is left out."""
    told = set()
    for kind, name, body in re.findall(
        r"^(model|view) (\w+) \{\n(.*?)^\}", PRISMA.read_text(), re.MULTILINE | re.DOTALL
    ):
        table = re.search(r'@@map\("(\w+)"\)', body)
        schema = re.search(r'@@schema\("(\w+)"\)', body)
        assert schema is not None
        assert kind == "view" or "@id" in body
        for field, rest in re.findall(r"^  (\w+) +(.+)$", body, re.MULTILINE):
            if "@relation" in rest or rest.strip("?[]") in models():
                continue
            mapped = re.search(r'@map\("(\w+)"\)', rest)
            told.add((schema[1], table[1] if table else name, mapped[1] if mapped else field))
    with engine.connect() as connection:
        query = text(
            "SELECT relnamespace::regnamespace::text, relname::text, attname::text"
            " FROM pg_class INNER JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped"
            " WHERE relkind IN ('r', 'p', 'v') AND NOT relispartition"
            " AND relnamespace::regnamespace::text = any(:schemas)"
        )
        there = {tuple(row) for row in connection.execute(query, {"schemas": list(SCHEMAS)})}
    assert told == there


def models() -> set[str]:
    return set(re.findall(r"^(?:model|view) (\w+) \{", PRISMA.read_text(), re.MULTILINE))


def test_all_types_have_a_word_of_prisma_s() -> None:
    assert "Unsupported" not in PRISMA.read_text()


def test_views_say_what_tells_their_rows_apart() -> None:
    views = re.findall(r"^view (\w+) \{\n(.*?)^\}", PRISMA.read_text(), re.MULTILINE | re.DOTALL)
    assert {name for name, body in views if "@unique" not in body} == {"ValidationResult"}


RELATIONS = {
    "KillFact": {
        "victim": "KillVictim?",
        "attackers": "KillAttacker[]",
        "characters": "KillCharacter[]",
        "items": "Json",
    },
    "KillVictim": {"kill": "KillFact", "character": "Character?"},
    "KillAttacker": {"kill": "KillFact", "character": "Character?"},
    "KillCharacter": {"kill": "KillFact", "character": "Character"},
    "Character": {"eveId": "BigInt", "killVictims": "KillVictim[]", "killCharacters": "KillCharacter[]"},
}
"""Models and fields that programs know of the older model."""


@pytest.mark.parametrize("model", RELATIONS)
def test_the_models_have_the_names_and_relations_that_programs_know(model: str) -> None:
    [body] = re.findall(rf"^model {model} \{{\n(.*?)^\}}", PRISMA.read_text(), re.MULTILINE | re.DOTALL)
    fields = dict(re.findall(r"^  (\w+) +(\S+)", body, re.MULTILINE))
    assert {field: fields.get(field) for field in RELATIONS[model]} == RELATIONS[model]


def test_tables_that_come_later_are_named_by_the_same_rule() -> None:
    def id_of(name: str) -> Column:
        return Column(name, "bigint", False, False, False, "", "")

    def table(name: str, *columns: str, keys: tuple[ForeignKey, ...] = (), schema: str = "core") -> Table:
        return Table(schema, name, False, "", columns[:2], [id_of(column) for column in columns], list(keys))

    tables = [
        table("kills_fact", "killmail_id", "entries"),
        table("factions", "eve_id"),
        table(
            "kill_factions",
            "killmail_id",
            "faction_id",
            keys=(
                ForeignKey(("killmail_id",), "core.kills_fact", ("killmail_id",), True),
                ForeignKey(("faction_id",), "core.factions", ("eve_id",), False),
            ),
        ),
        table(
            "kill_entries",
            "killmail_id",
            "entry_id",
            keys=(ForeignKey(("killmail_id",), "core.kills_fact", ("killmail_id",), True),),
        ),
        table("factions", "eve_id", schema="mart"),
    ]
    words = prisma_schema(Catalog({"core": "", "mart": ""}, tables, [], []))
    assert re.findall(r"^model (\w+)", words, re.MULTILINE) == [
        "KillFact",
        "Faction",
        "KillFaction",
        "KillEntry",
        "MartFaction",
    ]
    relations = dict(re.findall(r"^  (\w+) +((?:Kill)?F\w+|KillEntry)\b", words, re.MULTILINE))
    assert relations == {
        "factions": "KillFaction",
        "killEntries": "KillEntry",
        "killFactions": "KillFaction",
        "kill": "KillFact",
        "faction": "Faction",
    }


@realdata.needs_realdata
def test_relations_that_the_database_does_not_check_hold(day_engine: Engine) -> None:
    with day_engine.connect() as connection:
        unchecked = connection.execute(
            text(
                "SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent,"
                " named.attname::text AS named_by, key.attname::text AS key FROM pg_constraint"
                " INNER JOIN pg_attribute AS named ON named.attrelid = conrelid AND named.attnum = conkey[1]"
                " INNER JOIN pg_attribute AS key ON key.attrelid = confrelid AND key.attnum = confkey[1]"
                " WHERE contype = 'f' AND NOT conenforced AND conparentid = 0"
            )
        ).all()
        assert {(row.child, row.named_by) for row in unchecked} >= {
            (table, f"{who}_id")
            for table in ("core.kill_victims", "core.kill_attackers")
            for who in ("character", "corporation", "alliance")
        } | {("core.kill_characters", "character_id"), ("core.kill_items", "killmail_id")}
        for row in unchecked:
            orphans = f"SELECT count(*) FROM {row.child} AS child WHERE {row.named_by} IS NOT NULL AND NOT EXISTS"
            query = f"{orphans} (SELECT FROM {row.parent} WHERE {row.key} = child.{row.named_by})"
            assert connection.execute(text(query)).scalar_one() == 0, row


def test_functions_are_on_the_page_with_what_they_take(engine: Engine) -> None:
    words = PAGE.read_text()
    for routine in catalog(engine).routines:
        assert routine.comment, f"{routine.schema}.{routine.name} has no comment"
        assert f"### {routine.schema}.{routine.name}" in words


def test_nothing_on_the_page_is_left_without_words(engine: Engine) -> None:
    found = catalog(engine)
    named = [(table.full_name, table.comment) for table in found.tables]
    named += [
        (f"{table.full_name}.{column.name}", column.comment) for table in found.tables for column in table.columns
    ]
    assert [name for name, comment in (*found.schemas.items(), *named) if not comment] == []
    assert list(found.schemas) == list(SCHEMAS)


def test_no_foreign_key_leads_out_of_what_the_schema_tells_of(engine: Engine) -> None:
    """`db pull` refuses one, whatever else is right."""
    with engine.connect() as connection:
        query = text(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND"
            " (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = conrelid) = any(:schemas) AND NOT"
            " (SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = confrelid) = any(:schemas)"
        )
        assert connection.execute(query, {"schemas": list(SCHEMAS)}).scalars().all() == []
