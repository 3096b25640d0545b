"""Backfills as a user starts them: Airflow's own over REST, and the form of killmails_backfill in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

import pytest

from killmart.model.ref import Ref
from support import oracle, realdata
from support.browser import chromium, log_in, needs_chromium, screenshot
from support.pipeline import differences, rows, run, stage
from support.stack_installation import ENDED, Installation, emptied, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900), realdata.needs_days]

DAILY, BACKFILL, LIVE = "killmails_daily", "killmails_backfill", "killmails_live"
FIRST, SECOND = realdata.DAYS


@pytest.fixture(scope="module")
def without_static_data(installation: Installation) -> Iterator[Installation]:
    """Own figures, which the oracle here does not know, are the business of tests/reference."""
    with installation.paused("reference_data"):  # at 12:23 UTC it would bring static data back
        run(installation.runtime, "DELETE FROM reference.sde_builds")
        yield installation


@pytest.fixture
def empty(without_static_data: Installation) -> Installation:
    """The installation with an empty warehouse."""
    return emptied(without_static_data)


@pytest.fixture(scope="module")
def both_days() -> oracle.Tables:
    """The oracle's rows for both days, loaded from EVE Ref's archives."""
    added = ("killmail_hash", "http_last_modified")
    return oracle.expected(
        (
            {name: value for name, value in kill.body.items() if name not in added},
            kill.body["killmail_hash"],
            None,
            "everef",
        )
        for day in realdata.DAYS
        for kill in realdata.day_archive(day)
    )


def row_versions(installation: Installation) -> dict[str, tuple[object, ...]]:
    """Which row versions core holds: any write, even of the same values, changes it."""
    versions = "count(*), sum(xmin::text::bigint), sum(hashtext(ctid::text))"
    return {table: rows(installation.runtime, f"SELECT {versions} FROM core.{table}")[0] for table in oracle.TABLES}


def coverage(installation: Installation) -> list[tuple[str, int, int, int, int]]:
    """Day, killmails expected, loaded, in quarantine, missing."""
    query = (
        "SELECT day::text, expected, loaded, quarantined, cardinality(missing) FROM quality.day_coverage"
        " WHERE sources != '{}' ORDER BY 1"  # not yesterday, which these upstreams do not have
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows(installation.runtime, query)]


def complete(tables: oracle.Tables, *days: str) -> list[tuple[str, int, int, int, int]]:
    """The coverage of days that are wholly there."""
    times = [f"{fact['kill_time']:%Y-%m-%d}" for fact in tables["kills_fact"].values()]
    return [(day, times.count(day), times.count(day), 0, 0) for day in days]


def by_whoever_was_first(installation: Installation, tables: oracle.Tables) -> oracle.Tables:
    """The tables with the source that core names, where two brought the same killmails."""
    sources = {
        (row[0],): row[1] for row in rows(installation.runtime, "SELECT killmail_id, source FROM core.kills_fact")
    }
    assert set(sources.values()) <= {"everef", "r2z2"}
    facts = {key: {**fact, "source": sources.get(key)} for key, fact in tables["kills_fact"].items()}
    return {**tables, "kills_fact": facts}


NOBODY_ASKED = {"find_blocked": "success", "ask_review": "skipped"}
"""The tasks that ask about blocked batches, where none is blocked."""


def form(first: str, last: str, **more: object) -> dict[str, object]:
    return {"first_day": first, "last_day": last, **more}


def test_a_last_day_before_the_first_is_refused_in_one_sentence(empty: Installation) -> None:
    run_id = empty.trigger(BACKFILL, form(SECOND, FIRST))
    state, tasks = empty.ended(BACKFILL, run_id)
    assert (state, tasks["plan"]) == ("failed", "failed")
    sentence = f"The last day {FIRST} is before the first day {SECOND}."
    said = [json.loads(line) for line in empty.log(BACKFILL, run_id, "plan").splitlines()]
    begun = [line["event"] for line in said].index("::endgroup::")  # what is before is folded on the log's page
    assert (said[begun + 1]["level"], said[begun + 1]["event"]) == ("error", sentence)
    assert note(empty, run_id) == f"**Killmart**: Nothing was loaded. {sentence}"
    assert row_versions(empty)["kills_fact"][0] == 0


def test_a_dry_run_tells_the_cost_loads_nothing_and_is_green(empty: Installation, both_days: oracle.Tables) -> None:
    run_id = empty.trigger(BACKFILL, form(FIRST, SECOND, dry_run=True))
    assert empty.ended(BACKFILL, run_id) == (
        "success",
        {"plan": "success", "load_stretch": "skipped", "sum_up": "success", **NOBODY_ASKED},
    )
    said = (
        f"A dry run, nothing is loaded: 4 days ({FIRST} to {SECOND}) with {len(both_days['kills_fact']):,} killmails "
        "by the upstreams' totals, 0 of them in core already."
    )
    assert said in empty.log(BACKFILL, run_id, "plan")
    assert said in (note(empty, run_id) or "")
    assert row_versions(empty)["kills_fact"][0] == 0


def test_airflows_own_backfill_takes_both_ends_of_a_range(installation: Installation) -> None:
    window = {"from_date": f"{FIRST}T00:00:00Z", "to_date": f"{SECOND}T00:00:00Z"}
    planned = installation.call("POST", "backfills/dry_run", {"dag_id": DAILY, **window})["backfills"]
    assert [one["partition_key"] for one in planned] == [FIRST, "2021-11-30", "2021-12-01", SECOND]


def test_airflows_own_backfill_loads_two_real_days_beside_the_live_dag_and_a_second_one_changes_no_row(
    empty: Installation, both_days: oracle.Tables
) -> None:
    some = list(islice(realdata.day_archive(FIRST), 3000))  # the live DAG loads these, the backfill all of that day
    stage(empty.runtime, [Ref(kill.body["killmail_id"], kill.body["killmail_hash"], None, kill.text) for kill in some])
    live = empty.trigger(LIVE, {})
    for day in realdata.DAYS:
        empty.backfill(DAILY, day)
    state, tasks = empty.ended(LIVE, live)
    assert state == "success"
    assert {task for task, its_state in tasks.items() if its_state != "success"} == {"ask_review"}
    assert rows(empty.runtime, "SELECT state, count(*) FROM staging.killmails GROUP BY 1") == [("promoted", len(some))]
    assert differences(empty.runtime, by_whoever_was_first(empty, both_days)) == []
    assert coverage(empty) == complete(both_days, *realdata.DAYS)

    before = row_versions(empty)
    for day in realdata.DAYS:
        empty.backfill(DAILY, day)
    assert row_versions(empty) == before


@needs_chromium
def test_the_form_in_a_browser_loads_a_real_day_and_a_second_run_changes_no_row(
    empty: Installation, both_days: oracle.Tables
) -> None:
    run_id = trigger_in_browser(empty, SECOND, SECOND)
    done = ("success", {"plan": "success", "load_stretch[0]": "success", "sum_up": "success", **NOBODY_ASKED})
    assert empty.ended(BACKFILL, run_id) == done
    assert coverage(empty) == complete(both_days, SECOND)
    [(_, expected, *_rest)] = complete(both_days, SECOND)
    count = f"{expected:,}"
    assert f"1 day done: {count} of {count} killmails in core" in (note(empty, run_id) or "")

    run_id = empty.trigger(BACKFILL, form(FIRST, FIRST))
    assert wait_for(lambda: label_of_running_chunk(empty, run_id), "a running chunk with a label") == FIRST
    assert empty.ended(BACKFILL, run_id) == done
    assert differences(empty.runtime, both_days) == []
    before = row_versions(empty)
    for day in realdata.DAYS:
        assert empty.ended(BACKFILL, empty.trigger(BACKFILL, form(day, day))) == done
    assert row_versions(empty) == before
    assert coverage(empty) == complete(both_days, FIRST, SECOND)


def note(installation: Installation, run_id: str) -> str | None:
    """The note of a run of the backfill, as Airflow's page of the run shows it."""
    found: str | None = installation.call("GET", f"dags/{BACKFILL}/dagRuns/{run_id}")["note"]
    return found


