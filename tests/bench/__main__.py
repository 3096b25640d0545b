"""Measures every figure, or those named, and prints one JSON line for each; progress and what broke go to stderr.

    make bench                                    all of them (docs/performance.md says how long that takes)
    make bench ARGS="new_day gate_vs_copy"        some, by figure or by benchmark
    make bench ARGS="growth --kills 50000"        in a smaller warehouse

A file gets the same lines with their details, for `python -m tests.bench.page`, which puts them into the documents.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from bench import filled
from bench.benchmarks import BENCHMARKS, measure, wanted
from bench.figures import FIGURES, Bench
from killmart.config.connections import database_url
from killmart.config.settings import PROJECT, load_settings
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart_stack.postgres import EmbeddedPostgres


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"figures or benchmarks: {', '.join(BENCHMARKS)}")
    parser.add_argument("--rounds", type=int, default=Bench.rounds, help="of each figure at most")
    parser.add_argument("--kills", type=int, default=filled.wanted(Bench.kills), help="of the large warehouses")
    parser.add_argument("--cold", action="store_true", help="growth with little memory left for a cache, too")
    parser.add_argument("--to", type=Path, default=load_settings(os.environ).home_path / "bench.jsonl", metavar="FILE")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(FIGURES) - set(BENCHMARKS):
        parser.error(f"there is no figure or benchmark {', '.join(sorted(unknown))}")
    asked.to.parent.mkdir(parents=True, exist_ok=True)
    broken = False
    with _lines_alone() as lines, asked.to.open("w") as file, _own_server() as server:
        file.write(json.dumps({"run": _about()}) + "\n")
        engine = build_engine(database_url(server.connection()))
        migrate(engine)
        for measured in measure(wanted(asked.names), Bench(engine, asked.rounds, asked.kills, asked.cold)):
            broken = broken or measured.is_broken
            print(json.dumps(measured.line()), file=lines, flush=True)
            more = {"details": measured.details, "skipped": measured.skipped}
            file.write(json.dumps(measured.line() | more, default=str) + "\n")
            file.flush()
        engine.dispose()
    print(f"The figures with their details are in {asked.to}", file=sys.stderr)
    sys.exit(broken)


@contextmanager
def _lines_alone() -> Iterator[TextIO]:
    """What was stdout, while whatever else is printed, by other processes too, goes to stderr."""
    with os.fdopen(os.dup(1), "w") as lines:
        os.dup2(2, 1)
        yield lines


@contextmanager
def _own_server() -> Iterator[EmbeddedPostgres]:
    """A server in a home of the run's own, which commands that are measured find by KILLMART_HOME."""
    home = Path(tempfile.mkdtemp(prefix="killmart-bench-"))
    os.environ["KILLMART_HOME"] = str(home)
    server = EmbeddedPostgres(home)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _about() -> dict[str, Any]:
    """When and on what this is measured."""
    revision = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=PROJECT, capture_output=True, text=True)
    return {
        "at": datetime.now(UTC).isoformat(timespec="minutes"),
        "revision": revision.stdout.strip(),
        "cores": os.cpu_count(),
        "load_at_start": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
