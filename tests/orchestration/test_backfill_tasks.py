"""What the tasks of killmails_backfill say: in the log, in the note of the run and on its tab, in words and units."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from airflow.sdk.exceptions import AirflowFailException

from killmart.errors import KillmartError
from killmart.load.backfill import CHUNK_DAYS, backfill
from killmart.orchestration import day_tasks
from killmart.orchestration.handover import NOTE, note_with
from killmart.runtime import Runtime
from killmart.text import size
from support.day_loading import DAY, DAY_BEFORE, ids_of, on, past_gate, serving
from support.making import MakeRuntime
from support.pipeline import empty_warehouse, rows, run
from support.serving import client, make_app, served

DAG, RUN = "killmails_backfill", "manual__2026-11-28T10:00:00+00:00"
Notes = dict[str, str]


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Notes:
    """What the tasks leave for the run's note; their log is read, too."""
    left: Notes = {}
    monkeypatch.setattr(day_tasks, "leave", left.__setitem__)
    caplog.set_level(logging.INFO, "killmart.orchestration")
    return left


def of_a_run(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    """The runtime as tasks of one DAG run have it."""
    mine = replace(runtime, owner=DAG, dag_id=DAG, run_id=RUN)
    monkeypatch.setattr(day_tasks, "task_runtime", lambda: mine)
    return mine


def tab(browser: httpx.Client) -> str:
    """The text of the tab "Data quality" of the run."""
    page = browser.get("/quality/dag-run", params={"dag_id": DAG, "run_id": RUN})
    assert page.status_code == 200
    return page.text


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines of the log that the tasks themselves wrote."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("killmart.orchestration")]


def test_a_backfill_tells_what_it_will_cost_and_what_it_came_to(
    make_runtime: MakeRuntime,
    monkeypatch: pytest.MonkeyPatch,
    notes: Notes,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    past_gate(monkeypatch)
    with serving() as simulator:
        runtime = of_a_run(on(simulator, make_runtime), monkeypatch)
        kills = len(ids_of(simulator, DAY_BEFORE, DAY))
        with served(make_app(runtime)) as url, client(url) as browser:
            assert "No batch was built in this DAG run" in tab(browser)

            assert day_tasks.plan_backfill(str(DAY_BEFORE), str(DAY), "auto", "missing", "True") == []
            assert notes[NOTE] == said(caplog)[-1]
            assert notes[NOTE].startswith(
                f"A dry run, nothing is loaded: 2 days ({DAY_BEFORE} to {DAY}) with {kills} killmails by the "
                "upstreams' totals, 0 of them in core already. "
                "It asks the history 3 times, EVE Ref 7 times, downloads about "
            )
            assert notes[NOTE].endswith(f" and takes about 15 s and {size(kills * 10_700)} of disk.")
            page = tab(browser)
            assert "Dry run: what it would cost" in page
            assert f"2 ({DAY_BEFORE} to {DAY})" in page
            assert "<th>Requests to EVE Ref</th><td>7</td>" in page
            assert "about 2.1 MB" in page
            assert f"<th>Disk</th><td>about {size(kills * 10_700)}</td>" in page
            assert "How far it is" not in page
            assert rows(runtime, "SELECT count(*) FROM core.kills_fact") == [(0,)]

            planned = day_tasks.plan_backfill(str(DAY_BEFORE), str(DAY), "auto", "missing", "False")
            assert planned == [[str(DAY_BEFORE), str(DAY)]]
            done = [day_tasks.load_stretch(days, "auto", "missing") for days in planned]
            page = tab(browser)
            assert "<th>Days read into batches</th><td>2 of 2</td>" in page
            assert "<th>Days promoted and compared</th><td>2 of 2</td>" in page
            assert f"<th>Killmails read</th><td>{kills}, " in page
            assert "<th>Time left</th><td>about 0 s</td>" in page
            day_tasks.sum_up(done, planned)
            assert notes[NOTE] == (
                f"2 days done: {kills} of {kills} killmails in core (0 were before), 0 in quarantine, 0 missing. "
                "2 days from EVE Ref."
            )
            assert f"{DAY} from everef: " in "".join(said(caplog))
            page = tab(browser)
            assert "What it was expected to cost" in page
            assert "What came of it" in page
            assert "How far it is" not in page
            assert f'<td>all</td><td class="number">2</td><td class="number">{kills}</td>' in page
            assert "not complete" not in page
    assert capsys.readouterr().out == ""


def every_row(runtime: Runtime) -> dict[str, set[str]]:
    """What a load has left in each table that readers see or later loads start from, but for times and batches."""
    tables = [
        name
        for (name,) in rows(
            runtime,
            "SELECT format('%s.%s', nspname, relname) FROM pg_class"
            " INNER JOIN pg_namespace ON relnamespace = pg_namespace.oid"
            " WHERE nspname IN ('core', 'mart') AND relkind IN ('r', 'p') AND NOT relispartition",
        )
    ]
    tables += ["quality.quarantine", "quality.day_coverage", "staging.killmails", "reference.market_prices"]
    mine = "ARRAY['promoted_at', 'changed_at', 'batch_id', 'quarantine_id', 'quarantined_at', 'checked_at']"
    found = {table: rows(runtime, f"SELECT (to_jsonb(one) - {mine})::text FROM {table} AS one") for table in tables}
    return {table: {text for (text,) in some} for table, some in found.items() if table != "mart.touched_days"} | {
        "mart.touched_days": {str(day) for (day,) in rows(runtime, "SELECT DISTINCT day FROM mart.touched_days")}
    }


def test_tasks_one_job_and_two_jobs_bring_the_same_rows(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, notes: Notes
) -> None:
    past_gate(monkeypatch)
    first, last = DAY - timedelta(days=CHUNK_DAYS), DAY
    days = [first + timedelta(days=number) for number in range(CHUNK_DAYS + 1)]
    bad = ("member_two_final_blows", "member_text_value", "archive_short")
    with serving(*bad, of=days[2], first_day=first, day_kills=50, short_by=3) as simulator:
        runtime = of_a_run(on(simulator, make_runtime), monkeypatch)

        def by_tasks() -> None:
            planned = day_tasks.plan_backfill(str(first), str(last), "everef", "missing", "False")
            assert planned == [[str(days[0]), str(days[10])], [str(days[11]), str(days[20])]]
            done = [day_tasks.load_stretch(stretch, "everef", "missing") for stretch in planned]
            with pytest.raises(KillmartError, match=f"{days[2]}: 3 killmails are missing"):
                day_tasks.sum_up(done, planned)

        ways = {
            "tasks": by_tasks,
            "one job": lambda: backfill(runtime, first, last, "everef", "missing", 1),
            "two jobs": lambda: backfill(runtime, first, last, "everef", "missing", 2),
        }
        found = {}
        for name, way in ways.items():
            way()
            found[name] = every_row(runtime)
            empty_warehouse(runtime)
            run(
                runtime,
                "TRUNCATE quality.day_coverage, mart.touched_days, reference.market_prices, reference.price_days",
            )
    assert len(found["tasks"]["core.kills_fact"]) > 900
    assert len(found["tasks"]["quality.quarantine"]) == 2
    assert len(found["tasks"]["quality.day_coverage"]) == len(found["tasks"]["mart.touched_days"]) == len(days)
    for table, some in found["tasks"].items():
        assert found["one job"][table] == some, table
        assert found["two jobs"][table] == some, table


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (str(DAY), str(DAY_BEFORE), f"The last day {DAY_BEFORE} is before the first day {DAY}."),
        ("2007-12-04", str(DAY), "The first day 2007-12-04 is before 2007-12-05, the day of the first killmail."),
        ("30.11.2026", str(DAY), "The first day '30.11.2026' is no day; write it as 2026-11-30."),
        (str(DAY), "9999-01-01", "The day 9999-01-01 is not over yet (UTC); the last day can be "),
    ],
)
def test_a_bad_form_is_refused_by_the_first_line_of_the_log(
    runtime: Runtime,
    monkeypatch: pytest.MonkeyPatch,
    notes: Notes,
    caplog: pytest.LogCaptureFixture,
    first: str,
    last: str,
    told: str,
) -> None:
    of_a_run(runtime, monkeypatch)
    caplog.set_level(logging.INFO)
    with pytest.raises(AirflowFailException) as refused:
        day_tasks.plan_backfill(first, last, "auto", "missing", "False")
    assert str(refused.value).startswith(told)
    assert refused.value.__suppress_context__
    assert [record.getMessage() for record in caplog.records] == [str(refused.value)]
    assert notes == {NOTE: f"Nothing was loaded. {refused.value}"}


