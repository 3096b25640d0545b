"""The commands of `python -m killmart`: each calls one function of the library and shows what it returned.

Packages beside the library bring commands of their own (`demo`, `db`, `simulate` …): an entry point in the group
`killmart.commands` names a Typer app, whose commands join those here.

Exit codes: 0 done, 1 blocked or failed, 2 wrong usage or a bad setting.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime
from importlib.metadata import entry_points
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError, ProgrammingError

from killmart.cli import review
from killmart.cli.logs import set_up_logging
from killmart.cli.monitor import monitor
from killmart.cli.readers import readers
from killmart.cli.show import Json, progress_bar, show, show_rows
from killmart.errors import ConfigurationError, KillmartError, disk_trouble
from killmart.legacy import command as legacy
from killmart.runtime import Runtime, runtime_from_environment

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Killmart without Airflow."
)
app.add_typer(review.batches, name="batches")
app.add_typer(review.quarantine, name="quarantine")
app.add_typer(readers, name="readers")

app.add_typer(monitor, name="monitor")
app.command("import-legacy")(legacy.import_legacy)
for brought in entry_points(group="killmart.commands"):
    app.add_typer(brought.load())


def main() -> None:
    """Run the command line; errors that people can act on are one sentence on stderr."""
    set_up_logging()
    try:
        app()
    except ConfigurationError as error:
        print(f"killmart: {error}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        said = str(error) if isinstance(error, KillmartError) else disk_trouble(error)
        if said is None and isinstance(error, DBAPIError):
            said = _database_trouble(error)
        if said is None:
            raise
        print(f"killmart: {said}", file=sys.stderr)
        sys.exit(1)


def _database_trouble(error: DBAPIError) -> str:
    """What PostgreSQL refused, for people; its own words, which hold no password, are in it."""
    words = str(error.orig).splitlines()[0]
    if isinstance(error, ProgrammingError) and "does not exist" in words:
        return (
            f"The warehouse is not at the newest revision ({words}). Run `python -m killmart migrate`, then this again."
        )
    return (
        f"The warehouse cannot be reached or broke off: {words}. What is committed stays. Start it (`make db`), "
        "or look at AIRFLOW_CONN_WAREHOUSE; then run this again."
    )


def _runtime() -> Runtime:
    return runtime_from_environment()


@app.command()
def migrate(json: Json = False) -> None:
    """Bring the warehouse to the newest revision; safe to run again."""
    show({"revision": _runtime().migrate()}, json)


@app.command()
def drain(
    seconds: Annotated[
        float | None, typer.Option(help="Stop after this long; else when the feed is empty.", min=0)
    ] = None,
    json: Json = False,
) -> None:
    """Read the feed into staging."""
    from killmart.load.drain import drain as drain_feed

    show(drain_feed(_runtime(), seconds), json)


@app.command()
def fetch(json: Json = False) -> None:
    """Fetch missing bodies from ESI until nothing is due."""
    from killmart.load.fetch import fetch as fetch_bodies

    with progress_bar("bodies") as progress:
        report = fetch_bodies(_runtime(), progress=progress)
    show({**report.outcomes, "waiting": report.waiting}, json)


@app.command()
def load(json: Json = False) -> None:
    """Transform, validate and promote until nothing fetched is left; exits 1 where a batch was blocked."""
    from killmart.load.live import load as load_batches

    loaded = load_batches(_runtime())
    show(loaded, json)
    if loaded.blocked:
        raise typer.Exit(1)


@app.command()
def backfill(
    first: Annotated[datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="First UTC day.")] = None,
    last: Annotated[datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="Last UTC day, included.")] = None,
    source: Annotated[str, typer.Option(help="auto, everef, history or esi.")] = "auto",
    mode: Annotated[str, typer.Option(help="missing, or reload to replace what core has.")] = "missing",
    jobs: Annotated[int, typer.Option(help="Processes that build days at once.", min=1, max=32)] = min(
        2, os.cpu_count() or 1
    ),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would cost, load nothing.")] = False,
    ids: Annotated[str, typer.Option(help="Instead of days: reload these killmails (1,2,3).")] = "",
    json: Json = False,
) -> None:
    """Load whole days, or reload single killmails; exits 1 if anything is missing afterwards."""
    if ids and first is None and not dry_run:
        _repair(ids, json)
        return
    if ids or first is None or last is None:
        raise typer.BadParameter("Give a first and a last day (2026-11-01 2026-11-30), or --ids alone.")
    from killmart.load import backfill as stage
    from killmart.load.day_report import as_counts

    runtime = _runtime()
    if dry_run:
        show(stage.estimate(runtime, first.date(), last.date(), source, mode), json)
        return
    try:
        with progress_bar("days") as progress:
            report = stage.backfill(runtime, first.date(), last.date(), source, mode, jobs, progress)
    except KeyboardInterrupt:
        print("killmart: Stopped. What is committed stays; the same command does what is left.", file=sys.stderr)
        raise typer.Exit(130) from None
    counts = as_counts(report)
    show(counts if json else {name: value for name, value in counts.items() if name != "per_day"}, json)
    if not report.is_complete:
        raise typer.Exit(1)


def _repair(ids: str, json: bool) -> None:
    from killmart.load.repair import ids_in, repair_kills

    report = repair_kills(_runtime(), ids_in(ids))
    show(report, json)
    if not report.is_complete:
        raise typer.Exit(1)


@app.command()
def marts(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Empty the mart and sum up every day again.")] = False,
    json: Json = False,
) -> None:
    """Bring what charts read (the schema mart) up to date with core: the days that changed, or all with --rebuild."""
    from killmart.load.marts import refresh_marts

    with progress_bar("days") as progress:
        report = refresh_marts(_runtime(), rebuild=rebuild, progress=progress)
    show(report, json)


@app.command()
def prices(
    days: Annotated[int, typer.Option(help="Days to ask for at most.", min=1)] = 100_000, json: Json = False
) -> None:
    """Fetch market prices of today and of days with kills that lack them; exits 1 where a day could not be had."""
    from killmart.reference.prices import fill_prices

    with progress_bar("days") as progress:
        report = fill_prices(_runtime(), most_days=days, progress=progress)
    show(report, json)
    if report.failed:
        raise typer.Exit(1)


@app.command()
def values(
    days: Annotated[int, typer.Option(help="Days to look at, at most.", min=1)] = 100_000, json: Json = False
) -> None:
    """Value killmails that lack values, points or flags, and compare their days with zKillboard."""
    from killmart.reference.values import fill_values

    with progress_bar("days") as progress:
        report = fill_values(_runtime(), most_days=days, progress=progress)
    show(report, json)


@app.command()
def digest(
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="UTC day; else yesterday.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the text, post nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Post it whatever was posted before.")] = False,
    json: Json = False,
) -> None:
    """Post to a Discord channel (the connection `digest`) what a day was like; each day once."""
    from killmart.watch.digest.post import post_digest

    posted = post_digest(_runtime(), day.date() if day else None, dry_run=dry_run, again=again)
    if posted.text and not json:
        print(posted.text)
    else:
        show(posted, json)


@app.command()
def housekeeping(json: Json = False) -> None:
    """Drop old rows and logs, of ours and of Airflow's; exits 1 where something could not be done."""
    from killmart.housekeeping.everything import keep_house

    done, troubles = keep_house(_runtime())
    show(done, json)
    if troubles:
        raise KillmartError(" ".join(troubles))


@app.command()
def status(
    when: Annotated[str, typer.Argument(help="A UTC day (2026-09-30) or month (2026-09); else everything.")] = "",
    json: Json = False,
) -> None:
    """Show what the warehouse holds, what is waiting and the latest verdict; or how complete days are."""
    from killmart.watch.status import coverage_status
    from killmart.watch.status import status as read_status

    found = coverage_status(_runtime(), when) if when else read_status(_runtime())
    days = [] if json else [{"day": day, **counts} for day, counts in found.pop("days", {}).items()]
    show(found, json)
    show_rows(days, ("day", "expected", "loaded", "quarantined", "missing", "sources", "checked_at"), most=31)
