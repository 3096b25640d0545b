"""With a year of statistics, a row per minute, a page reads its span and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from killmart.runtime import Runtime
from killmart.web.pipeline.spans import SPANS
from killmart_stack.postgres import EmbeddedPostgres
from support.databases import shared_warehouse
from support.pipeline import rows
from support.pipeline_filling import MINUTES, fill_year
from support.plans import asked_by, explained, nodes, rows_met

SMALL = {"token_limits", "pauses", "mutes", "batches", "days", "first_compared"}
"""Tables of a few rows each, whatever the installation."""


@pytest.fixture(scope="module")
def year(postgres: EmbeddedPostgres) -> Iterator[Runtime]:
    """A runtime on a warehouse with a year of statistics; tests only read it."""
    with shared_warehouse(postgres, "pipeline_year") as runtime:
        fill_year(runtime)
        yield runtime


@pytest.mark.parametrize("span", SPANS)
def test_no_query_reads_more_than_its_span(year: Runtime, span: str) -> None:
    queries, answer = asked_by(year, f"/pipeline?span={span}&download=json")
    since = answer.json()["times"][0]
    in_span = {
        table: rows(year, f"SELECT count(*) FROM ops.{table} WHERE at >= :since", since=since)[0][0]
        for table in ("request_stats", "run_metrics")
    }
    assert 0 < in_span["request_stats"] < MINUTES / 10
    read = {"request_stats": 0, "run_metrics": 0}
    for statement, parameters in queries:
        plan = explained(year, statement, parameters)
        for node in nodes(plan):
            table = node.get("Relation Name")
            assert node["Node Type"] != "Seq Scan" or table in SMALL, statement
            if table in read:
                met = rows_met(node)
                assert met <= in_span[table] + 10, (statement, node)
                read[table] = max(read[table], met)
    assert read["request_stats"] == in_span["request_stats"]


def test_the_tab_of_a_run_reads_the_figures_of_that_run(year: Runtime) -> None:
    queries, _ = asked_by(year, "/quality/dag-run?dag_id=killmails_backfill&run_id=manual__2026")
    read = [
        node
        for statement, parameters in queries
        for node in nodes(explained(year, statement, parameters))
        if node.get("Relation Name") == "run_metrics"
    ]
    assert read
    for node in read:
        assert node["Node Type"] != "Seq Scan"
        assert rows_met(node) == 0  # the year's rows are of other runs


def test_the_alerts_go_by_their_indexes(year: Runtime) -> None:
    queries, answer = asked_by(year, "/pipeline/alerts?download=json")
    assert 150 < len(answer.json()["past"]) < 200  # 30 days, one every 4 hours
    for statement, parameters in queries:
        for node in nodes(explained(year, statement, parameters)):
            if node.get("Relation Name") == "notifications":
                assert node["Node Type"] == "Index Scan"
                assert rows_met(node) <= 50
