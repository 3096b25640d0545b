"""Reads the database of the older service, in one read-only snapshot; looks up what we know of it.

The old tables are read side by side in the order of their killmails and joined here, so that neither side holds them in
memory, whether or not the old tables have indexes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl

import psycopg2
from psycopg2.extensions import parse_dsn
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError

from killmart.config.sqlfiles import source
from killmart.db.engine import build_engine
from killmart.db.sql import sql
from killmart.errors import ConfigurationError, KillmartError
from killmart.legacy.layout import Layout, layout_in, rows_of
from killmart.legacy.model import OldAttackers, OldCharacters, OldKill, OldRow, OldVictim

_AT_ONCE = 5000
"""Rows of one old table in memory at once."""
_PRISMA_ONLY = frozenset(
    (
        *("schema", "connection_limit", "pool_timeout", "socket_timeout", "pgbouncer"),
        *("statement_cache_size", "sslaccept", "sslidentity"),
    )
)
"""What Prisma takes in a DSN and PostgreSQL's own library does not."""

_Old = OldRow | OldVictim | OldAttackers | OldCharacters


@dataclass(frozen=True)
class OldDatabase:
    """Where the old database is; its password is in the URL alone, which is not shown."""

    url: URL
    schema: str | None = None

    @property
    def shown(self) -> str:
        """The database for people, without login and password."""
        host = self.url.host or self.url.query.get("host") or "this machine"
        return f"{self.url.database or 'the default'} at {host}"


def old_database(dsn: str) -> OldDatabase:
    """The old database by its DSN, as Prisma's DATABASE_URL or as libpq writes it (`?schema=` is understood).

    Raises ConfigurationError, which does not repeat the DSN: there may be a password in it.
    """
    schema = None
    try:
        if not dsn.strip():
            raise ValueError("empty")
        if "://" in dsn:
            address, mark, query = dsn.rpartition("?")  # the rest stays to the letter: libpq reads + and an empty host
            schema = dict(parse_qsl(query if mark else "")).get("schema")
            kept = [one for one in query.split("&") if one.partition("=")[0] not in _PRISMA_ONLY]
            dsn = f"{address}{mark if kept else ''}{'&'.join(kept)}"
        given = parse_dsn(dsn)
        port = given.pop("port", None)
        host = given.pop("host", None)
        if host is not None and host.startswith("/"):
            given["host"], host = host, None
        url = URL.create(
            "postgresql+psycopg2",
            username=given.pop("user", None),
            password=given.pop("password", None),
            host=host,
            port=int(port) if port and host else None,
            database=given.pop("dbname", None),
            query=given | ({"port": port} if port and not host else {}),
        )
    except (psycopg2.Error, ValueError):
        raise ConfigurationError(
            "The DSN of the old database cannot be read (it is not shown, there may be a password in it); "
            "an example: postgresql://user@host:5432/database?schema=public"
        ) from None
    return OldDatabase(url, schema)


class OldReader:
    """The old database while it is open: its layout, and its killmails in the order of their ids."""

    def __init__(self, old: OldDatabase, connection: Connection, layout: Layout) -> None:
        self._old = old
        self._connection = connection
        self.layout = layout

    def kills(self) -> Iterator[OldKill]:
        """Every killmail that an old table names, one after the other; rows without a usable id come last, one by one.

        Raises KillmartError where the old database breaks off.
        """
        with _trouble_told(self._old):
            streams = heapq.merge(*self._streams(), key=_order)
            for killmail_id, rows in groupby(streams, key=lambda row: row.killmail_id):
                if killmail_id is None:
                    yield from (OldKill(None, [row]) for row in rows if isinstance(row, OldRow))
                else:
                    yield _joined(killmail_id, rows)

    def _streams(self) -> Iterator[Iterator[_Old]]:
        tables = self.layout.tables
        yield self._stream("legacy/select_kills", OldRow._make, _facts(self.layout))
        if tables["victims"]:
            yield self._stream("legacy/select_victims", OldVictim._make, rows_of("victims", tables["victims"]))
        if tables["attackers"]:
            yield self._stream("legacy/count_attackers", OldAttackers._make, rows_of("attackers", tables["attackers"]))
        if tables["characters"]:
            characters = rows_of("characters", tables["characters"])
            yield self._stream("legacy/count_characters", OldCharacters._make, characters)

    def _stream(self, name: str, make: Callable[[Any], _Old], rows: str) -> Iterator[_Old]:
        """Rows by a cursor on the old server, `_AT_ONCE` at a time."""
        statement = text(source(name).replace("FROM legacy_rows", f"FROM {rows}"))
        options = {"stream_results": True, "yield_per": _AT_ONCE}
        return map(make, self._connection.execute(statement, execution_options=options))


