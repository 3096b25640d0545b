"""The pages about performance have a row for every figure and for everything that readers ask."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bench import page
from bench.asked import readers
from bench.figures import FIGURES
from bench.page import PAGE, QUERIES_PAGE, TABLES, Results
from killmart.runtime import Runtime

LEGS = [
    {"days": 18, "kills": 195_912, "kills_per_s": 3000, "backfill_s": 60.5, "slowest_query_ms": 20},
    {"days": 18, "kills": 2_046_192, "kills_per_s": 2900, "backfill_s": 62.5, "slowest_query_ms": 210},
]
READERS = [
    {
        "reader": "/charts/{kind}/{entity_id}",
        "typical_statements": 20,
        "typical_ms": 10.5,
        "largest_statements": 90,
        "largest_ms": 200.1,
        "scans": ["kill_items_r20"],
    }
]


def cells(words: str, name: str) -> list[list[str]]:
    """The rows of a table without its head."""
    section = words.split(f"<!-- {name}, by tests/bench/page.py -->")[1].split(f"<!-- end of {name} -->")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return rows[1:]


def test_the_page_has_every_figure_with_its_goal() -> None:
    listed = [
        (f"`{one.name}`", one.what, (one.goal or "").replace("<=", "≤").replace(">=", "≥")) for one in FIGURES.values()
    ]
    assert [tuple(row[:3]) for row in cells(PAGE.read_text(), "figures")] == listed


def test_the_page_of_queries_has_everything_that_readers_ask(runtime: Runtime) -> None:
    asked = [row[0].strip("`") for row in cells(QUERIES_PAGE.read_text(), "queries")]
    assert asked == readers(runtime), "make bench ARGS=queries, then python -m tests.bench.page, brings it up to date"
    assert len(asked) > 60


def test_what_a_run_has_written_comes_into_the_tables_and_all_else_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = {path: tmp_path / path.name for path in (PAGE, QUERIES_PAGE)}
    for path, copy in copies.items():
        copy.write_text(path.read_text())
    monkeypatch.setattr(page, "TABLES", {(copies[path], name): table for (path, name), table in TABLES.items()})
    run = {"run": {"at": "2026-11-29T05:00+00:00", "revision": "abc1234", "cores": 2, "load_at_start": 0.1}}
    gate = {"figure": "gate_vs_copy", "value": 0.3, "low": 0.25, "high": 1234.5, "rounds": 3, "met": False}
    dlt = {"figure": "new_day_vs_dlt", "value": None, "rounds": 0, "met": None, "skipped": "no network"}
    growth = {"figure": "growth_rate", "value": 0.97, "rounds": 1, "met": True, "details": {"legs": LEGS}}
    about = {"kills": 2_046_192, "kills_per_s": 2950, "gigabytes": 1234}
    hours = {"figure": "history_hours", "value": 9.0, "rounds": 1, "met": False, "details": about}
    details = {"kills": 2_000_000, "statements": 700, "readers": READERS}
    queries = {"figure": "queries_with_large_scans", "value": 1, "rounds": 1, "met": False, "details": details}
    file = tmp_path / "bench.jsonl"
    file.write_text("\n".join(map(json.dumps, (run, gate, dlt, growth, hours, queries))))
    results = Results()
    results.read(file)
    page.write(results)
    found = {row[0]: row[3:] for row in cells(copies[PAGE].read_text(), "figures")}
    assert list(found) == [f"`{name}`" for name in FIGURES]
    assert found["`gate_vs_copy`"] == ["0.3", "0.25 to 1,234.5", "3", "**no**"]
    assert found["`new_day_vs_dlt`"][0] == "skipped: no network"
    assert found["`growth_rate`"] == ["0.97", "", "1", "yes"]
    assert found["`history_vs_copy`"][0] == "not measured yet"
    assert [row[1] for row in cells(copies[PAGE].read_text(), "growth")] == ["195,912", "2,046,192"]
    assert "All of it: 9 hours at 2,950 killmails a second, 1,234 GB" in copies[PAGE].read_text()
    [row] = cells(copies[QUERIES_PAGE].read_text(), "queries")
    assert row == ["`/charts/{kind}/{entity_id}`", "20", "10.5", "90", "200.1", "kill_items_r20"]
    for path, copy in copies.items():
        assert "at revision abc1234, 2 cores, load at the start 0.1" in copy.read_text()
        prose = [
            re.sub(r"<!-- (\w+), .*?<!-- end of \1 -->", "", one.read_text(), flags=re.DOTALL) for one in (path, copy)
        ]
        assert prose[0] == prose[1]
    before = copies[QUERIES_PAGE].read_text()
    page.write(Results(results.runs))  # nothing of queries was measured
    assert copies[QUERIES_PAGE].read_text() == before


def test_a_figure_that_there_is_no_more_and_a_page_without_markers_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bench.jsonl").write_text(json.dumps({"figure": "gate_over_copy"}))
    with pytest.raises(KeyError, match="gate_over_copy"):
        Results().read(tmp_path / "bench.jsonl")
    with pytest.raises(ValueError, match="no markers of figures"):
        page.between("# Performance", "figures", [])
