"""One installation as the tests of the sources see it: runtimes in this process, and other processes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import text

from killmart.config.connections import Connection
from killmart.db import staging
from killmart.model.ref import Ref
from killmart.runtime import Runtime, runtime_from_environment
from killmart_demo.app import Running, running
from killmart_demo.config import SimulatorConfig
from killmart_demo.universe import EPOCH
from killmart_demo.watch import Limits
from support.databases import by_hand

NOW = EPOCH + 150_000_000.0
FIRST = SimulatorConfig().r2z2_first
HURRIED = Limits(redisq_per_second=10_000, r2z2_per_second=10_000, r2z2_gap_seconds=0.0)
"""What a simulator allows to tests that are not about rates and pauses."""
SERVICES = ("redisq", "r2z2", "esi")
_HURRY = {"redisq_rate": 2000, "r2z2_rate": 2000, "esi_rate": 2000, "r2z2_pause": 0.05, "retry_seconds": 0.05}
_PRELUDE = """
import logging, os, signal
from killmart.runtime import runtime_from_environment
from killmart.load.drain import drain
from killmart.load.fetch import fetch
logging.basicConfig(level=logging.INFO)
runtime = runtime_from_environment()
"""


class Installation:
    """Settings and connections of one `KILLMART_HOME`; options are settings (`redisq_rate=2`) or an upstream's URL."""

    def __init__(self, warehouse: Connection, home: Path) -> None:
        parts = {name: value for name, value in asdict(warehouse).items() if name != "conn_id"}
        self._environ = {"KILLMART_HOME": str(home), "AIRFLOW_CONN_WAREHOUSE": json.dumps(parts)}
        self._runtimes: list[Runtime] = []
        self._processes: list[subprocess.Popen[str]] = []

    def environ(self, upstream: str, **options: Any) -> dict[str, str]:
        """The environment of a process whose upstreams are all below the URL `upstream`, unless one is given."""
        urls = {name: str(options.pop(name, f"{upstream}/{name}")) for name in SERVICES}
        settings = {f"KILLMART_{name.upper()}": str(value) for name, value in (_HURRY | options).items()}
        return self._environ | settings | {f"AIRFLOW_CONN_{name.upper()}": url for name, url in urls.items()}

    def runtime(self, upstream: str, **options: Any) -> Runtime:
        """A runtime in this process."""
        runtime = runtime_from_environment(self.environ(upstream, **options))
        self._runtimes.append(runtime)
        return runtime

    def start(self, code: str, upstream: str, **options: Any) -> subprocess.Popen[str]:
        """Another process that runs `code` with `runtime`, `drain` and `fetch` at hand."""
        process = subprocess.Popen(
            [sys.executable, "-c", _PRELUDE + code],
            env={**os.environ, **self.environ(upstream, **options)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._processes.append(process)
        return process

    def run(self, code: str, upstream: str, **options: Any) -> tuple[int, str]:
        """The exit status of such a process, and what it said."""
        process = self.start(code, upstream, **options)
        out, err = process.communicate(timeout=300)
        return process.returncode, out + err

    def close(self) -> None:
        """End what is left."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.communicate()
        for runtime in self._runtimes:
            runtime.dispose()


@contextmanager
def simulated(**options: Any) -> Iterator[Running]:
    """A simulator that stands still in time and allows any rate, unless said otherwise."""
    with running(SimulatorConfig(**{"kills": 20, "now": lambda: NOW, "limits": HURRIED} | options)) as simulator:
        yield simulator


def status(simulator: Running) -> dict[str, Any]:
    """What the simulator saw, asked over HTTP."""
    answer: dict[str, Any] = requests.get(f"{simulator.url}/_sim/status", timeout=60).json()
    return answer


def set_faults(simulator: Running, **fields: Any) -> None:
    """Change the faults over HTTP; rates by name, `_500` being the fault 500, `esi__500` that of one service."""
    seconds = {name: fields.pop(name) for name in list(fields) if name.endswith("_seconds")}
    rates = {name.replace("__", ":").removeprefix("_"): rate for name, rate in fields.items()}
    answer = requests.post(f"{simulator.url}/_sim/faults", json={"rates": rates, **seconds}, timeout=60)
    assert answer.status_code == 200, answer.text


def rows(runtime: Runtime, query: str, **parameters: Any) -> list[Any]:
    """What a query returns, asked by the test's own hand."""
    with by_hand(runtime.engine).connect() as connection:
        return list(connection.execute(text(query), parameters))


def run_sql(runtime: Runtime, statement: str, **parameters: Any) -> None:
    """Execute one statement by the test's own hand and commit it."""
    with by_hand(runtime.engine).begin() as connection:
        connection.execute(text(statement), parameters)


def staged(runtime: Runtime) -> set[int]:
    """Ids in staging."""
    return {row.killmail_id for row in rows(runtime, "SELECT killmail_id FROM staging.killmails")}


def cursor(runtime: Runtime, feed: str) -> Any:
    """The row of a feed's cursor."""
    return rows(runtime, "SELECT * FROM staging.feed_cursors WHERE feed = :feed", feed=feed)[0]


def stage_refs(runtime: Runtime, refs: dict[int, str]) -> None:
    """Put killmails into staging that wait for their body: {id: hash}."""
    with runtime.engine.begin() as connection:
        staging.stage(connection, "redisq", [Ref(one, killmail_hash) for one, killmail_hash in refs.items()])


def hashes_of(simulator: Running) -> dict[int, str]:
    """{id: hash} of everything in the simulator's feed."""
    return {one: simulator.state.feed.kill(one).killmail_hash for one in simulator.state.feed.ids}


def killmails(runtime: Runtime) -> dict[int, Any]:
    """The rows in staging by id."""
    return {row.killmail_id: row for row in rows(runtime, "SELECT * FROM staging.killmails")}
