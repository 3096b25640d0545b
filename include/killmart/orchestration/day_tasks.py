"""What the tasks of killmails_daily and killmails_backfill call."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from airflow.sdk import get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from killmart.errors import ConfigurationError, KillmartError
from killmart.orchestration.day import day_of_run
from killmart.orchestration.handover import NOTE, leave
from killmart.orchestration.runtime import Counts, give_up, task_runtime

log = logging.getLogger(__name__)


STRETCHES_AT_ONCE = 2
"""Stretches that are loaded at once: the places of the pool `days`."""
_EXAMPLES = 20


def load_day() -> Counts:
    """Load the run's day and prove its coverage; red while the day is not complete.

    A young day that no source has yet is looked for again, and skipped after the last try: `repair_late` of the next
    days loads it once it is there.
    """
    from killmart.load.day_report import as_counts
    from killmart.load.days import load_days

    context = get_current_context()
    dag_run, task_instance = context["dag_run"], context["ti"]
    day = day_of_run(dag_run.partition_key, dag_run.logical_date, dag_run.run_after)
    report = load_days(task_runtime(), [day])
    if report.days[0].is_unpublished and task_instance.try_number > task_instance.max_tries:
        raise AirflowSkipException(f"No source has {day} yet; the runs of the next days look for it again.")
    return _complete(as_counts(report))


def repair_late() -> Counts:
    """Load days again whose totals have grown; only in the run for yesterday, so that backfills do not repeat it."""
    from killmart.load.backfill import repair_late_days
    from killmart.load.day_report import DaysReport, as_counts

    dag_run = get_current_context()["dag_run"]
    today = datetime.now(UTC).date()
    day = day_of_run(dag_run.partition_key, dag_run.logical_date, dag_run.run_after)
    if day != today - timedelta(days=1):
        return as_counts(DaysReport())
    return _complete(as_counts(repair_late_days(task_runtime(), today)))


def plan_backfill(first_day: str, last_day: str, source: str, mode: str, dry_run: str) -> list[list[str]]:
    """Check the form, work out the cost, and return the first and the last day of each stretch (none in a dry run).

    A day that is left empty is yesterday (UTC).
    """
    from killmart.load.backfill import check_backfill, days_between, estimate, record_plan, stretches, totals_of
    from killmart.orchestration.backfill_text import plan_text

    runtime, is_dry = task_runtime(), dry_run == "True"
    try:
        first, last = _day("first", first_day), _day("last", last_day)
        check_backfill(first, last, source, mode)
    except ConfigurationError as error:
        leave(NOTE, f"Nothing was loaded. {error}")
        give_up(error)
    totals = totals_of(runtime)
    guess = estimate(runtime, first, last, source, mode, totals)
    record_plan(runtime, first, last, guess, is_dry)
    _tell(plan_text(first, last, guess, is_dry))
    if is_dry:
        return []
    found = stretches(days_between(first, last), totals, source, at_once=STRETCHES_AT_ONCE)
    return [[str(stretch[0]), str(stretch[-1])] for stretch in found]


def _day(which: str, text: str) -> date:
    if not text:
        return datetime.now(UTC).date() - timedelta(days=1)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"The {which} day {text!r} is no day; write it as 2026-11-30.") from None


def _tell(text: str) -> None:
    """Say it in the log, and as the note of the run."""
    log.info("%s", text)
    leave(NOTE, text)


def load_stretch(days: list[str], source: str, mode: str) -> Counts:
    """Load the days from the first to the last of `days`; what is missing is in the counts."""
    from killmart.load.backfill import backfill
    from killmart.load.day_report import as_counts

    first, last = map(date.fromisoformat, days)
    counts = as_counts(backfill(task_runtime(), first, last, source, mode))
    counts["missing"] = {day: ids[:_EXAMPLES] for day, ids in counts["missing"].items()}  # XCom is no place for all
    return counts


def sum_up(stretches: Iterable[Counts] | None, planned: list[list[str]] | None) -> Counts:
    """Add up the stretches, log each day and source, and fail if a day is not complete or was not loaded."""
    from killmart.load.backfill import days_between, record_sums
    from killmart.load.day_report import by_source
    from killmart.orchestration.backfill_text import day_text, sums_text

    if planned is None:
        give_up("Nothing was planned, so nothing was loaded; the log of the task plan says why.")
    done = [stretch for stretch in stretches or () if stretch]
    total: Counts = {
        name: sum(stretch[name] for stretch in done)
        for name in ("days", "inserted", "changed", "unchanged", "known", "quarantined")
    }
    per_day = [day for stretch in done for day in stretch["per_day"]]
    for day in per_day:
        log.info("%s", day_text(day))
    total["by_source"] = by_source(per_day)
    total["missing"] = {day: ids for stretch in done for day, ids in stretch["missing"].items()}
    total["failures"] = [failure for stretch in done for failure in stretch["failures"]]
    seen = {day["day"] for day in per_day}
    wanted = [str(day) for days in planned for day in days_between(*map(date.fromisoformat, days))]
    unseen = [day for day in wanted if day not in seen]
    total["failures"] += [f"{day}: its task failed." for day in unseen]
    total["blocked"] = "; ".join(stretch["blocked"] for stretch in done if stretch["blocked"]) or None
    if planned:
        incomplete = {day["day"]: day["missing"] for day in per_day if not day["is_complete"]}
        incomplete |= dict.fromkeys(unseen, 0)
        record_sums(task_runtime(), total["by_source"], incomplete)
        _tell(sums_text(total["by_source"], incomplete))
    return _complete(total | {"per_day": per_day}) | {"per_day": []}


def _complete(counts: Counts) -> Counts:
    """The counts; raises where anything is not loaded."""
    said = [*counts["failures"], *filter(None, [counts["blocked"]])]
    said += [
        f"{day['day']}: {day['missing']} killmails are missing, for example {counts['missing'][day['day']][:5]}."
        for day in counts["per_day"]
        if day["missing"]
    ]
    if said:
        # a blocked batch waits for a person, and another try would only block a second one
        error = AirflowFailException if counts["blocked"] else KillmartError
        more = f" And {len(said) - _EXAMPLES} more." if len(said) > _EXAMPLES else ""
        sentence = (
            f"Not complete: {' '.join(said[:_EXAMPLES])}{more} What is good is promoted; a new run does what is left."
        )
        log.error("%s", sentence)
        raise error(sentence)
    return counts
