"""schema.prisma and docs/data-model.md are what the database says; `make model` writes them."""

from __future__ import annotations

import re

from sqlalchemy import Engine, text

from killmart.db.catalog import Catalog, read_catalog
from killmart.describe import SCHEMAS
from killmart.describe.__main__ import PAGE, PRISMA
from killmart.describe.page import data_model_page
from killmart.describe.prisma import prisma_schema


def catalog(engine: Engine) -> Catalog:
    with engine.connect() as connection:
        return read_catalog(connection, SCHEMAS)


def test_the_files_are_what_the_database_says(engine: Engine) -> None:
    found = catalog(engine)
    stale = [
        path.name
        for path, words in ((PRISMA, prisma_schema(found)), (PAGE, data_model_page(found)))
        if path.read_text() != words
    ]
    assert stale == [], "the tables have changed: `make model` writes these files anew"


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
            "SELECT table_schema, table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = any(:schemas)"
        )
        there = {tuple(row) for row in connection.execute(query, {"schemas": list(SCHEMAS)})}
    assert told == there


def models() -> set[str]:
    return set(re.findall(r"^(?:model|view) (\w+) \{", PRISMA.read_text(), re.MULTILINE))


def test_all_types_have_a_word_of_prisma_s() -> None:
    assert "Unsupported" not in PRISMA.read_text()


def test_views_say_what_tells_their_rows_apart() -> None:
    views = re.findall(r"^view (\w+) \{\n(.*?)^\}", PRISMA.read_text(), re.MULTILINE | re.DOTALL)
    assert {name for name, body in views if "@unique" not in body} == {"ValidationResults"}


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
