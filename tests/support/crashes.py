"""Kills the pipeline (SIGKILL) at random points, restarts it, and ends when the feed is dry.

The harness process imports everything once and forks a worker for every life: a real process with connections of its
own, that is really killed, and back within milliseconds. The upstreams run in a process of their own.
"""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from killmart.config.connections import Connection
from killmart.config.settings import load_settings
from killmart.load.drain import drain
from killmart.load.fetch import fetch
from killmart.load.live import build_from_staging
from killmart.load.promote import promote
from killmart.load.validate import validate
from killmart.runtime import Runtime
from support import oracle

STAGES = ("drain", "fetch", "build", "validate", "promote")
FAILED = "failed: "
BATCH = 500
"""Killmails that are worth a batch in a run."""
_FIRST_GUESS = {"drain": 2.0, "fetch": 2.0, "build": 0.4, "validate": 0.8, "promote": 0.3}


@dataclass
class CrashReport:
    """What one seeded run came to."""

    seed: int
    feed: str
    crashes: Counter[str] = field(default_factory=Counter)
    interrupted_pops: list[int] = field(default_factory=list)
    """Killmails whose pop a crash interrupted, as the simulator names them (RedisQ's reads are destructive)."""
    told_lost: int = 0
    """Packages of which the drains that came after a crash said that they may be lost."""
    differences: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    failures: int = 0
    """Lives that ended by an error of their own, such as a connection that its murdered forerunner still held."""
    seconds: float = 0.0


@dataclass(frozen=True)
class Installation:
    """Where a worker finds everything; plain values, so that a fork starts with connections of its own."""

    warehouse: Connection
    environ: dict[str, str]
    time_box: float = 0.5
    """Seconds of a drain or a fetch: the stages take turns, and a life meets all of them."""

    def runtime(self) -> Runtime:
        def find(conn_id: str) -> Connection | None:
            from killmart.config.connections import connection_from_environment

            return self.warehouse if conn_id == "warehouse" else connection_from_environment(conn_id, self.environ)

        return Runtime(settings=load_settings(self.environ), find_connection=find, owner="crash test")


@contextlib.contextmanager
def simulator(*arguments: str) -> Iterator[str]:
    """The simulated upstreams in a process of their own; yields their address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "killmart", "simulate", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.terminate()
        process.wait(120)


def run(
    seed: int, kills: int, feed: str, crashes: int, warehouse: Connection, home: Path, time_box: float = 0.5
) -> CrashReport:
    """One run: `crashes` lives end by SIGKILL, the last one by itself with the feed dry; then core is compared."""
    started = time.monotonic()
    report = CrashReport(seed, feed)
    with simulator("--kills", str(kills), "--seed", str(seed), "--patient") as url:
        installation = Installation(warehouse, _environ(url, feed, home), time_box)
        rng = random.Random(seed)
        typical = _FIRST_GUESS | {"drain": time_box, "fetch": time_box}
        while not _live(installation, report, rng, typical, is_last=sum(report.crashes.values()) >= crashes):
            pass
        _compare(installation, url, report)
    report.seconds = time.monotonic() - started
    return report


def _environ(url: str, feed: str, home: Path) -> dict[str, str]:
    return {
        "KILLMART_HOME": str(home),
        "KILLMART_FEED": feed,
        "KILLMART_REDISQ_RATE": "2000",
        "KILLMART_R2Z2_RATE": "2000",
        "KILLMART_R2Z2_PAUSE": "0.05",
        "KILLMART_R2Z2_START": "96000000",
        "KILLMART_ESI_RATE": "2000",
        "KILLMART_RETRY_SECONDS": "0.1",
        "KILLMART_BATCH_KILLS": str(2 * BATCH),
        **{f"AIRFLOW_CONN_{service.upper()}": f"{url}/{service}" for service in ("redisq", "r2z2", "esi")},
    }


def _live(
    installation: Installation, report: CrashReport, rng: random.Random, typical: dict[str, float], *, is_last: bool
) -> bool:
    """One life of the pipeline; True where it ended by itself with nothing left to do."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = os.fork()
    if child == 0:
        ours.close()
        _work(installation, theirs)  # never returns
    theirs.close()
    target = rng.choice(STAGES)
    stage, since = "start", time.monotonic()
    try:
        while True:
            is_target = not is_last and stage == target
            if is_target and not _said_within(ours, rng.uniform(0, 1.2 * typical[stage])):
                os.kill(child, signal.SIGKILL)
                report.crashes[stage] += 1
                return False
            try:
                said = ours.recv()
            except EOFError:
                return False  # killed by somebody else
            if said.startswith(FAILED):
                report.failures += 1
                assert report.failures <= 3 * sum(report.crashes.values()) + 3, f"life after life fails: {said}"
                return False
            if stage in typical:
                typical[stage] = 0.5 * typical[stage] + 0.5 * (time.monotonic() - since)
            stage, since = said, time.monotonic()
            if stage == "dry":
                return True
    finally:
        ours.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def _said_within(pipe: Pipe, seconds: float) -> bool:
    return bool(select.select([pipe], [], [], seconds)[0])


