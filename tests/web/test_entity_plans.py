"""In a warehouse of cloned real days, what pages and API ask about one entity goes by indexes of the kill tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import text

from bench.cloning import killmail_tables
from killmart.runtime import Runtime
from support.asking import asked_about
from support.plans import nodes, rows_met

Explained = Callable[..., Any]
LARGE = 1_000_000
"""Killmails of a warehouse in which the plans are those of a real one."""
MET = """SELECT {kind}_id FROM (
    SELECT killmail_id, {kind}_id FROM core.kill_victims UNION SELECT killmail_id, {kind}_id FROM core.kill_attackers
) AS involved WHERE {kind}_id IS NOT NULL AND ({npc}) GROUP BY {kind}_id ORDER BY count(*) DESC, 1"""
PLAYERS = {
    "alliance": "TRUE",
    "corporation": "NOT core.is_npc(NULL, corporation_id)",
    "character": "NOT core.is_npc(character_id, NULL)",
}


@pytest.fixture(scope="module")
def sizes(filled_warehouse: Runtime) -> dict[str, int]:
    """How many rows each table of killmails has."""
    with filled_warehouse.engine.connect() as connection:
        return {
            table.name: int(connection.execute(text(f"SELECT count(*) FROM {table.full_name}")).scalar_one())
            for table in killmail_tables(connection)
        }


@pytest.fixture
def explained(filled_warehouse: Runtime, sizes: Mapping[str, int]) -> Iterator[Explained]:
    """How PostgreSQL answers a query, and what it met on the way.

    Of a small table it rightly reads all rather than look up hundreds of rows; there it is shown to have another way.
    """
    with filled_warehouse.engine.connect() as connection:
        if sizes["kills_fact"] < LARGE:
            for way in ("seqscan", "mergejoin", "hashjoin"):
                connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")

        def explain(statement: str, parameters: Any = ()) -> Any:
            return connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()

        yield explain


def read_whole(plan: Any, sizes: Mapping[str, int]) -> list[str]:
    """Tables of which a plan looks at most rows, whatever way it gets to them."""
    return [
        f"{node['Node Type']} of {name}"
        for node in nodes(plan)
        if (name := node.get("Relation Name")) in sizes and rows_met(node) > sizes[name] / 2
    ]


@pytest.mark.parametrize("kind", list(PLAYERS))
def test_no_query_about_an_entity_reads_a_whole_kill_table(
    filled_warehouse: Runtime, explained: Explained, sizes: Mapping[str, int], kind: str
) -> None:
    with filled_warehouse.engine.connect() as connection:
        found = connection.execute(text(MET.format(kind=kind, npc=PLAYERS[kind]))).scalars().all()
    for entity_id in (found[0], found[len(found) // 2]):  # the one with most killmails, and one as most are
        queries = asked_about(filled_warehouse, kind, entity_id)
        assert len(queries) > 20
        for query in queries:
            assert not read_whole(explained(query.statement, query.parameters), sizes), query


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT sum(damage_done) FROM core.kill_attackers",
        "SELECT killmail_id FROM core.kills_fact WHERE item_count < 0 ORDER BY killmail_id",
        "SELECT count(*) FROM (SELECT killmail_id FROM core.kill_victims ORDER BY killmail_id) AS all_of_them",
    ],
)
def test_a_kill_table_that_is_read_whole_is_noticed(
    explained: Explained, sizes: Mapping[str, int], statement: str
) -> None:
    assert len(read_whole(explained(statement), sizes)) == 1
