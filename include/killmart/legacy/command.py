"""The command `import-legacy`: takes over what an older killmail service has in its database."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from killmart.runtime import runtime_from_environment


def import_legacy(
    dsn: Annotated[
        str,
        typer.Argument(help="The old database, as Prisma's DATABASE_URL; the password may come by PGPASSWORD instead."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report, write nothing.")] = False,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="First load whole days from archives where that is cheaper.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Stage what an older service's database names; exits 1 where not all of it could be taken (a dry run: never)."""
    if dry_run and backfill:
        raise typer.BadParameter("Give --dry-run or --backfill; a dry run names the days that would be loaded.")
    from killmart.cli.show import progress_bar, show
    from killmart.legacy.importing import import_legacy as stage
    from killmart.legacy.report import as_counts
    from killmart.load.day_report import as_counts as as_day_counts

    report = stage(runtime_from_environment(), dsn, dry_run=dry_run, load_archives=backfill, bar=progress_bar)
    counts = as_counts(report)
    if report.backfilled is not None:
        counts["backfilled"] = as_day_counts(report.backfilled)
    if json:
        show(counts, True)
    else:
        _show(counts)
    if not dry_run and not report.is_complete:
        raise typer.Exit(1)


def _show(counts: dict[str, Any]) -> None:
    """Sums, then a table of reasons, then what to do next."""
    from killmart.cli.show import show, show_rows, some  # the command line imports this module in its turn

    tables = {name: counts.pop(name) for name in ("refusals", "troubles")}
    commands = counts.pop("commands")
    days = {name: counts.pop(name) for name in ("days_without_hash", "days_to_fetch")}
    if "backfilled" in counts:
        counts["backfilled"] = {name: one for name, one in counts["backfilled"].items() if name != "per_day"}
    show(counts | {name: f"{len(one):,} days" for name, one in days.items()}, False)
    for title, tallies in tables.items():
        rows = [{title: name, **tally} for name, tally in tallies.items()]
        show_rows(rows, (title, "killmails", "why", "examples"))
    if commands:
        print("These days are cheaper, or only, to be had whole (or run this again with --backfill):")
        print(some(commands, len(commands), "\n"))
        print(
            "Then run import-legacy again: what they brought gets its value, points and labels from the old database."
        )
