"""What readers ask is found by machine, and a range that a plan reads from one end to the other is noticed."""

from __future__ import annotations

from collections import defaultdict

import pytest

from bench import queries
from bench.asked import DIGEST, LARGEST, QUERIES, TYPICAL, Asked, Statement, asked_by_readers, blocks, readers, routes
from bench.loading import load, real_day
from bench.queries import Seen, large_ranges, look_at, together, told
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from support import realdata
from support.databases import maintain


@pytest.fixture
def loaded(runtime: Runtime) -> Runtime:
    """A runtime on a warehouse with some of both real days, the mart included."""
    for day in realdata.DAYS:
        load(runtime.engine, real_day(day, 300))
    refresh_marts(runtime)
    maintain(runtime.engine, "VACUUM (ANALYZE)")
    return runtime


@realdata.needs_realdata
@pytest.mark.timeout(1200)
def test_every_reader_is_asked_in_both_sizes_and_asks_more_in_the_larger(loaded: Runtime) -> None:
    found: dict[str, dict[str, Asked]] = defaultdict(dict)
    for asked in asked_by_readers(loaded):
        found[asked.reader][asked.size] = asked
    assert list(found) == readers(loaded)
    assert all(set(sizes) == {TYPICAL, LARGEST} for sizes in found.values())
    for reader, sizes in found.items():
        words = " ".join(one.text for one in sizes[LARGEST].statements)
        if reader == DIGEST or reader.startswith(
            ("queries.md", "/api/v1/killmails", "/api/v1/marts", "/charts/{kind}")
        ):
            assert "core." in words or "mart." in words, reader
        if "{kind}" in reader or "{entity_kind}" in reader:
            assert len(sizes[LARGEST].statements) >= len(sizes[TYPICAL].statements) > 3, reader
    for reader in ("/charts/{kind}/{entity_id}", "/api/v1/marts/ships_daily", "/api/v1/killmails"):
        assert len(found[reader][LARGEST].statements) > len(found[reader][TYPICAL].statements) > 3, reader
    asked_for = [str(one.parameters) for one in found["/api/v1/killmails"][LARGEST].statements]
    assert any("victim" in given or "attacker" in given for given in asked_for)


def test_routes_are_those_of_the_app_with_their_parameters(runtime: Runtime) -> None:
    found = {route.path: route for route in routes(runtime)}
    assert {"/quality", "/pipeline", "/charts/{kind}/{entity_id}", "/api/v1/killmails/{killmail_id}"} <= set(found)
    assert {"entity_kind", "entity_id", "from", "to", "limit", "cursor"} <= found["/api/v1/marts/ships_daily"].names
    [limit] = (one for one in found["/api/v1/killmails"].parameters if one["name"] == "limit")
    assert limit["maximum"] == 200


def test_queries_of_the_page_have_titles() -> None:
    titles = [title for title, _ in blocks()]
    assert "queries.md: Top corporations by ISK killed" in titles
    assert all("SELECT" in query for _, query in blocks())
    assert len(titles) == QUERIES.read_text().count("```sql")


@realdata.needs_realdata
@pytest.mark.parametrize(
    ("statement", "is_noticed"),
    [
        ("SELECT sum(damage_done) FROM core.kill_attackers", True),
        ("SELECT count(*) FROM core.kill_items WHERE quantity_dropped > %s", True),
        ("SELECT damage_done FROM core.kill_attackers WHERE killmail_id = %s", False),
        ("SELECT count(*) FROM core.characters", False),
    ],
)
def test_a_range_that_is_read_from_end_to_end_is_noticed(loaded: Runtime, statement: str, is_noticed: bool) -> None:
    large = large_ranges(loaded.engine, least=500)
    assert any(name.startswith("kill_attackers_r") for name in large)
    assert not large_ranges(loaded.engine)
    given = (1,) if "%s" in statement else ()
    seen = look_at(loaded.engine, Statement(statement, given), large)
    assert seen.ms > 0
    assert bool(seen.scans) == is_noticed


def test_a_statement_that_does_not_end_in_time_counts_as_that_long(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PATIENCE_MS", 50)
    seen = look_at(runtime.engine, Statement("SELECT pg_sleep(60)", ()), set())
    assert (seen.ms, bool(seen.scans)) == (50, True)


def test_both_sizes_of_a_reader_come_together() -> None:
    statements = (Statement("SELECT 1 FROM a", ()), Statement("SELECT 2 FROM b", ()))
    rows = [
        told(Asked("/charts", TYPICAL, statements), [Seen(1.23, []), Seen(0.5, [])]),
        told(Asked("/charts", LARGEST, statements), [Seen(7, ["kill_items_r20"]), Seen(0.5, [])]),
    ]
    assert together(rows) == [
        {
            "reader": "/charts",
            "scans": ["kill_items_r20"],
            "typical_statements": 2,
            "typical_ms": 1.2,
            "largest_statements": 2,
            "largest_ms": 7,
        }
    ]
