"""What the demo counts as still to be done."""

from __future__ import annotations

from killmart.load.live import load
from killmart.runtime import Runtime
from killmart_stack import summary
from support.pipeline import kill, ref, run, stage


def test_what_a_clock_that_was_set_back_has_put_off_is_due(runtime: Runtime) -> None:
    """As for the pipeline itself: a time further ahead than its kind of wait may take says nothing."""
    stage(runtime, [ref(kill(number)) for number in range(1, 5)])
    run(runtime, "UPDATE staging.killmails SET next_attempt_at = now() + interval '1 hour' WHERE killmail_id = 1")
    run(runtime, "UPDATE staging.killmails SET next_attempt_at = now() + interval '1 year' WHERE killmail_id = 2")
    run(runtime, "UPDATE staging.killmails SET next_attempt_at = now() - interval '1 hour' WHERE killmail_id = 3")
    assert summary.due(runtime) == 3


def test_what_the_warehouse_holds_is_said_of_each_table_once(runtime: Runtime) -> None:
    """And of no range of a kill table, whose rows are in the whole."""
    stage(runtime, [ref(kill(number)) for number in range(1, 5)])
    load(runtime)
    promoted, gate, *tables = summary.describe(runtime)
    assert promoted == "4 killmails are promoted."
    assert gate == "The newest batch warned: 4 claimed = 4 promoted, 0 quarantined, 0 known, 0 gone."
    rows = {line.split()[1]: line.split()[0] for line in tables}
    assert (rows["core.kills_fact"], rows["staging.killmails"]) == ("4", "4")
    assert {name.partition(".")[0] for name in rows} == {"core", "mart", "reference", "quality", "staging"}
    assert [name for name in rows if "_r" in name and name.rpartition("_r")[2].isdigit()] == []
    assert len(rows) == len(tables)
