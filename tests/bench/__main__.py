"""Runs every benchmark on an embedded PostgreSQL of its own and prints one JSON line per figure."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from killmart.config.connections import database_url
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart.stack.postgres import EmbeddedPostgres

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import chunk_load, day_load, feed_drain, gate, growth, imports, marts, readers, recording

BENCHMARKS = {
    "day_load": day_load.run,
    "chunk_load": chunk_load.run,
    "feed_drain": feed_drain.run,
    "gate": gate.run,
    "imports": imports.run,
    "marts": marts.run,
    "readers": readers.run,
    "recording": recording.run,
}
LONG = {"growth": growth.run}
"""Run only where they are named."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all but growth by default")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="killmart-bench-"))
    server = EmbeddedPostgres(home)
    server.start()
    try:
        engine = build_engine(database_url(server.connection()))
        migrate(engine)
        for name in arguments.names or BENCHMARKS:
            for figure in (BENCHMARKS | LONG)[name](engine, arguments.rounds):
                print(json.dumps({"benchmark": name, **figure}), flush=True)
        engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


main()
