"""Runs every benchmark on an embedded PostgreSQL of its own and prints one JSON line per figure."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from pathlib import Path

from bench import (
    at_size,
    bytes_per_kill,
    day_to_readers,
    feed_drain,
    gate,
    growth,
    history,
    imports,
    readers,
    recording,
    together,
)
from killmart.config.connections import database_url
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart_stack.postgres import EmbeddedPostgres

BENCHMARKS = {
    "day_to_readers": day_to_readers.run,
    "history": history.run,
    "bytes_per_kill": bytes_per_kill.run,
    "at_size": at_size.run,
    "feed_drain": feed_drain.run,
    "gate": gate.run,
    "imports": imports.run,
    "readers": readers.run,
    "recording": recording.run,
    "together": together.run,
}
LONG = {"growth": growth.run}
"""Run only where they are named."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="which ones; all but growth by default")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="killmart-bench-"))
    os.environ["KILLMART_HOME"] = str(home)  # commands that are measured find the server
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
