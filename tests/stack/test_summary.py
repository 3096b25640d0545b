"""What the demo counts as still to be done."""

from __future__ import annotations

from killmart.config.connections import Connection, database_url
from killmart.runtime import Runtime
from killmart_stack import summary
from support.pipeline import kill, ref, run, stage


def test_what_a_clock_that_was_set_back_has_put_off_is_due(runtime: Runtime, warehouse: Connection) -> None:
    """As for the pipeline itself: a time further ahead than its kind of wait may take says nothing."""
    stage(runtime, [ref(kill(number)) for number in range(1, 5)])
    dsn = database_url(warehouse).replace("+psycopg2", "")
    run(runtime, "UPDATE staging.killmails SET next_attempt_at = now() + interval '1 hour' WHERE killmail_id = 1")
    run(runtime, "UPDATE staging.killmails SET next_attempt_at = now() + interval '1 year' WHERE killmail_id = 2")
    run(runtime, "UPDATE staging.killmails SET next_attempt_at = now() - interval '1 hour' WHERE killmail_id = 3")
    assert summary.due(dsn) == 3
