"""What pages and commands read comes by indexes: no list and no single batch or entry looks at a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from killmart.load import quarantine, review
from killmart.runtime import Runtime
from support.pipeline import rows, run

_YEARS_OF_WORK = """
INSERT INTO staging.batches (owner, source, state)
SELECT 'test', 'r2z2', CASE number % 100 WHEN 0 THEN 'blocked' WHEN 1 THEN 'rejected' ELSE 'promoted' END
FROM generate_series(1, 10000) AS number;
INSERT INTO staging.killmails (killmail_id, killmail_hash, feed, state, batch_id)
SELECT number, 'a', 'r2z2', 'promoted', NULL FROM generate_series(101, 20000) AS number
UNION ALL
SELECT number, 'a', 'r2z2', 'blocked', 100 FROM generate_series(1, 100) AS number;
INSERT INTO quality.validation_runs (batch_id, started_at, seconds, outcome, claimed, quarantined, known, gone)
SELECT number, now(), 1, 'passed', 1, 0, 0, 0 FROM generate_series(1, 10000) AS number;
INSERT INTO quality.validation_results (run_id, table_name, expectation, severity, success)
SELECT number / 5 + 1, 'kills_fact', 'items_add_up', 'critical', number % 50 > 0
FROM generate_series(0, 49999) AS number;
INSERT INTO quality.quarantine (killmail_id, reason, detail, feed, batch_id, resolved_at)
SELECT number, 'reason_' || number % 10, 'a test', 'r2z2', number % 10000 + 1,
    nullif(now(), CASE number % 20 WHEN 0 THEN now() END)
FROM generate_series(1, 40000) AS number;
INSERT INTO quality.actions (actor, action, batch_id, quarantine_id)
SELECT 'Ann', 'discard', number, number FROM generate_series(1, 20000) AS number;
"""


@pytest.fixture
def plans(runtime: Runtime) -> Iterator[list[str]]:
    """The plans of every statement that the test executes."""
    run(runtime, _YEARS_OF_WORK)
    for table in ("staging.batches", "staging.killmails", "quality.validation_runs", "quality.validation_results"):
        run(runtime, f"ANALYZE {table}")
    run(runtime, "ANALYZE quality.quarantine; ANALYZE quality.actions")
    found: list[str] = []

    def explain(connection: Connection, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        if "SELECT" in statement:
            with cursor.connection.cursor() as other:
                other.execute(f"EXPLAIN {statement}", parameters)
                found.append("\n".join(line for (line,) in other.fetchall()))

    event.listen(runtime.engine, "before_cursor_execute", explain)
    yield found
    event.remove(runtime.engine, "before_cursor_execute", explain)


def test_no_reading_scans_a_table(runtime: Runtime, plans: list[str]) -> None:
    [[batch_id]] = rows(runtime, "SELECT max(batch_id) FROM staging.batches WHERE state = 'blocked'")
    [[entry_id]] = rows(runtime, "SELECT max(quarantine_id) FROM quality.quarantine WHERE resolved_at IS NULL")
    plans.clear()
    assert len(review.batches_in(runtime)) == 50
    assert len(review.batches_in(runtime, "rejected", before=batch_id // 2)) == 50
    assert review.review_of(runtime, batch_id).actions
    assert len(review.unasked_batches(runtime)) == 100
    assert review.asked_batches(runtime) == []
    assert sum(one.killmails for one in quarantine.reasons(runtime)) == 2000
    assert len(quarantine.entries(runtime)) == 50
    assert len(quarantine.entries(runtime, "reason_0", before=entry_id // 2)) == 50
    assert len(quarantine.entries(runtime, "reason_1", is_resolved=True)) == 50
    assert quarantine.entry_of(runtime, entry_id).entry.quarantine_id == entry_id
    assert [len(page) for page in quarantine.open_ids(runtime, reason="reason_0")] == [1000, 1000]
    assert len(next(quarantine.open_ids(runtime, batch_id=entry_id % 10_000 + 1))) >= 1
    assert len(plans) >= 14
    assert [plan for plan in plans if "Seq Scan" in plan] == []
