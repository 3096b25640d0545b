"""Every file of include/sql is used, and says in its header what it is."""

from __future__ import annotations

import re

import pytest

from killmart.config.settings import PROJECT
from killmart.config.sqlfiles import CANDIDATE_TABLES, SQL_FOLDER, batch_names, each_name, source

FILES = sorted(path.relative_to(SQL_FOLDER).with_suffix("").as_posix() for path in SQL_FOLDER.rglob("*.sql"))
CODE = "\n".join(path.read_text() for path in (PROJECT / "include" / "killmart").rglob("*.py"))


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
