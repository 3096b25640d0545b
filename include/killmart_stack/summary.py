"""What the warehouse holds, as the demo prints it."""

from __future__ import annotations

from killmart.runtime import Runtime
from killmart.watch.status import rows_of_tables, status


def promoted(runtime: Runtime) -> int:
    """Killmails in core."""
    return int(status(runtime)["killmails"])


def due(runtime: Runtime) -> int:
    """Killmails in staging that a run could go on with now."""
    return int(status(runtime)["ready"])


def describe(runtime: Runtime) -> list[str]:
    """Lines for people: what was promoted, which days, the newest verdict of the gate, the rows of every table."""
    found = status(runtime)
    days, gate = found["whole_days"], found["latest_gate"]
    lines = [f"{found['killmails']:,} killmails are promoted."]
    if days["loaded"]:
        lines.append(
            f"{days['loaded']:,} whole days are loaded ({days['first_day']} to {days['last_day']}), "
            f"{days['complete']:,} of them complete."
        )
    if gate:
        lines.append(
            f"The newest batch {gate['outcome']}: {gate['claimed']:,} claimed = {gate['promoted']:,} promoted, "
            f"{gate['quarantined']:,} quarantined, {gate['known']:,} known, {gate['gone']:,} gone."
        )
    return lines + [f"  {rows:>12,}  {table}" for table, rows in rows_of_tables(runtime).items()]
