"""Puts what `make bench` measured into the documents: `python -m tests.bench.page [FILE …]`.

A FILE is what a run has written, by default that of KILLMART_HOME; of a figure that several have, the last one counts.
Tables are replaced between their markers, all else on the pages stays. A figure that no file has is said not to be
measured; other tables are left alone where the file has nothing for them.
"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import FIGURES
from killmart.config.settings import PROJECT, load_settings

PAGE = PROJECT / "docs" / "performance.md"
QUERIES_PAGE = PROJECT / "docs" / "performance-queries.md"
_GROWTH = {
    "days": "days",
    "kills": "killmails then",
    "kills_per_s": "killmails a second",
    "backfill_s": "`backfill` s",
    "marts_s": "`marts` s",
    "job_mb": "MB of a job over its imports",
    "bytes_per_kill": "bytes a killmail",
    "wal_per_kill": "WAL bytes a new killmail",
    "slowest_query_ms": "slowest query of an alliance's year, ms",
    "queries_ms": "all such queries, ms",
    "live_batch_ms": "live batch, ms",
}


@dataclass
class Results:
    """The lines of one or more runs: where each was, and the figures by name, with their details."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)

    def read(self, path: Path) -> None:
        """Add what a run has written. Raises KeyError for a figure that there is no more."""
        for line in path.read_text().splitlines():
            found = json.loads(line)
            if "run" in found:
                self.runs.append(found["run"])
            else:
                self.figures[FIGURES[found["figure"]].name] = found

    def details(self, figure: str) -> Mapping[str, Any]:
        """The details of a figure, empty where it was not measured."""
        found: Mapping[str, Any] = self.figures.get(figure, {}).get("details", {})
        return found


def figures_table(results: Results) -> Iterator[str]:
    """A row a figure, in the order of the list."""
    yield from _measured_on(results.runs)
    yield from _head("figure", "what", "goal", "value", "low to high", "rounds", "met")
    for figure in FIGURES.values():
        found = results.figures.get(figure.name, {})
        skipped = found.get("skipped")
        value = f"skipped: {skipped}" if skipped else _number(found.get("value"), "not measured yet")
        is_spread = (found.get("rounds") or 0) > 1
        spread = f"{_number(found['low'])} to {_number(found['high'])}" if is_spread else ""
        met = {True: "yes", False: "**no**", None: ""}[found.get("met")]
        goal = (figure.goal or "").replace("<=", "≤").replace(">=", "≥")
        yield _row(f"`{figure.name}`", figure.what, goal, value, spread, found.get("rounds") or "", met)


def growth_table(results: Results) -> Iterator[str]:
    """A row a leg of the growth."""
    details = results.details("growth_rate")
    if "legs" in details:
        yield from _measured_on(results.runs)
        yield from _head(*_GROWTH.values())
        for leg in details["legs"]:
            yield _row(*(_number(leg.get(name)) for name in _GROWTH))
        if cold := details.get("cold"):
            yield _row(
                f"{cold['days']}, with {cold['ballast_gb']} GB of ballast",
                *(_number(cold.get(name)) for name in list(_GROWTH)[1:]),
            )
    if whole := results.details("history_hours"):
        hours = _number(results.figures["history_hours"]["value"])
        yield ""
        yield f"All of it: {hours} hours at {whole['kills_per_s']:,} killmails a second, {whole['gigabytes']:,} GB."


def queries_table(results: Results) -> Iterator[str]:
    """A row a reader."""
    details = results.details("queries_with_large_scans")
    if "readers" in details:
        yield from _measured_on(results.runs)
        yield f"Among {details['kills']:,} killmails, {details['statements']:,} different statements."
        yield ""
        yield from _head(
            "asked by", "statements", "slowest, ms", "statements, largest", "slowest, largest, ms", "reads whole"
        )
        for row in details["readers"]:
            counts = (row["typical_statements"], row["typical_ms"], row["largest_statements"], row["largest_ms"])
            yield _row(_code(row["reader"]), *map(_number, counts), ", ".join(row["scans"]))


TABLES = {
    (PAGE, "figures"): figures_table,
    (PAGE, "growth"): growth_table,
    (QUERIES_PAGE, "queries"): queries_table,
}


def between(words: str, name: str, lines: Sequence[str]) -> str:
    """The words with these lines between the markers of that name. Raises ValueError where there are none."""
    begin, end = f"<!-- {name}, by tests/bench/page.py -->", f"<!-- end of {name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(words):
        raise ValueError(f"the page has no markers of {name}: {begin} and {end}")
    return pattern.sub(lambda _: "\n".join([begin, "", *lines, "", end]), words)


def write(results: Results) -> None:
    """Replace the tables of which there is something to say."""
    for (path, name), table in TABLES.items():
        if lines := list(table(results)):
            path.write_text(between(path.read_text(), name, lines))


def _measured_on(runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for run in runs:
        yield (
            f"Measured {run['at'].replace('T', ' ').replace('+00:00', ' UTC')} at revision {run['revision']}, "
            f"{run['cores']} cores, load at the start {run['load_at_start']}."
        )
        yield ""


def _head(*titles: str) -> Iterator[str]:
    yield _row(*titles)
    yield "|" + "---|" * len(titles)


def _row(*cells: Any) -> str:
    return f"| {' | '.join(str(cell).replace('|', '¦') for cell in cells)} |"


def _code(reader: str) -> str:
    return f"`{reader}`" if reader.startswith("/") else reader


def _number(value: float | None, absent: str = "") -> str:
    return absent if value is None else f"{value:,.10g}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.page", description=__doc__.partition("\n")[0])
    default = load_settings(os.environ).home_path / "bench.jsonl"
    parser.add_argument("files", nargs="*", type=Path, default=[default], metavar="FILE")
    results = Results()
    for path in parser.parse_args().files:
        results.read(path)
    write(results)


if __name__ == "__main__":
    main()
