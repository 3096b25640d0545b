"""A warehouse with millions of killmails, made once and kept, for benchmarks and for tests that look at plans.

    .venv/bin/python -m tests.bench.filled --kills 2000000

makes it, or finds it made, starts its PostgreSQL in the background and prints its DSN as the last line. The folder,
which it prints as well, is a KILLMART_HOME: `KILLMART_HOME=<folder> .venv/bin/python -m killmart psql`, and `down`
when you are done. It lies below KILLMART_FILLED, by default `~/.cache/killmart/filled`, apart for each checkout and
size, and takes up to 10 kB a killmail. It is made again where the schema, the SQL that fills it or this code has
changed, or where it is older than a month. From Python: `with filled.in_use(kills) as warehouse:`; tests have the
fixture `filled_warehouse`, which is small unless KILLMART_FILLED_KILLS says otherwise.

The killmails of the two real days of ../shared/data come in by the usual path (transform, promotion; the gate is
apart), a sample of each where a day of the warehouse is to have fewer. Then the server clones them, up to a year that
ended yesterday: whatever tables of killmails core has, by the catalog. Ids rise with time, 20,000 a day as in reality;
times are shifted by whole days. Of the smaller characters, corporations and alliances two in three have a successor
with another id every LIFE days, so that they come and go; the large ones, and NPCs, are there all the time. Hashes are
those of the originals. The mart is what `killmart marts --rebuild` makes of it.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from bench.cloning import clone_into_core
from bench.loading import load, real_day
from bench.market import load_reference_data
from killmart.cli.show import progress_bar
from killmart.config.connections import database_url
from killmart.config.settings import PROJECT, load_settings
from killmart.db.engine import build_engine
from killmart.errors import KillmartError
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support import realdata
from support.databases import maintain, settle
from support.making import find_connection

KILLS = 2_000_000
KILLS_OF_TESTS = 20_000
LEAST_KILLS = 100
MOST_DAYS = 365
LEAST_A_DAY = 1000
"""Killmails of a day, where so many days are left."""
BYTES_PER_KILL = 10_000
"""What has to be free on the disk; less is used."""
KEPT_DAYS = 30
_WRITERS = ("candidate", "core", "mart", "roles", "templates")
_READERS = ("sum_",)
"""Folders of include/sql that fill the warehouse, and how names of the files in them begin that only read it."""
_CODE = ("bench/filled.py", "bench/cloning.py", "bench/loading.py", "bench/market.py", "support/realdata.py")
_HURRY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "'8GB'",
    "maintenance_work_mem": "'512MB'",
    "autovacuum": "off",
}
"""Settings of the server while the warehouse is made; who interrupts it makes it again."""


@dataclass(frozen=True)
class Filled:
    """What was made: so many killmails, from the first to the last UTC day (as text), with ids from first to last."""

    kills: int
    first_day: str
    last_day: str
    first_id: int
    last_id: int
    digest: str
    made_on: str


@dataclass(frozen=True)
class Warehouse:
    """A filled warehouse whose server runs."""

    server: EmbeddedPostgres
    made: Filled

    def runtime(self) -> Runtime:
        """A runtime on it, as the command line of this folder has."""
        return _runtime(self.server)


@contextmanager
def in_use(kills: int = KILLS) -> Iterator[Warehouse]:
    """The warehouse with so many killmails at least, made where it is not there, while the block runs.

    Several may use it at once, and then one makes it while the others wait; the last one stops its server, unless the
    command line of this module has started it. Raises KillmartError where there is no room on the disk.
    """
    home = folder(kills)
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if _made(home) is None:
            fcntl.flock(lock, fcntl.LOCK_EX)  # lets go of the shared one first: somebody else may make it meanwhile
            if _made(home) is None:
                _make(home, kills)
            fcntl.flock(lock, fcntl.LOCK_SH)
        server = EmbeddedPostgres(home)
        if server.start():
            _left_running(home).unlink(missing_ok=True)
        made = _made(home)
        assert made is not None, "the schema changed while the warehouse was being made; run it again"
        try:
            yield Warehouse(server, made)
        finally:
            with suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if not _left_running(home).exists():
                    server.stop()


def wanted(usual: int) -> int:
    """How many killmails benchmarks or tests are to have: KILLMART_FILLED_KILLS, else what is usual."""
    return int(os.environ.get("KILLMART_FILLED_KILLS") or usual)


def folder(kills: int) -> Path:
    """Where the warehouse with so many killmails lies, made or not."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    base = Path(os.environ.get("KILLMART_FILLED") or cache / "killmart" / "filled")
    checkout = hashlib.sha256(os.fsencode(PROJECT)).hexdigest()[:8]
    return base.resolve() / checkout / str(kills)


def _left_running(home: Path) -> Path:
    return home / "left_running"


def _note(home: Path) -> Path:
    return home / "filled.json"


