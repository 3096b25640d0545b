"""With millions of rows in the mart, the charts of one entity read its rows by an index and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support.databases import shared_warehouse
from support.mart_filling import FIRST_ALLIANCE, FIRST_CHARACTER, FIRST_CORPORATION, FIRST_SYSTEM, fill_large
from support.pipeline import rows
from support.plans import asked_by, explained, fits, nodes, wasteful
from support.serving import behind_the_door

OWN = [
    f"/charts/{kind}/{first + 7}"
    for kind, first in (
        ("alliance", FIRST_ALLIANCE),
        ("corporation", FIRST_CORPORATION),
        ("character", FIRST_CHARACTER),
        ("system", FIRST_SYSTEM),
    )
]
PAGES = [
    *(f"{page}?span={span}" for page in OWN for span in ("30d", "all")),
    *(f"{page}/battles" for page in OWN),
    f"{OWN[0]}/battles?before=20000",
    f"{OWN[3]}/battles?before=20000",
    f"{OWN[0]}?chart=systems&download=csv&span=all",
    "/charts?span=7d",
    "/charts?span=30d",
    "/charts?q=pilot",
    "/charts?q=94999999",
    "/charts/names?q=p",
    "/charts/battles",
    "/charts/battles?before=20000",
    "/charts/battles/17",
]
LEAST_ROWS = 1_000_000
OWN_ROW = ": 1 rows for nothing"
"""Whom a corporation met is looked up by killmail, and there it finds itself: one row of each killmail is left out, no
more, since no index has all others of an id. Relations of alliances are kept by day."""
LOOKED_UP = {"types", "solar_systems", "touched_days"}
"""Static data, of which a join of hundreds of names may read all; and the days that changed, of which there are few."""


@pytest.fixture(scope="module")
def large(postgres: EmbeddedPostgres) -> Iterator[Runtime]:
    """A runtime on a large mart; tests only read it."""
    with shared_warehouse(postgres, "mart_large") as runtime:
        fill_large(runtime)
        yield runtime


def test_the_mart_is_large(large: Runtime) -> None:
    assert rows(large, "SELECT count(*) FROM mart.appearances")[0][0] > LEAST_ROWS


@pytest.mark.parametrize("page", PAGES)
def test_no_query_reads_a_whole_table(large: Runtime, page: str) -> None:
    queries, _ = asked_by(large, page)
    assert queries
    for statement, parameters in queries:
        plan = explained(large, statement, parameters)
        whole = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
        assert whole <= LOOKED_UP, statement
        in_vain = [step for step in wasteful(plan) if "relations_daily" not in statement or not step.endswith(OWN_ROW)]
        assert not in_vain, statement


@pytest.mark.parametrize("page", OWN)
def test_only_the_own_rows_are_met(large: Runtime, page: str) -> None:
    """By the index of the junction, which holds all that the sums need, all of them or those of the open day."""
    kind, entity_id = page.split("/")[-2:]
    query = """SELECT count(*), count(*) FILTER (WHERE day IN (SELECT open.day FROM mart.open_days AS open))
        FROM mart.appearances WHERE entity_id = :id"""
    [(own, own_of_today)] = rows(large, query, id=int(entity_id))
    queries, _ = asked_by(large, f"{page}?span=all")
    read = [
        node
        for statement, parameters in queries
        for node in nodes(explained(large, statement, parameters))
        if node.get("Index Name") == f"kill_{kind}s_day"
    ]
    sums = [node for node in read if "Limit" not in str(node.get("Parent Relationship")) and node["Actual Rows"] > 1]
    assert len(sums) >= 5
    # workers share them; the plan has their mean
    met = [round(node["Actual Rows"] * node["Actual Loops"]) for node in sums]
    assert set(met) <= {own, own_of_today}
    assert met.count(own) >= 5
    assert {node["Node Type"] for node in read} == {"Index Only Scan"}
    assert sum(node["Heap Fetches"] for node in read) == 0


@pytest.mark.parametrize(("page", "are_named"), [("/charts/battles", False), ("/charts/battles/17", True)])
def test_a_list_of_battles_looks_up_no_corporations_where_it_shows_alliances(
    large: Runtime, page: str, are_named: bool
) -> None:
    queries, _ = asked_by(large, page)
    [(statement, parameters)] = [query for query in queries if "battle_sides_named" in query[0]]
    looked_up = [
        node["Actual Loops"]
        for node in nodes(explained(large, statement, parameters))
        if node.get("Relation Name") == "corporations"
    ]
    assert looked_up
    assert any(looked_up) == are_named


def test_every_page_is_among_those_that_are_explained(large: Runtime) -> None:
    inside, _ = behind_the_door(large)
    paths = {route.path for route in inside.routes if route.path.startswith("/charts")}
    assert len(paths) >= 6
    for path in paths:
        pattern = path.replace("{kind}", "*").replace("{entity_id}", "*").replace("{battle_id}", "*")
        assert any(fits(page.partition("?")[0], pattern) for page in PAGES), path
