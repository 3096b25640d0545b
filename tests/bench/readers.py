"""How long Airflow's own API takes for its simplest question while readers hammer a route of ours."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from sqlalchemy import Engine

from bench.figures import Bench, Measured
from killmart.config.connections import database_url
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart_stack.airflow_env import airflow_environment, choose_ports
from killmart_stack.home import Home
from killmart_stack.ports import local_session
from killmart_stack.postgres import EmbeddedPostgres
from killmart_stack.processes import Children, program
from support.hammering import hammered

_TOKEN = "a-token-of-the-benchmarks"
_CASES = {"at_rest": (0, False), "with_600_readers": (600, False), "with_600_readers_of_a_locked_table": (600, True)}
_SECONDS = 30.0


def run(bench: Bench) -> Iterator[Measured]:
    """Seconds of `GET /api/v2/version`, at rest and with readers of one API route; the longest counts."""
    with _api_server() as (url, warehouse):
        for name, (readers, is_locked) in _CASES.items():
            with warehouse.begin() as connection:
                if is_locked:
                    connection.exec_driver_sql("LOCK TABLE quality.day_coverage IN ACCESS EXCLUSIVE MODE")
                with hammered(f"{url}/killmart/api/v1/coverage", _TOKEN, readers) as answers:
                    time.sleep(2)
                    seconds = _asked(f"{url}/api/v2/version")
            details = {
                "asked": len(seconds),
                "median": round(statistics.median(seconds), 3),
                "answers": dict(answers),
            }
            yield Measured(f"version_{name}", [max(seconds)], details)


def _asked(url: str) -> list[float]:
    """How long each answer took, one after the other, for a while."""
    session = local_session()
    seconds = []
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        started = time.perf_counter()
        session.get(url, timeout=600).raise_for_status()
        seconds.append(time.perf_counter() - started)
        time.sleep(0.2)
    return seconds


@contextmanager
def _api_server() -> Iterator[tuple[str, Engine]]:
    """The address of Airflow's api-server with our plugin, without a scheduler, and its warehouse."""
    home = Home(Path(tempfile.mkdtemp(prefix="killmart-bench-readers-")))
    home.prepare()
    postgres, ports, children = EmbeddedPostgres(home.path), choose_ports(0), Children(home)
    postgres.start()
    try:
        warehouse = build_engine(database_url(postgres.connection()))
        migrate(warehouse)
        given = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "KILLMART"))}
        environment = airflow_environment(home, postgres, ports, {**given, "KILLMART_API_TOKEN": _TOKEN})
        children.finish(children.spawn("migrate", "migration", [program("airflow"), "db", "migrate"], environment))
        children.spawn("api-server", "api-server", [program("airflow"), "api-server"], environment)
        url = f"http://127.0.0.1:{ports.ui}"
        children.wait_for("The api-server did not answer", lambda: _answers(url), 240)
        yield url, warehouse
        warehouse.dispose()
    finally:
        children.stop()
        postgres.stop()
        shutil.rmtree(home.path, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        return local_session().get(f"{url}/killmart/api/v1/openapi.json", timeout=30).status_code == 401
    except requests.RequestException:
        return False
