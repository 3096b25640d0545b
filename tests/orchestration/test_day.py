"""Which day a DAG run is for, and what the tasks of the day loads make of counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from killmart.orchestration.day import day_of_run

RUN_AFTER = datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
CET = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("partition_key", "logical_date", "run_after", "day"),
    [
        ("2026-10-31", None, RUN_AFTER, date(2026, 10, 31)),
        ("2007-12-05", datetime(2026, 1, 1, tzinfo=UTC), RUN_AFTER, date(2007, 12, 5)),
        ("2024-02-29", None, RUN_AFTER, date(2024, 2, 29)),
        (None, None, RUN_AFTER, date(2026, 11, 1)),
        ("", None, RUN_AFTER, date(2026, 11, 1)),
        (None, datetime(2026, 3, 1, tzinfo=UTC), RUN_AFTER, date(2026, 2, 28)),
        (None, datetime(2026, 3, 1, 0, 30, tzinfo=CET), RUN_AFTER, date(2026, 2, 27)),
        (None, None, datetime(2027, 1, 1, 0, 0, tzinfo=UTC), date(2026, 12, 31)),
    ],
)
def test_the_day_of_a_run(
    partition_key: str | None, logical_date: datetime | None, run_after: datetime, day: date
) -> None:
    assert day_of_run(partition_key, logical_date, run_after) == day


@pytest.mark.parametrize("key", ["2026-02-30", "yesterday", "2026-11"])
def test_a_key_that_is_no_day_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"day|isoformat"):
        day_of_run(key, None, RUN_AFTER)


@pytest.mark.parametrize(
    ("is_unpublished", "try_number", "raised"),
    [(True, 1, "KillmartError"), (True, 3, "AirflowSkipException"), (False, 3, "KillmartError")],
)
def test_a_day_that_no_source_has_yet_is_looked_for_again_then_skipped_and_a_lost_one_stays_red(
    monkeypatch: pytest.MonkeyPatch, is_unpublished: bool, try_number: int, raised: str
) -> None:
    from killmart.load.day_report import DayResult, DaysReport
    from killmart.orchestration import day_tasks

    context = {
        "dag_run": SimpleNamespace(partition_key="2026-10-31", logical_date=None, run_after=RUN_AFTER),
        "ti": SimpleNamespace(try_number=try_number, max_tries=2),
    }
    result = DayResult(date(2026, 10, 31), "everef", failure="2026-10-31: no file.", is_unpublished=is_unpublished)
    monkeypatch.setattr(day_tasks, "get_current_context", lambda: context)
    monkeypatch.setattr(day_tasks, "task_runtime", lambda: None)
    monkeypatch.setattr("killmart.load.days.load_days", lambda *_: DaysReport(days=[result]))
    with pytest.raises(Exception, match="2026-10-31") as told:
        day_tasks.load_day()
    assert told.type.__name__ == raised