def _made(home: Path) -> Filled | None:
    """What lies there, None where it is missing, unfinished, stale or old."""
    try:
        made = Filled(**json.loads(_note(home).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    is_old = date.fromisoformat(made.made_on) < _today() - timedelta(days=KEPT_DAYS)
    return None if is_old or made.digest != _digest() else made


def _digest() -> str:
    """Names the schema and all that decides what is in the warehouse."""
    files = [*(PROJECT / "migrations").rglob("*.py"), *(PROJECT / "migrations" / "sql").rglob("*.sql")]
    for schema in _WRITERS:
        found = (PROJECT / "include" / "sql" / schema).rglob("*.sql")
        files += [path for path in found if not path.name.startswith(_READERS)]
    files += [PROJECT / "tests" / name for name in _CODE]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(PROJECT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _make(home: Path, kills: int) -> None:
    """Make the warehouse again in `home`; its note comes last, so that one that was interrupted counts as missing."""
    if home.exists():
        _note(home).unlink(missing_ok=True)
        EmbeddedPostgres(home).stop()
        shutil.rmtree(home)
    home.mkdir(parents=True)
    free, wanted = shutil.disk_usage(home).free, kills * BYTES_PER_KILL
    if free < wanted:
        raise KillmartError(
            f"A warehouse with {kills:,} killmails takes up to {wanted // 10**9} GB and the disk of {home} has "
            f"{free // 10**9} GB free: free some space, set KILLMART_FILLED to a folder elsewhere, or ask for fewer."
        )
    _say(f"Making a warehouse with {kills:,} killmails in {home} …")
    server = EmbeddedPostgres(home)
    try:
        made = _fill(server, kills)
    finally:
        server.stop()
    _note(home).write_text(json.dumps(asdict(made)))


def _fill(server: EmbeddedPostgres, kills: int) -> Filled:
    digest = _digest()  # of what is used, should somebody change it meanwhile
    server.start()
    _set(server, _HURRY)
    runtime = _runtime(server)
    engine = runtime.owner_engine
    try:
        runtime.migrate()
        days = -(-kills // LEAST_A_DAY) if kills < MOST_DAYS * LEAST_A_DAY else MOST_DAYS
        _load_real_days(engine, -(-kills // days))
        with progress_bar("days cloned") as progress:
            clone_into_core(engine, kills, _today() - timedelta(days=1), progress)
        settle(engine)
        with progress_bar("days of the mart") as progress:
            refresh_marts(runtime, rebuild=True, progress=progress)
        settle(engine)
        with engine.connect() as connection:
            made = describe(connection, digest)
    finally:
        runtime.dispose()
    _set(server, {})
    return made


def _load_real_days(engine: Engine, kills_a_day: int) -> None:
    """Load so many killmails of each real day at least, evenly over the day."""
    load_reference_data(engine, [date.fromisoformat(day) for day in realdata.DAYS])
    for day in realdata.DAYS:
        load(engine, real_day(day, kills_a_day))


def _set(server: EmbeddedPostgres, settings: dict[str, str]) -> None:
    """Restart the server with these settings in place of its usual ones, and with the usual ones otherwise."""
    engine = build_engine(database_url(server.connection()))  # what is maintained is by hand
    maintain(engine, "ALTER SYSTEM RESET ALL")
    for name, value in settings.items():
        maintain(engine, f"ALTER SYSTEM SET {name} = {value}")
    maintain(engine, "CHECKPOINT")
    engine.dispose()
    server.stop()
    os.sync()  # what was written without fsync
    server.start()


def describe(connection: Connection, digest: str) -> Filled:
    """What a warehouse holds; `digest` names what made it."""
    query = """SELECT
            count(*), (min(kill_time) AT TIME ZONE 'UTC')::date::text, (max(kill_time) AT TIME ZONE 'UTC')::date::text,
            min(killmail_id), max(killmail_id)
        FROM core.kills_fact"""
    return Filled(*connection.exec_driver_sql(query).one(), digest=digest, made_on=_today().isoformat())


def _runtime(server: EmbeddedPostgres) -> Runtime:
    settings: dict[str, Any] = {"KILLMART_HOME": str(server.home.path)}
    return Runtime(load_settings(settings), partial(find_connection, server.connection(), {}), owner="filled")


def _today() -> date:
    return datetime.now(UTC).date()


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.filled", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=KILLS, help="so many killmails at least")
    kills = parser.parse_args().kills
    if kills < LEAST_KILLS:
        parser.error(f"it takes {LEAST_KILLS} killmails at least")
    if not realdata.DATA.is_dir():
        parser.error("the real killmails (../shared/data beside the project) are not here")
    try:
        with in_use(kills) as warehouse:
            _left_running(warehouse.server.home.path).touch()
            _say(f"{warehouse.made.kills:,} killmails from {warehouse.made.first_day} to {warehouse.made.last_day}")
            _say(f"KILLMART_HOME={warehouse.server.home.path}")
            print(warehouse.server.dsn())
    except KillmartError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
