"""A refresh beside others: other refreshes, readers, promotions, and the rows of other days."""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, text

from killmart.db import marts
from killmart.db.sql import sql
from killmart.errors import KillmartError
from killmart.load.marts import MartsReport, refresh_marts
from killmart.model.battle import Fight
from killmart.runtime import Runtime
from support.making import MakeRuntime
from support.marts import DAY, load, touched
from support.pipeline import attacker, kill, rows, run
from support.plans import nodes


def test_two_refreshes_take_turns(make_runtime: MakeRuntime) -> None:
    load(make_runtime(), *(kill(number, killmail_time=f"2021-11-{number:02}T12:00:00Z") for number in range(1, 9)))
    reports: list[MartsReport] = []
    threads = [threading.Thread(target=lambda: reports.append(refresh_marts(make_runtime()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.days for report in reports) == [0, 0, 8]


def test_a_day_that_is_refused_keeps_no_other_day_waiting(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime()
    load(runtime, *(kill(number, killmail_time=f"2021-11-{number:02}T12:00:00Z") for number in (1, 2, 3)))
    run(runtime, "ALTER TABLE mart.settled_items ADD CONSTRAINT whim CHECK (day <> '2021-11-02')")
    with pytest.raises(KillmartError, match=r"for 1 of the days .*2021-11-02: .*whim"):
        refresh_marts(runtime)
    assert touched(runtime) == ["2021-11-02"]
    assert rows(runtime, "SELECT DISTINCT day::text FROM mart.settled_items") == [("2021-11-01",)]
    run(runtime, "ALTER TABLE mart.settled_items DROP CONSTRAINT whim")
    assert refresh_marts(runtime).days == 1


def test_days_are_summed_up_side_by_side_and_their_battles_found_in_turn(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neighbours share the battles around their midnight."""
    runtime = make_runtime()
    crew = [attacker(one) for one in range(11, 21)]
    times = ("01T23:58", "01T23:59", "02T00:00", "02T00:01", "02T00:02")
    load(
        runtime,
        *(kill(number, killmail_time=f"2021-11-{at}:00Z", attackers=crew) for number, at in enumerate(times, 1)),
        kill(9, killmail_time="2021-11-04T12:00:00Z"),  # the newest day is read from core
        kill(8, killmail_time="2021-11-03T12:00:00Z"),
    )
    settle, find = marts.sum_up, marts.fights_between
    together, finding = threading.Barrier(2), threading.Lock()

    def sum_up(connection: Connection, day: date, *, is_over: bool) -> marts.Touches:
        together.wait(120)
        return settle(connection, day, is_over=is_over)

    def fights_between(*arguments: Any) -> list[Fight]:
        assert finding.acquire(blocking=False)
        try:
            return find(*arguments)
        finally:
            finding.release()

    monkeypatch.setattr(marts, "sum_up", sum_up)
    monkeypatch.setattr(marts, "fights_between", fights_between)
    assert refresh_marts(runtime).days == 4
    assert touched(runtime) == []
    assert rows(runtime, "SELECT battle_id, kills FROM mart.battles") == [(1, 5)]


def test_a_rebuild_that_waits_for_a_reader_lets_promotions_through(make_runtime: MakeRuntime) -> None:
    runtime = make_runtime()
    load(runtime, kill(1))
    rebuild = threading.Thread(target=lambda: refresh_marts(make_runtime(), rebuild=True))
    with runtime.engine.begin() as reader:
        reader.exec_driver_sql("SELECT count(*) FROM mart.settled_items")
        rebuild.start()
        while rows(runtime, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL") != [(1,)]:
            time.sleep(0.01)
        with runtime.engine.begin() as promotion:
            promotion.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
            marts.touch_days(promotion, [DAY])
    rebuild.join()
    assert touched(runtime) == []
    assert rows(runtime, "SELECT DISTINCT killmails FROM mart.items_daily") == [(1,)]


def test_a_day_is_settled_without_reading_the_others(runtime: Runtime) -> None:
    run(
        runtime,
        """INSERT INTO mart.settled_items
        SELECT DATE '2021-01-01' + day, type_id, 1, 1, 1, 1, 1
        FROM generate_series(0, 199) AS day, generate_series(1, 500) AS type_id""",
    )
    run(runtime, "ANALYZE mart.settled_items")
    [delete] = [part for part in str(sql("mart/settle_day")).split(";") if "DELETE FROM mart.settled_items" in part]
    with runtime.engine.begin() as connection:
        plan = connection.execute(text(f"EXPLAIN (FORMAT JSON) {delete}"), {"day": date(2021, 3, 1)}).scalar_one()
    [old] = [one for one in nodes(plan) if one["Node Type"] == "Index Scan" or "Bitmap Heap" in one["Node Type"]]
    assert "2021-03-01" in old.get("Index Cond", "") + old.get("Recheck Cond", "")