def label_of_running_chunk(installation: Installation, run_id: str) -> str | None:
    """What Airflow's pages call a chunk that is at work; None where there is none, or none but its number yet."""
    path = f"dags/{BACKFILL}/dagRuns/{run_id}/taskInstances?state=running"
    chunks = [one for one in installation.call("GET", path)["task_instances"] if one["task_id"] == "load_stretch"]
    labels = [one["rendered_map_index"] for one in chunks if one["rendered_map_index"] != str(one["map_index"])]
    return labels[0] if labels else None


def test_yesterday_which_no_source_has_is_no_failure_at_once(installation: Installation) -> None:
    def looked() -> str | None:
        """The state of the run of yesterday that Airflow has scheduled by itself, once it has looked."""
        runs = [run for run in installation.runs(DAILY) if run["run_type"] == "scheduled"]
        if not runs:
            return None
        path = f"dags/{DAILY}/dagRuns/{runs[0]['dag_run_id']}/taskInstances/load_day"
        state = str(installation.call("GET", path)["state"])
        return state if state in ("up_for_retry", "skipped", *ENDED) else None

    assert wait_for(looked, "yesterday's run of killmails_daily") in ("up_for_retry", "skipped")


def trigger_in_browser(installation: Installation, first: str, last: str) -> str:
    """Log in, fill the form of killmails_backfill and trigger it; returns the id of the run."""
    earlier = {run["dag_run_id"] for run in installation.runs(BACKFILL)}
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        log_in(page, installation, f"/dags/{BACKFILL}")
        page.get_by_test_id("trigger-dag-button").click()
        page.fill("input[name=element_first_day]", first)
        page.fill("input[name=element_last_day]", last)
        screenshot(page, "backfill-form")
        page.get_by_test_id("trigger-dag-submit").click()

        def started() -> str | None:
            fresh = [run["dag_run_id"] for run in installation.runs(BACKFILL) if run["dag_run_id"] not in earlier]
            return fresh[0] if fresh else None

        return wait_for(started, "a run that the form has started", 60)
