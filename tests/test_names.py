"""docs/names.md holds: columns are named by its law, and its terms are words of the code."""

from __future__ import annotations

import re
from collections import defaultdict
from fnmatch import fnmatch
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, text

from killmart.config.settings import PROJECT

PAGE = (PROJECT / "docs" / "names.md").read_text()


def table_under(head: str) -> list[tuple[list[str], list[str]]]:
    """Words in code of the first and of the last column of a table of the page."""
    body = PAGE.split(head)[1].split("\n\n")[0].splitlines()[2:]
    cells = [[re.findall(r"`([^`]+)`", cell) or [cell.strip()] for cell in line.strip("|").split("|")] for line in body]
    return [(row[0], row[-1]) for row in cells]


LAW = {form.replace("…", "*"): types for forms, types in table_under("| form | means | type |") for form in forms}
EXCEPTIONS = {name for names, _ in table_under("| column | because |") for name in names}
TERMS = [term for [term], _ in table_under("| term | means |")]
KINDS = {
    "number": ("bigint", "integer", "smallint", "numeric", "double precision"),
    "text": ("text", "mart.entity_kind", "core.kill_role"),
    "several": ("bigint[]", "integer[]", "text[]", "date[]", "jsonb", "timestamp with time zone[]"),
}


class Column(NamedTuple):
    """A column of a table or view."""

    table: str
    name: str
    type: str

    @property
    def kind(self) -> str:
        """Its type, whatever its width."""
        return next((kind for kind, types in KINDS.items() if self.type in types), self.type)


@pytest.fixture
def columns(engine: Engine) -> list[Column]:
    """All that is ours: `legacy` has the names of another model."""
    query = """SELECT format('%I.%I', nspname, relname) AS table, attname AS name, format_type(atttypid, NULL) AS type
        FROM pg_attribute INNER JOIN pg_class ON pg_class.oid = attrelid
        INNER JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname IN ('staging', 'core', 'reference', 'quality', 'mart', 'ops') AND relkind IN ('r', 'p', 'v')
        AND NOT relispartition AND attnum > 0 AND NOT attisdropped"""
    with engine.connect() as connection:
        return [Column(*row) for row in connection.execute(text(query))]


def test_a_form_has_its_type(columns: list[Column]) -> None:
    wrong = [
        column
        for column in columns
        for form, types in LAW.items()
        if fnmatch(column.name, form) and column.type not in types and column.name not in EXCEPTIONS
    ]
    assert wrong == []
    assert [form for form in LAW if not any(fnmatch(column.name, form) for column in columns)] == []


@pytest.mark.parametrize("kind", ["timestamp with time zone", "boolean", "date"])
def test_a_moment_a_yes_or_no_and_a_day_have_the_form_of_their_type(columns: list[Column], kind: str) -> None:
    forms = [form for form, types in LAW.items() if kind in types]
    assert forms
    allowed = EXCEPTIONS | {f"{who}_{name}" for who in ("zkb", "rule") for name in ("npc", "solo", "awox")}
    found = {column for column in columns if column.type == kind and column.name not in allowed}
    assert [column for column in found if not any(fnmatch(column.name, form) for form in forms)] == []


def test_every_exception_is_one(columns: list[Column]) -> None:
    assert {column.name for column in columns} >= EXCEPTIONS


def test_columns_of_one_name_are_of_one_kind(columns: list[Column]) -> None:
    kinds = defaultdict(set)
    for column in columns:
        kinds[column.name].add(column.kind)
    differing = {name for name, found in kinds.items() if len(found) > 1}
    # ids of quality.day_coverage that its view counts; a mail's text; why prices were dropped; ships by count
    assert differing - EXCEPTIONS == {"missing", "body", "dropped", "kills_with"}


def test_a_foreign_key_is_named_after_what_it_leads_to(engine: Engine) -> None:
    query = """SELECT column_from.attname AS name, target.relname AS leads_to, column_to.attname AS key
        FROM pg_constraint INNER JOIN pg_class AS target ON target.oid = confrelid
        INNER JOIN pg_attribute AS column_from ON column_from.attrelid = conrelid AND column_from.attnum = conkey[1]
        INNER JOIN pg_attribute AS column_to ON column_to.attrelid = confrelid AND column_to.attnum = confkey[1]
        WHERE contype = 'f' AND conparentid = 0"""
    with engine.connect() as connection:
        keys = connection.execute(text(query)).all()
    assert keys
    for key in keys:
        wanted = f"{key.leads_to.removesuffix('s')}_id" if key.key == "eve_id" else key.key
        assert key.name.endswith(wanted), key


def test_every_term_is_a_word_of_the_code_and_they_are_in_order() -> None:
    code = "".join(
        path.read_text().lower()
        for folder in ("include", "migrations", "tests")
        for path in (PROJECT / folder).rglob("*")
        if path.suffix in (".py", ".sql")
    )
    assert [term for term in TERMS if not re.search(rf"\b{term.replace(' ', '[ _]')}(s|es)?\b", code)] == []
    assert sorted(TERMS, key=str.lower) == TERMS
    assert len(TERMS) == len(set(TERMS)) > 40
