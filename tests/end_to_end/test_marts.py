"""The DAG `marts` in a real Airflow: woken by promotions, quick where there is nothing to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import realdata
from support.pipeline import rows
from support.stack_installation import Installation, installed_with_real_days, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900), realdata.needs_days]

MARTS, BACKFILL, DAILY = "marts", "killmails_backfill", "killmails_daily"
FIRST, SECOND = realdata.DAYS


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation whose upstreams publish two real days."""
    with installed_with_real_days(tmp_path_factory.mktemp("stack")) as one:
        yield one


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


def test_a_backfill_wakes_the_marts_and_a_run_for_a_day_leaves_them_to_their_clock(installation: Installation) -> None:
    wait_for(lambda: installation.call("GET", f"dags/{MARTS}")["next_dagrun_run_after"], "the clock of the marts")
    before = settled(installation)
    form = {"first_day": FIRST, "last_day": FIRST, "source": "auto", "mode": "missing", "dry_run": False}
    state, tasks = installation.ended(BACKFILL, installation.trigger(BACKFILL, form))
    assert state == "success", tasks

    def woken() -> str | None:
        new = [run for run in installation.runs(MARTS) if run["dag_run_id"] not in before]
        return next((run["dag_run_id"] for run in new if run["run_type"] == "asset_triggered"), None)

    run_id = wait_for(woken, "a run of the marts that the backfill starts")
    assert installation.ended(MARTS, run_id) == ("success", {"refresh": "success"})
    assert [day for day, _ in summed(installation)] == [FIRST]
    assert summed(installation) == in_core(installation)

    installation.backfill(DAILY, SECOND)  # its events are those of a day, and start no run of a DAG without days
    assert rows(installation.runtime, "SELECT day::text FROM mart.days_behind") in ([(SECOND,)], [])
    run_id = installation.trigger(MARTS, {})
    assert installation.ended(MARTS, run_id) == ("success", {"refresh": "success"})
    assert [day for day, _ in summed(installation)] == [FIRST, SECOND]
    assert summed(installation) == in_core(installation)
    assert rows(installation.runtime, "SELECT count(*) FROM mart.battles")[0][0] > 200
