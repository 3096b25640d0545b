"""Every file of include/sql is used, and says in its header what it is."""

from __future__ import annotations

import re
from functools import cache

import pytest

from killmart.config.settings import PROJECT
from killmart.config.sqlfiles import (
    CANDIDATE_TABLES,
    ENTITIES,
    SQL_FOLDER,
    batch_names,
    each_name,
    entity_names,
    source,
)

FILES = sorted(path.relative_to(SQL_FOLDER).with_suffix("").as_posix() for path in SQL_FOLDER.rglob("*.sql"))
CODE = "\n".join(path.read_text() for path in (PROJECT / "include" / "killmart").rglob("*.py"))


@cache
def used_names() -> list[re.Pattern[str]]:
    """What the code names: "schema/verb_table", anything for the braces of an f-string, checks and summaries bare."""
    texts = re.findall(r'"((?:\w+/)+[\w{}.]+)"', CODE)
    checks = [rf"\w+/(checks|summaries)/{name}" for name in re.findall(r'"(\w+)"', CODE)]
    return [re.compile(re.sub(r"\{[\w.]+\}", r"\\w+", name)) for name in (*texts, *checks) if "{name}" not in name]


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_used_and_has_a_header(name: str) -> None:
    source = (SQL_FOLDER / f"{name}.sql").read_text()
    assert any(used.fullmatch(name) for used in used_names()), "no code names this file"
    header = source[: source.index("\n\n")] if "\n\n" in source else source
    first = header.splitlines()[0]
    assert re.fullmatch(r"-- [A-Z`].{15,}", first), "the first line says what the statement does"
    if not name.startswith(("quality/checks/", "quality/summaries/", "candidate/")):
        assert re.search(r"^--.*\b(Grain|Parameters):", source, re.MULTILINE), "the header says its grain or parameters"
    header_text = " ".join(line for line in source.splitlines() if line.startswith("--"))
    for parameter in set(re.findall(r"(?<![:\w]):([a-z_]+)\b", re.sub(r"--.*", "", source))):
        assert (
            "as named" in header_text
            or name.startswith("quality/checks/")
            or parameter in header_text
            or ("its counts" in header_text)
        ), f"the header does not tell of :{parameter}"


def test_only_the_names_of_candidate_tables_are_numbered() -> None:
    assert batch_names("SELECT candidate.a FROM candidate.kills_fact_batch AS candidate", 7) == (
        "SELECT candidate.a FROM candidate.kills_fact_7 AS candidate"
    )
    with pytest.raises(ValueError, match="invalid literal"):
        batch_names("", "1; DROP TABLE core.kills_fact")  # type: ignore[arg-type]


def test_a_line_that_names_one_of_a_list_stands_once_for_each() -> None:
    statement = "-- Of each_column.\nINSERT INTO core.one_table (\n    each_column,\n    day\n)"
    assert each_name(statement, one_table=["kills_fact"], each_column=["a", "b"]) == (
        "-- Of each_column.\nINSERT INTO core.kills_fact (\n    a,\n    b,\n    day\n)"
    )


@pytest.mark.parametrize("name", ["", "a b", "a;", 'a"', "a--", "1a", "core.kills_fact", "é"])
def test_only_plain_names_are_put_into_statements(name: str) -> None:
    with pytest.raises(ValueError, match="plain name"):
        each_name("SELECT each_column", each_column=["a", name])


def test_what_is_said_of_one_candidate_table_holds_for_all() -> None:
    dropped = batch_names(source("candidate/drop_tables"), 7)
    assert [f"candidate.{table}_7" for table in CANDIDATE_TABLES] == re.findall(r"candidate\.\w+", dropped)[:-2]
    assert "each_" not in dropped


def test_a_template_over_entities_takes_their_kinds_alone() -> None:
    words = "SELECT any_entity_id, :entity_id FROM core.any_entities WHERE many_entity_id"
    assert [entity_names(words, kind) for kind in ENTITIES] == [
        f"SELECT {kind}_id, :entity_id FROM core.{table} WHERE many_entity_id"
        for kind, table in {"character": "characters", "corporation": "corporations", "alliance": "alliances"}.items()
    ]
    with pytest.raises(KeyError):
        entity_names(words, "x; DROP TABLE core.kills_fact")


def test_names_of_killmails_are_joined_by_the_views_alone() -> None:
    """Statements about killmails read core.killmails_named and its kind; the gate looks for unknown ids itself."""
    names = re.compile(r"JOIN (core\.(characters|corporations|alliances)|reference\.(types|solar_systems))\b")
    of_killmails = [name for name in FILES if name.startswith(("core/", "quality/", "ops/")) and "/checks/" not in name]
    assert [name for name in of_killmails if names.search((SQL_FOLDER / f"{name}.sql").read_text())] == []


def test_the_players_of_a_killmail_are_counted_in_one_place() -> None:
    counted = re.compile(r"count\(DISTINCT character_id\) \+ count\(\*\)")
    assert [name for name in FILES if counted.search(source(name))] == ["templates/insert_kill_systems"]


SAME = 12
"""Lines that two statements of readers may share, one after the other, before they are one statement."""


def test_no_two_statements_of_readers_ask_the_same() -> None:
    seen: dict[tuple[str, ...], str] = {}
    for name in (one for one in FILES if re.match(r"(core|mart|quality)/(select|find|sum)_", one)):
        lines = [line for line in (SQL_FOLDER / f"{name}.sql").read_text().splitlines() if not line.startswith("--")]
        for at in range(len(lines) - SAME + 1):
            first = seen.setdefault(tuple(lines[at : at + SAME]), name)
            assert first == name, f"{first} and {name} have the same {SAME} lines"