def _facts(layout: Layout) -> str:
    both = [rows_of(kind, layout.tables[kind]) for kind in ("kills", "losses") if layout.tables[kind]]
    return both[0] if len(both) == 1 else f"({' UNION ALL '.join(one[1:-1] for one in both)})"


def _order(row: _Old) -> tuple[bool, int]:
    return (row.killmail_id is None, row.killmail_id or 0)


def _joined(killmail_id: int, rows: Iterator[_Old]) -> OldKill:
    kill = OldKill(killmail_id)
    for row in rows:
        match row:
            case OldRow():
                kill.rows.append(row)
            case OldVictim():
                kill.victims.append(row)
            case OldAttackers():
                kill.attackers, kill.finishers = row.attackers, row.finishers
            case OldCharacters():
                kill.characters = row.characters
    return kill


@contextmanager
def opened(old: OldDatabase) -> Iterator[OldReader]:
    """The old database in one read-only snapshot, for as long as the block lasts; nothing is ever written to it.

    Raises KillmartError where it cannot be reached, ConfigurationError where it is not of that kind.
    """
    engine = build_engine(old.url.render_as_string(hide_password=False))
    readonly = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        with ExitStack() as stack:
            with _trouble_told(old):
                connection = stack.enter_context(readonly.connect())
                connection.execute(sql("legacy/set_read_only"))
                layout = layout_in(connection.execute(sql("legacy/select_columns")), old.schema)
            yield OldReader(old, connection, layout)
    finally:
        engine.dispose()


@contextmanager
def _trouble_told(old: OldDatabase) -> Iterator[None]:
    """Say of what PostgreSQL refuses in here that it is the old database which does."""
    try:
        yield
    except DBAPIError as error:
        raise KillmartError(
            f"The old database ({old.shown}) cannot be reached, refused or broke off: {_words(old, error)}. What is "
            "staged stays; run this again, it goes on with what is left."
        ) from None


def _words(old: OldDatabase, error: DBAPIError) -> str:
    """What PostgreSQL said, its first line, and never the password."""
    words = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    secret = old.url.password
    return str(words[0]).replace(str(secret), "***") if secret else str(words[0])


def known_killmails(connection: Connection, ids: Sequence[int]) -> dict[int, Any]:
    """What the warehouse knows of killmails, by id (columns of legacy/find_known_killmails)."""
    rows = connection.execute(sql("legacy/find_known_killmails"), {"ids": list(ids)})
    return {row.killmail_id: row for row in rows}


def complete_days(connection: Connection, days: Collection[date]) -> set[date]:
    """Those of these UTC days of which the warehouse has every killmail that any source names."""
    return set(connection.execute(sql("legacy/select_complete_days"), {"days": list(days)}).scalars())


def let_wait(connection: Connection, ids: Sequence[int], seconds: float) -> None:
    """Let just staged killmails be asked of ESI after those of the feeds, and not before `seconds` are over."""
    if ids:
        connection.execute(sql("legacy/update_waiting_killmails"), {"ids": list(ids), "seconds": seconds})
