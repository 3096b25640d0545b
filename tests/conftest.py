"""What tests share: a real embedded PostgreSQL, a fresh migrated database per test, the simulator over real HTTP."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, text

from killmart.config.connections import Connection, database_url
from killmart.config.settings import load_settings
from killmart.db.engine import build_engine
from killmart.db.migrate import migrate
from killmart.runtime import Runtime
from killmart_stack.home import locked
from killmart_stack.postgres import EmbeddedPostgres
from support import realdata
from support.databases import copied, shared_warehouse
from support.folders import quick_folder
from support.making import MakeAirflowHome, MakeRuntime, find_connection

if TYPE_CHECKING:
    from support.scheduling import Files

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the tests of a whole stack: they take minutes each, and at the end workers would wait for one.

    Among them those that share an installation come first, one behind the other.
    """
    items.sort(key=lambda item: (item.get_closest_marker("stack") is None, "installation" not in _fixtures(item)))


def _fixtures(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Files | None:
    """What --dist loadfile means here."""
    from support.scheduling import Files

    return Files(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With KILLMART_NO_SKIPS a skipped test fails the run: in CI everything is there that a test may need."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("KILLMART_NO_SKIPS") and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("KILLMART_NO_SKIPS is set and tests were skipped", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server of the test run's own; its database `killmart` is migrated once and copied for each test.

    It lies in memory where there is room, and never waits for a disk, which only a crash of the machine would notice:
    copies for tests were half of the time of a run.
    """
    with quick_folder() as home:
        server = EmbeddedPostgres(home)
        server.start()
        try:
            admin = build_engine(database_url(server.connection("postgres"))).execution_options(
                isolation_level="AUTOCOMMIT"
            )
            with admin.connect() as connection:
                for setting in ("fsync = off", "full_page_writes = off", "max_wal_size = '512MB'"):
                    connection.execute(text(f"ALTER SYSTEM SET {setting}"))
                connection.execute(text("SELECT pg_reload_conf()"))
            engine = build_engine(database_url(server.connection()))  # as its owner
            migrate(engine)
            engine.dispose()
            with admin.connect() as connection:  # what a test leaves there, each later one would begin with
                connection.execute(text("ALTER DATABASE killmart ALLOW_CONNECTIONS false"))
            admin.dispose()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def filled_warehouse() -> Iterator[Runtime]:
    """A runtime on many killmails, clones of real ones, kept from run to run (bench/filled.py); tests only read it."""
    if not realdata.DATA.is_dir():
        pytest.skip("The real killmails (../shared/data beside the project) are not here.")
    from bench import filled  # takes a second, and few tests want it

    with filled.in_use(filled.wanted(filled.KILLS_OF_TESTS)) as kept:
        runtime = kept.runtime()
        yield runtime
        runtime.dispose()


@pytest.fixture
def warehouse(postgres: EmbeddedPostgres) -> Iterator[Connection]:
    """An empty, migrated warehouse of the test's own, as an Airflow connection."""
    with copied(postgres, f"test_{next(_numbers)}") as connection:
        yield connection


@pytest.fixture
def make_runtime(warehouse: Connection, tmp_path: Path) -> Iterator[MakeRuntime]:
    """A function that makes runtimes on the test's warehouse: `make_runtime(esi="http://…", redisq_rate=500)`.

    Keywords that name an upstream are its URL; the others are settings.
    """
    runtimes: list[Runtime] = []

    def make(*, owner: str = "test", **options: object) -> Runtime:
        urls = {name: str(options.pop(name)) for name in ("redisq", "r2z2", "esi", "everef", "sde") if name in options}
        environ = {"KILLMART_HOME": str(tmp_path / "home"), "KILLMART_REDISQ_RATE": "500", "KILLMART_ESI_RATE": "500"}
        environ |= {f"KILLMART_{name.upper()}": str(value) for name, value in options.items()}
        environ |= {f"AIRFLOW_CONN_{name.upper()}": url for name, url in urls.items()}

        find = partial(find_connection, warehouse, environ)
        runtime = Runtime(settings=load_settings(environ), find_connection=find, owner=owner)
        runtimes.append(runtime)
        return runtime

    yield make
    for runtime in runtimes:
        runtime.dispose()


@pytest.fixture(scope="session")
def make_airflow_home(tmp_path_factory: pytest.TempPathFactory) -> MakeAirflowHome:
    """A function that makes a folder an AIRFLOW_HOME with a metadata database (SQLite), which is migrated only once."""
    base = tmp_path_factory.getbasetemp()
    migrated = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "airflow"  # once for all workers
    environ = os.environ | {"AIRFLOW_HOME": str(migrated), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    is_migrated = migrated / "is_migrated"

    def make(home: Path) -> str:
        with locked(migrated.with_suffix(".lock")):
            if not is_migrated.exists():
                subprocess.run(
                    [sys.executable, "-m", "airflow", "db", "migrate"], env=environ, check=True, capture_output=True
                )
                is_migrated.touch()
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(migrated / "airflow.db", home)
        return str(home)

    return make


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for again is asked for at once; how often is what tests are about."""
    monkeypatch.setattr("killmart.sources.retry.BACKOFF_SECONDS", 0.002)


@pytest.fixture
def runtime(make_runtime: MakeRuntime) -> Runtime:
    """A runtime on the test's warehouse, without upstreams."""
    return make_runtime()


@pytest.fixture
def other(postgres: EmbeddedPostgres) -> Iterator[Runtime]:
    """A runtime on a second, empty warehouse, for tests that compare two ways."""
    with shared_warehouse(postgres, f"other_{next(_numbers)}") as runtime:
        yield runtime


@pytest.fixture
def engine(runtime: Runtime) -> Engine:
    """The engine of the test's warehouse."""
    return runtime.engine
