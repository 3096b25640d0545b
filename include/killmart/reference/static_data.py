"""Reference: keeps CCP's static data as CCP has it, fetched only when its build changed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from killmart.db import reference
from killmart.db.locks import exclusive
from killmart.db.manners import shared_manners
from killmart.db.request_stats import record_requests
from killmart.model.static_data import Build
from killmart.runtime import Runtime
from killmart.sources.bounds import LARGEST_STATIC_DATA
from killmart.sources.days import quiet_asked
from killmart.sources.retry import PATIENCE
from killmart.sources.sde import NAME, Sde
from killmart.sources.sde_archive import Archive
from killmart.sources.transport.bound import Spool
from killmart.sources.transport.session import build_session
from killmart.timing import Stopwatch

log = logging.getLogger(__name__)

REQUESTS_PER_SECOND = 5.0


@dataclass(frozen=True)
class StaticDataReport:
    """What came of it: the build that is loaded now, its rows, and the rows that had to be written or deleted."""

    build_number: int
    is_new: bool
    systems: int = 0
    types: int = 0
    groups: int = 0
    categories: int = 0
    changed: int = 0


def load_static_data(runtime: Runtime) -> StaticDataReport:
    """Bring the static data up to the newest build, in one transaction; nothing is fetched where it is that already.

    Raises UpstreamError where it is not to be had or unreadable, StaticDataRefusedError where it fails its checks: then
    what was loaded last stays. One process does this at a time, others wait for it.
    """
    url = runtime.url(NAME)
    spool = Spool(runtime.settings.home_path / "cache", LARGEST_STATIC_DATA)
    manners = shared_manners(runtime.engine, NAME, REQUESTS_PER_SECOND, PATIENCE, quiet_asked=quiet_asked)
    session = build_session(NAME, url, manners=manners, contact=runtime.settings.contact, spool=spool)
    sde = Sde(session, url)
    with exclusive(runtime.engine, "static data", wait=True):
        try:
            return _load(runtime, sde)
        finally:
            session.close()  # type: ignore[no-untyped-call]
            with runtime.engine.begin() as connection:
                record_requests(connection, session.counter.take())


def _load(runtime: Runtime, sde: Sde) -> StaticDataReport:
    newest = sde.latest()
    with runtime.engine.connect() as connection:
        loaded = reference.find_latest_build(connection)
    if loaded == newest.number:
        log.info("the static data is build %d, as CCP has it", loaded)
        return StaticDataReport(build_number=newest.number, is_new=False)
    log.info("CCP has build %d of the static data, here is %s; fetching it", newest.number, loaded or "none")
    path = runtime.settings.home_path / "cache" / "static-data.zip"
    watch = Stopwatch()
    try:
        sde.download(path)
        with runtime.engine.begin() as connection:
            return _swap(runtime, connection, path, newest, watch)
    finally:
        path.unlink(missing_ok=True)


def _swap(runtime: Runtime, connection: Connection, path: Path, newest: Build, watch: Stopwatch) -> StaticDataReport:
    """Copy, check and swap in what lies at `path`, within the caller's transaction."""
    archive = Archive(path)
    build = archive.build() or newest  # between the two requests another one may have come
    reference.create_incoming(connection)
    for kind, rows in archive.tables():
        count = reference.copy_incoming(connection, kind, rows)
        log.info("%d rows of %s", count, kind.__name__)
    reference.check_incoming(connection, build)
    loaded = reference.swap_in(connection, build)
    log.info("build %d of the static data is loaded: %s, in %.1f s", build.number, loaded, watch.seconds)
    runtime.record(connection, "static_data", {"changed_rows": float(loaded.changed)}, watch)
    return StaticDataReport(build_number=build.number, is_new=True, **loaded._asdict())
