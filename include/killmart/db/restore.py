"""Brings a backup into an empty database (docs/adr/0020-backup.md): beside it first, then in its place, whole."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ProgrammingError

from killmart.config.connections import WAREHOUSE_ROLES
from killmart.db import batches, ranges, roles
from killmart.db.dump import Dump, read_dump
from killmart.db.engine import short_lived_engine
from killmart.db.locks import exclusive
from killmart.db.migrate import migrate
from killmart.db.programs import FindProgram, ProgramFailed, Teller, work
from killmart.db.readers import LONGEST_NAME
from killmart.db.sql import sql
from killmart.errors import KillmartError
from killmart.timing import Progress, Stopwatch

log = logging.getLogger(__name__)

MAINTENANCE = "postgres"
"""The database that every server has; nobody can make or rename the one that they are connected to."""
SETTLE_SECONDS = 5.0
"""Who has just left a database counts as connected for a moment."""
_BEGINS = re.compile(r"^pg_restore: (?:creating|processing data for) (.+)$")


@dataclass(frozen=True)
class Restored:
    """What is restored: its database, revision and killmails, batches that are built again, and the seconds it took."""

    database: str
    revision: str
    killmails: int
    abandoned_batches: list[int]
    seconds: float


@dataclass(frozen=True)
class _Place:
    """The server, and the database that the warehouse comes to."""

    server: Engine
    url: URL

    @property
    def name(self) -> str:
        return str(self.url.database)

    def beside(self, what: str) -> str:
        """The name of another database that belongs to it."""
        return f"{self.name[: LONGEST_NAME - 1 - len(what)]}_{what}"

    def connected(self, database: str) -> AbstractContextManager[Engine]:
        """The engine of a database of the server; nobody is connected by it afterwards."""
        return short_lived_engine(_on(self.url, database))

    def ask(self, name: str, **parameters: object) -> Sequence[object]:
        """The first column of what include/sql/<name>.sql returns."""
        with self.server.connect() as connection:
            return connection.execute(sql(name), parameters).scalars().all()

    def run(self, *statements: str) -> None:
        """Execute statements of which each commits by itself."""
        with self.server.connect().execution_options(isolation_level="AUTOCOMMIT", no_parameters=True) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def drop(self, name: str) -> None:
        """Drop a database and end who is connected to it; none there is fine."""
        self.run(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")


def restore(url: str, find: FindProgram, file: str, jobs: int, progress: Progress) -> Restored:
    """Bring the backup `file` into the database at `url` (SQLAlchemy's), which may not be there yet, and holds nothing.

    `jobs` processes fill tables and build indexes. All is done in a database beside it, which takes its place at the
    end: where it fails, or is killed, there is no half warehouse, and the same command may be run again. Roles that the
    backup names and the server lacks are made. Raises KillmartError saying why nothing was restored.
    """
    watch = Stopwatch()
    dump = read_dump(find, file)
    target = make_url(url)
    with short_lived_engine(_on(target, MAINTENANCE)) as server, _allowed(target):
        place = _Place(server, target)
        with exclusive(server, f"restore {place.name}", wait=False) as is_alone:
            if not is_alone:
                raise KillmartError(f"Another restore into {place.name} is under way: wait for it, or stop it first.")
            _refuse_unless_free(place)
            unfinished = place.beside("restoring")
            _make_roles(place, dump)
            try:
                _make_like(place, unfinished)
                _fill(place, unfinished, dump, find, jobs, progress)
                with place.connected(unfinished) as engine:
                    revision, killmails, abandoned = _finish(engine, find, jobs)
                _refuse_unless_free(place)
                _exchange(place, unfinished)
            except BaseException:
                place.drop(unfinished)
                raise
    return Restored(place.name, revision, killmails, abandoned, round(watch.seconds, 1))


def _quoted(name: str) -> str:
    """An identifier; what SQLAlchemy has for it would double each % as well."""
    return '"' + name.replace('"', '""') + '"'


def _on(url: URL, database: str) -> str:
    return url.set(database=database).render_as_string(hide_password=False)


@contextmanager
def _allowed(url: URL) -> Iterator[None]:
    """Say for people what the role that restores may not do."""
    try:
        yield
    except ProgrammingError as error:
        if not roles.is_forbidden(error):
            raise
        raise KillmartError(
            f"{url.username} may not restore a warehouse on this server ({str(error.orig).splitlines()[0]}): it takes "
            "a role that may make databases and roles, such as an administrator's, in the connection to the warehouse. "
            "Nothing was restored."
        ) from error


def _refuse_unless_free(place: _Place) -> None:
    """Raise KillmartError where the database is at work, holds killmails, or what is no warehouse's."""
    if not place.ask("catalog/find_database", database=place.name)[0]:
        return
    deadline = time.monotonic() + SETTLE_SECONDS
    while who := place.ask("catalog/select_session_names", database=place.name):
        if time.monotonic() > deadline:
            raise KillmartError(
                f"The database {place.name} is in use ({', '.join(map(str, who[:5]))}), so it cannot be replaced: stop "
                "Airflow and what else is connected, then run this again. Nothing was restored."
            )
        time.sleep(0.1)
    with place.connected(place.name) as engine, engine.connect() as connection:
        strangers = connection.execute(sql("catalog/select_strangers")).scalars().all()
        if strangers:
            raise KillmartError(
                f"The database {place.name} holds what is no part of a warehouse ({', '.join(strangers)}) and would be "
                "lost: restore into a database of its own. Nothing was restored."
            )
        there = connection.execute(sql("catalog/find_revisions")).one()
        if there.is_migrated and connection.execute(sql("staging/find_any_killmail")).scalar_one():
            raise KillmartError(
                f"The warehouse in {place.name} holds killmails, and a restore replaces all: restore into a new "
                "database, or another KILLMART_HOME. Nothing was restored."
            )


def _make_roles(place: _Place, dump: Dump) -> None:
    """Make the roles that the backup names: those of Killmart as it makes them, others with no rights of their own."""
    with place.server.begin() as connection:
        missing = _missing(connection, dump.roles | set(WAREHOUSE_ROLES.values()))
        if missing:
            connection.execute(sql("roles/create_roles"))
        others = _missing(connection, dump.roles)
        for role in others:
            connection.exec_driver_sql(f"CREATE ROLE {_quoted(role)}", execution_options={"no_parameters": True})
    if missing:
        log.info("made the roles %s", ", ".join(missing))
    if others:
        log.warning(
            "%s may not log in: a backup has what a role may do in the warehouse, and neither passwords nor "
            "memberships. ALTER ROLE … LOGIN gives that back",
            ", ".join(others),
        )


def _missing(connection: Connection, names: frozenset[str]) -> list[str]:
    return list(connection.execute(sql("catalog/select_missing_roles"), {"names": sorted(names)}).scalars())


def _make_like(place: _Place, unfinished: str) -> None:
    """Make the database beside, as the one is that it will replace; what a restore that was killed left is dropped."""
    place.drop(unfinished)
    statements = [str(one) for one in place.ask("catalog/describe_database", database=unfinished, model=place.name)]
    owner = WAREHOUSE_ROLES["warehouse_owner"]
    anew = f"CREATE DATABASE {_quoted(unfinished)} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'"
    place.run(*(statements or [anew]))


def _fill(place: _Place, unfinished: str, dump: Dump, find: FindProgram, jobs: int, progress: Progress) -> None:
    teller = Teller("restore", "entries", dump.entries, _BEGINS, progress)
    arguments = [f"--jobs={jobs}", "--exit-on-error", "--verbose", str(dump.file)]
    try:
        work(find("pg_restore"), place.url.set(database=unfinished), arguments, teller)
    except ProgramFailed as failure:
        words = str(failure)
        if "No space left on device" in words:
            raise KillmartError(
                f"The disk of the warehouse is full ({words}). Nothing was restored, and what was begun is removed. "
                "Free some space where PostgreSQL keeps its data, then run this again."
            ) from None
        raise KillmartError(
            f"{dump.file} could not be restored ({words}): it is damaged, or the server refuses something. Nothing "
            "was restored. Try another backup, or mend that reason and run this again."
        ) from None
    teller.end()


def _finish(engine: Engine, find: FindProgram, jobs: int) -> tuple[str, int, list[int]]:
    """Bring a database that is filled to where loads can go on; its revision, killmails, and abandoned batches.

    A batch that was built and not yet promoted is built again: a backup has no candidate tables of it. Who is to decide
    on a blocked one has as long for it as there was at first.
    """
    revision = migrate(engine)
    with engine.connect() as connection, roles.owning(connection):
        roles.grant(connection, anew=True)  # what the database itself allows, no dump of it has
    with engine.begin() as connection:
        abandoned = list(connection.execute(sql("staging/select_built_batches")).scalars())
        for batch_id in abandoned:
            batches.abandon(connection, batch_id)
        connection.execute(sql("staging/update_due_batches"))
    log.info("the rows are restored; PostgreSQL looks at all of them, so that readers are as fast as before")
    try:
        work(find("vacuumdb"), engine.url, ["--analyze", f"--jobs={jobs}"])
    except ProgramFailed as failure:
        raise KillmartError(f"vacuumdb failed on the restored tables ({failure}). Nothing was restored.") from None
    ranges.analyze(engine)
    with engine.connect() as connection:
        killmails = connection.execute(sql("core/count_kills")).scalar_one()
    return revision, killmails, abandoned


def _exchange(place: _Place, unfinished: str) -> None:
    """Put the restored database in the place of the empty one, which is dropped: at one moment, or not at all."""
    replaced = place.beside("replaced")
    place.drop(replaced)
    with place.server.begin() as connection:
        if connection.execute(sql("catalog/find_database"), {"database": place.name}).scalar_one():
            connection.execute(sql("catalog/end_sessions"), {"database": place.name}).all()
            _rename(connection, place.name, replaced)
        _rename(connection, unfinished, place.name)
    place.drop(replaced)


def _rename(connection: Connection, old: str, new: str) -> None:
    connection.exec_driver_sql(
        f"ALTER DATABASE {_quoted(old)} RENAME TO {_quoted(new)}", execution_options={"no_parameters": True}
    )