def _work(installation: Installation, pipe: Pipe) -> None:
    """Run stage after stage until nothing is left, telling each; ends this process."""
    code = 1
    try:
        logging.disable(logging.CRITICAL)
        runtime = installation.runtime()
        is_dry = False
        while True:
            if not is_dry:  # the feed of a run ends, and each look at its end costs a long poll
                pipe.send("drain")
                is_dry = drain(runtime, seconds=installation.time_box).is_dry
            pipe.send("fetch")
            fetch(runtime, seconds=installation.time_box)
            while is_dry or _count(runtime, "fetched") >= BATCH:  # else the gate's fixed costs are most of a run
                pipe.send("build")
                built = build_from_staging(runtime)
                if built is None:
                    break
                pipe.send("validate")
                validate(runtime, built.batch_id)
                pipe.send("promote")
                promote(runtime, built.batch_id)
            if is_dry and not _count(runtime, "pending", "fetched"):
                pipe.send("dry")
                code = 0
                break
            time.sleep(0.02)
    except Exception as error:
        pipe.send(f"{FAILED}{error!r}")
    finally:
        os._exit(code)


def _count(runtime: Runtime, *states: str) -> int:
    with runtime.engine.connect() as connection:
        statement = text("SELECT count(*) FROM staging.killmails WHERE state = any(:states)")
        return int(connection.execute(statement, {"states": list(states)}).scalar_one())


def _compare(installation: Installation, url: str, report: CrashReport) -> None:
    """Core against the oracle's rows of everything that the simulator gave, less the pops that crashes interrupted."""
    status: dict[str, Any] = requests.get(f"{url}/_sim/status", timeout=60).json()
    lost = {
        int(killmail_id)
        for queue in status.get("queues", {}).values()
        for killmail_id in queue["never_fetched"].values()
    }
    report.interrupted_pops = sorted(lost)
    report.breaches = status["breaches"]
    runtime = installation.runtime()
    with runtime.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT killmail_id, killmail_hash, zkb::text, body, feed FROM staging.killmails")
        ).all()
        listed = {int(one): two for one, two in requests.get(f"{url}/_sim/kills", timeout=60).json().items()}
        told = "SELECT coalesce(sum(maybe_lost), 0)::int FROM staging.feed_holes"
        report.told_lost = connection.execute(text(told)).scalar_one()
        if report.told_lost < len(lost):
            report.differences.append(f"{len(lost)} packages are lost, {report.told_lost} of them told")
        staged = {row.killmail_id: row.killmail_hash for row in rows}
        report.differences += [f"killmail {one} is lost" for one in listed.keys() - staged.keys() - lost]
        report.differences += [f"killmail {one} was never given" for one in staged.keys() - listed.keys()]
        expected = oracle.expected(
            (json.loads(bytes(row.body)), row.killmail_hash, json.loads(row.zkb, parse_float=oracle.Decimal), row.feed)
            for row in rows
        )
        report.differences += oracle.differences(expected, connection.connection.dbapi_connection)
    runtime.engine.dispose()
