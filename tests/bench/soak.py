"""`make soak`: 200 seeded crash runs over 2,000 killmails each; one JSON line a run, the sum at the end."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

import great_expectations  # noqa: F401 - once, before any fork
from sqlalchemy import text

from killmart.config.connections import WAREHOUSE_ROLES, database_url
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart_stack.postgres import EmbeddedPostgres
from support.crashes import CrashReport, run


def main() -> None:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--crashes", type=int, default=12, help="per run")
    parser.add_argument("--first-seed", type=int, default=1)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="killmart-soak-"))
    server = EmbeddedPostgres(home)
    server.start()
    reports = []
    try:
        engine = build_engine(database_url(server.connection()))
        migrate(engine)
        engine.dispose()
        for seed in range(arguments.first_seed, arguments.first_seed + arguments.runs):
            reports.append(soak(server, seed, arguments.kills, arguments.crashes))
            print(_line(reports[-1]), flush=True)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)
    crashes = sum((report.crashes for report in reports), Counter[str]())
    broken = [report.seed for report in reports if report.differences or report.breaches]
    print(
        json.dumps(
            {
                "runs": len(reports),
                "crashes": dict(crashes),
                "interrupted_pops": sum(len(report.interrupted_pops) for report in reports),
                "broken_seeds": broken,
            }
        )
    )
    sys.exit(1 if broken else 0)


LOADER = WAREHOUSE_ROLES["warehouse"]


def soak(server: EmbeddedPostgres, seed: int, kills: int, crashes: int) -> CrashReport:
    """One run in a database of its own; every tenth seed reads RedisQ (four times as long), the others R2Z2."""
    database = f"soak_{seed}"
    admin = build_engine(database_url(server.connection("postgres"))).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {database} OWNER killmart_owner TEMPLATE killmart"))
    try:
        home = Path(tempfile.mkdtemp(prefix="killmart-soak-home-"))
        return run(seed, kills, "r2z2" if seed % 10 else "redisq", crashes, server.connection(database, LOADER), home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {database} WITH (FORCE)"))
        admin.dispose()


def _line(report: CrashReport) -> str:
    return json.dumps(
        {
            "seed": report.seed,
            "feed": report.feed,
            "crashes": dict(report.crashes),
            "interrupted_pops": report.interrupted_pops,
            "told_lost": report.told_lost,
            "differences": report.differences[:5],
            "breaches": report.breaches[:5],
            "seconds": round(report.seconds, 1),
        }
    )


if __name__ == "__main__":
    main()
