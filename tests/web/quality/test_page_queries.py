"""With a year of runs stored, no query of a page reads a whole table, and the daily sums say what the runs say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from killmart.runtime import Runtime
from support.pipeline import rows
from support.plans import explained, fits, noting, wasteful, whole_tables
from support.serving import behind_the_door, client

TODAY = datetime.now(UTC).date()
PAGES = [
    "/quality",
    "/quality/runs",
    "/quality/runs?before=5000",
    "/quality/runs?dag_id=killmails_live",
    "/quality/runs?outcome=blocked",
    "/quality/runs?outcome=released",
    "/quality/runs?outcome=warned&dag_id=killmails_daily",
    "/quality/runs?dag_id=command+line",
    "/quality/runs?dag_id=command+line&outcome=blocked",
    "/quality/runs/500",
    "/quality/dag-run?dag_id=killmails_live&run_id=scheduled__8%2B00:00",
    "/quality/dag-run?dag_id=killmails_live&run_id=unknown",
    "/quality/expectations",
    "/quality/expectations/kill_characters/expectation_3",
    "/quality/expectations/kill_characters/expectation_3?before=5000",
    "/quality/expectations/kill_victims/expectation_16?before=5000",
    "/quality/expectations/kills_fact/expectation_5",
    "/quality/coverage",
    "/quality/coverage?year=2012",
    f"/quality/coverage/{TODAY - timedelta(days=97)}",
    "/quality/values",
    "/quality/values?before=2020-01-01",
    "/quality/quarantine",
    "/quality/quarantine?reason=future",
    "/quality/quarantine?reason=never_seen",
    "/quality/quarantine?is_open=false",
    "/quality/quarantine?is_open=false&reason=future&before=9000",
    "/quality/quarantine/3",
    "/quality/quarantine/3/body",
    "/quality/quarantine/4",
    "/quality/batches",
    "/quality/batches?before=5000",
    "/quality/batches/500",
    "/quality/killmails/17",
    "/quality/killmails/90000017",
]


@pytest.mark.parametrize("page", PAGES)
def test_no_query_reads_a_whole_table(full: Runtime, full_site: str, page: str) -> None:
    with noting(full.reader_engine) as asked, client(full_site) as browser:
        answer = browser.get(page)
    assert answer.status_code == 200
    queries = [(statement, parameters) for statement, parameters in asked if " FROM " in statement.replace("\n", " ")]
    assert queries
    for statement, parameters in queries:
        plan = explained(full, statement, parameters)
        assert not list(whole_tables(plan)), statement
        assert not list(wasteful(plan)), statement


def test_a_whole_table_is_noticed(full: Runtime) -> None:
    assert list(whole_tables(explained(full, "SELECT * FROM quality.validation_runs"))) == ["validation_runs"]
    by_index = "SELECT * FROM quality.validation_runs WHERE run_id > 0 AND seconds < 0 ORDER BY run_id LIMIT 1"
    assert list(wasteful(explained(full, by_index)))


def test_every_page_is_among_those_that_are_explained(full: Runtime) -> None:
    inside, _ = behind_the_door(full)
    pages = [route for route in inside.routes if "GET" in getattr(route, "methods", ())]
    paths = {route.path for route in pages if "quality" in route.path}
    paths -= {"/quality/killmails"}  # only leads elsewhere
    assert len(paths) >= 10
    names = {"{run_id}", "{quarantine_id}", "{batch_id}", "{killmail_id}", "{day}", "{table_name}", "{expectation}"}
    for path in paths:
        pattern = path
        for name in names:
            pattern = pattern.replace(name, "*")
        assert any(fits(page.partition("?")[0], pattern) for page in PAGES), path


def test_daily_sums_say_what_the_runs_say(full: Runtime) -> None:
    counted = """
        SELECT (started_at AT TIME ZONE 'UTC')::date, outcome, count(*), sum(claimed), sum(promoted), sum(quarantined),
            sum(known), sum(gone)
        FROM quality.validation_runs GROUP BY 1, 2 ORDER BY 1, 2"""
    kept = "SELECT * FROM quality.validation_days WHERE runs > 0 ORDER BY 1, 2"
    assert rows(full, kept) == rows(full, counted)
    counted = """
        SELECT table_name, expectation, (started_at AT TIME ZONE 'UTC')::date, count(*),
            count(*) FILTER (WHERE NOT success), coalesce(sum(unexpected_count), 0)
        FROM quality.validation_results INNER JOIN quality.validation_runs USING (run_id)
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    kept = (
        "SELECT table_name, expectation, day, runs, failures, unexpected FROM quality.expectation_days ORDER BY 1, 2, 3"
    )
    assert rows(full, kept) == rows(full, counted)
