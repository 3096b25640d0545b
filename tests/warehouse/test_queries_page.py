"""Every query of docs/queries.md runs and answers on a real day; so does what docs/migration.md puts side by side."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Engine, text

from killmart.config.settings import PROJECT
from killmart.describe.files import PAGE, PRISMA
from killmart.runtime import Runtime
from support import realdata
from support.real_day import DAY

QUERIES = re.findall(r"```sql\n(.*?)```", (PROJECT / "docs" / "queries.md").read_text(), re.DOTALL)
PAIRS = re.findall(
    r"```sql\n-- older\n(.*?)```\s*```sql\n-- core\n(.*?)```",
    (PROJECT / "docs" / "migration.md").read_text(),
    re.DOTALL,
)
_BUSIEST = "SELECT entity_id FROM mart.activity_daily WHERE entity_kind = '{}' ORDER BY kills DESC LIMIT 1"
CHOICES = {
    "character_id": "SELECT character_id FROM core.kill_characters GROUP BY 1"
    " ORDER BY count(DISTINCT role) DESC, count(*) DESC LIMIT 1",
    "corporation_id": _BUSIEST.format("corporation"),
    "alliance_id": _BUSIEST.format("alliance"),
    "killmail_id": "SELECT killmail_id FROM core.kills_fact ORDER BY attacker_count DESC LIMIT 1",
}
"""The entities that the tests ask for: those with most killmails."""


@pytest.fixture(scope="module")
def values(day_runtime: Runtime) -> dict[str, Any]:
    with day_runtime.engine.connect() as connection:
        chosen = {name: connection.execute(text(query)).scalar_one() for name, query in CHOICES.items()}
    return chosen | {"since": DAY, "until": realdata.DAYS[1]}


def answer(engine: Engine, query: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]


@realdata.needs_realdata
@pytest.mark.parametrize("query", QUERIES)
def test_every_query_of_the_page_answers(day_engine: Engine, values: dict[str, Any], query: str) -> None:
    found = answer(day_engine, query, values)
    assert found
    assert [name for name in found[0] if all(row[name] is None for row in found)] in ([], ["name"], ["pilot"])


@realdata.needs_realdata
@pytest.mark.parametrize(("older", "newer"), PAIRS)
def test_old_and_new_queries_give_the_same(day_engine: Engine, values: dict[str, Any], older: str, newer: str) -> None:
    found = [list(row.values()) for row in answer(day_engine, older, values)]
    assert found
    assert found == [list(row.values()) for row in answer(day_engine, newer, values)]


@pytest.mark.parametrize("query", [*QUERIES, *(query for pair in PAIRS for query in pair)])
def test_every_query_runs_on_an_empty_warehouse(engine: Engine, query: str) -> None:
    values = dict.fromkeys(CHOICES, 1) | {"since": DAY, "until": realdata.DAYS[1]}
    answer(engine, query, values)


def test_every_variable_is_set_in_the_page() -> None:
    words = (PROJECT / "docs" / "queries.md").read_text()
    used = {name for query in QUERIES for name in re.findall(r"(?<!:):([a-z_]+)", query)}
    assert used <= set(re.findall(r"\\set (\w+)", words))
    assert PAGE.name in words
    assert PRISMA.name in PAGE.read_text()