def test_an_empty_form_means_yesterday(
    make_runtime: MakeRuntime, monkeypatch: pytest.MonkeyPatch, notes: Notes
) -> None:
    with serving() as simulator:
        of_a_run(on(simulator, make_runtime), monkeypatch)
        yesterday = DAY.fromordinal(DAY.toordinal() + 1)
        assert day_tasks.plan_backfill("", "", "auto", "missing", "False") == [[str(yesterday)] * 2]
    assert f": 1 day ({yesterday}) with " in notes[NOTE]


def stretch(*days: str, missing: int = 0, **changes: Any) -> dict[str, Any]:
    """What the task of a stretch returns."""
    one = {"source": "everef", "expected": 5, "known": 0, "loaded": 5, "quarantined": 0}
    per_day = [{"day": day, **one, "missing": missing, "is_complete": not missing} for day in days]
    lacks = {day: list(range(1, missing + 1))[:20] for day in days if missing}
    return {
        "days": len(days),
        "inserted": 5,
        "changed": 0,
        "unchanged": 0,
        "known": 0,
        "quarantined": 0,
        "missing": lacks,
        "failures": [],
        "blocked": None,
        "per_day": per_day,
        **changes,
    }


def test_the_summary_adds_up_and_is_red_where_anything_is_not_loaded(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    from killmart.orchestration.day_tasks import sum_up

    mine = of_a_run(runtime, monkeypatch)
    planned = [["2026-11-01", "2026-11-02"], ["2026-11-03", "2026-11-03"]]
    first, second = stretch("2026-11-01", "2026-11-02"), stretch("2026-11-03")
    total = sum_up([first, second], planned)
    assert (total["days"], total["inserted"], total["by_source"]["everef"]["loaded"]) == (3, 10, 15)
    assert "2026-11-03 from everef: 5 of 5 killmails in core (0 were before), 0 in quarantine, 0 missing" in said(
        caplog
    )
    notes.clear()
    assert sum_up([], [])["days"] == 0
    assert sum_up(None, [])["days"] == 0
    assert notes == {}  # a dry run keeps the note that the plan left
    with pytest.raises(AirflowFailException, match="Nothing was planned"):
        sum_up(None, None)
    with pytest.raises(KillmartError, match=r"2026-11-03: its task failed\."):
        sum_up([first], planned)
    assert "Not complete: 2026-11-03; the log of sum_up says why." in notes[NOTE]
    with pytest.raises(
        KillmartError, match=r"2026-11-03: 700 killmails are missing, for example \[1, 2, 3, 4, 5\]"
    ) as no:
        sum_up([first, stretch("2026-11-03", missing=700)], planned)
    assert said(caplog)[-1] == str(no.value)
    assert "700 missing" in notes[NOTE]
    with served(make_app(mine)) as url, client(url) as browser:
        page = tab(browser)
    assert "1 day is not complete" in page
    assert "2026-11-03</a> (700 killmails missing)" in page
    with pytest.raises(KillmartError, match="no archive"):
        sum_up([first, stretch("2026-11-03", failures=["2026-11-03: no archive"])], planned)
    with pytest.raises(AirflowFailException, match="Batch 7 is blocked"):  # another try would only block another batch
        sum_up([first, stretch("2026-11-03", blocked="Batch 7 is blocked")], planned)


def test_a_note_keeps_what_a_person_wrote_and_replaces_its_own() -> None:
    assert note_with(None, "done") == "**Killmart**: done"
    first = note_with("for Ann", "a dry run")
    assert first == "for Ann\n\n**Killmart**: a dry run"
    assert note_with(first, "done") == "for Ann\n\n**Killmart**: done"
    assert len(note_with("for Ann", "x" * 5000)) == 1000  # what Airflow's column holds
