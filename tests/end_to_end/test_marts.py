"""The DAG `marts` in a real Airflow: woken by promotions, quick where there is nothing to do."""

from __future__ import annotations

import pytest

from support import realdata
from support.pipeline import rows, run
from support.stack_installation import Installation, emptied, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900), realdata.needs_days]

MARTS, BACKFILL, DAILY = "marts", "killmails_backfill", "killmails_daily"
FIRST, SECOND = realdata.DAYS


SUMS = ("touched_days", "battle_kills", "battle_sides", "battles", "settled_items", "settled_crews", "settled_sums")


@pytest.fixture
def empty(installation: Installation) -> Installation:
    """The installation with a warehouse whose mart has summed up nothing yet."""
    settled(installation)
    for table in SUMS:
        run(installation.runtime, f"DELETE FROM mart.{table}")
    return emptied(installation)


def settled(installation: Installation) -> set[str]:
    """The ids of the marts' runs, once none of them is under way."""

    def no_run_is_open() -> bool:
        return all(run["end_date"] for run in installation.runs(MARTS))

    wait_for(lambda: no_run_is_open() or None, "the end of the marts' runs")
    return {run["dag_run_id"] for run in installation.runs(MARTS)}


def summed(installation: Installation) -> list[tuple[str, int]]:
    """Days and killmails by the mart."""
    query = """SELECT day::text, sum(losses)::int FROM mart.activity_daily
        WHERE entity_kind = 'system' GROUP BY 1 ORDER BY 1"""
    return [(row[0], row[1]) for row in rows(installation.runtime, query)]


def in_core(installation: Installation) -> list[tuple[str, int]]:
    """Days and killmails by core."""
    return [
        (row[0], row[1])
        for row in rows(
            installation.runtime,
            "SELECT kill_time::date::text, count(*)::int FROM core.kills_fact GROUP BY 1 ORDER BY 1",
        )
    ]


def test_a_backfill_wakes_the_marts_and_a_run_for_a_day_leaves_them_to_their_clock(empty: Installation) -> None:
    wait_for(lambda: empty.call("GET", f"dags/{MARTS}")["next_dagrun_run_after"], "the clock of the marts")
    before = settled(empty)
    form = {"first_day": FIRST, "last_day": FIRST, "source": "auto", "mode": "missing", "dry_run": False}
    state, tasks = empty.ended(BACKFILL, empty.trigger(BACKFILL, form))
    assert state == "success", tasks

    def woken() -> str | None:
        new = [run for run in empty.runs(MARTS) if run["dag_run_id"] not in before]
        return next((run["dag_run_id"] for run in new if run["run_type"] == "asset_triggered"), None)

    run_id = wait_for(woken, "a run of the marts that the backfill starts")
    assert empty.ended(MARTS, run_id) == ("success", {"refresh": "success"})
    assert [day for day, _ in summed(empty)] == [FIRST]
    assert summed(empty) == in_core(empty)

    empty.backfill(DAILY, SECOND)  # its events are those of a day, and start no run of a DAG without days
    assert rows(empty.runtime, "SELECT day::text FROM mart.days_behind") in ([(SECOND,)], [])
    run_id = empty.trigger(MARTS, {})
    assert empty.ended(MARTS, run_id) == ("success", {"refresh": "success"})
    assert [day for day, _ in summed(empty)] == [FIRST, SECOND]
    assert summed(empty) == in_core(empty)
    assert rows(empty.runtime, "SELECT count(*) FROM mart.battles")[0][0] > 200
