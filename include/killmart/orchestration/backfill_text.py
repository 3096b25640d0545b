"""A backfill in words: sentences for the log and the note of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from killmart.text import counted, lasting, number, size

if TYPE_CHECKING:
    from datetime import date

    from killmart.load.backfill import Estimate

_SERVICES = {"history": "the history", "everef": "EVE Ref", "esi": "ESI"}
_MOST_DAYS = 10


def plan_text(first: date, last: date, guess: Estimate, is_dry: bool) -> str:
    """What a backfill will load and cost."""
    days = f"{counted(guess.days, 'day')} ({first}" + (")" if first == last else f" to {last})")
    asks = ", ".join(f"{_SERVICES.get(name, name)} {counted(n, 'time')}" for name, n in guess.requests.items() if n)
    unknown = (
        f" Of {counted(guess.days_unknown, 'day')} no upstream gives a total; their cost is not included."
        if guess.days_unknown
        else ""
    )
    return (
        f"{'A dry run, nothing is loaded' if is_dry else 'To be loaded'}: {days} with "
        f"{counted(guess.killmails, 'killmail')} by the upstreams' totals, {number(guess.here)} of them in core "
        f"already. It asks {asks or 'nobody'}, downloads about {size(guess.bytes)} and takes about "
        f"{lasting(guess.seconds)} and {size(guess.disk_bytes)} of disk.{unknown}"
    )


def day_text(day: dict[str, Any]) -> str:
    """What became of one day."""
    return (
        f"{day['day']} from {day['source']}: {number(day['loaded'])} of {counted(day['expected'], 'killmail')} in core "
        f"({number(day['known'])} were before), {number(day['quarantined'])} in quarantine, "
        f"{number(day['missing'])} missing"
    )


def sums_text(by_source: dict[str, dict[str, int]], incomplete: dict[str, int]) -> str:
    """What became of all days."""
    total = {
        name: sum(counts[name] for counts in by_source.values())
        for name in ("days", "expected", "known", "loaded", "quarantined", "missing")
    }
    origins = ", ".join(
        f"{counted(counts['days'], 'day')} from {_SERVICES.get(source, source)}"
        if source != "none"
        else f"{counted(counts['days'], 'day')} complete already"
        for source, counts in by_source.items()
    )
    text = (
        f"{counted(total['days'], 'day')} done: {number(total['loaded'])} of {counted(total['expected'], 'killmail')} "
        f"in core ({number(total['known'])} were before), {number(total['quarantined'])} in quarantine, "
        f"{number(total['missing'])} missing. {origins[:1].upper()}{origins[1:]}."
    )
    if incomplete:
        some = ", ".join(sorted(incomplete)[:_MOST_DAYS])
        more = f" and {len(incomplete) - _MOST_DAYS} more" if len(incomplete) > _MOST_DAYS else ""
        text += f" Not complete: {some}{more}; the log of sum_up says why."
    return text
