"""The one engine builder: SQLAlchemy over psycopg2, UTC, named in pg_stat_activity, and no wait without an end.

A server that is gone is noticed by time-outs of the connection, whoever waits. On a thread with a Deadline, as pages
have, a statement gets what is left of the time, and the connection is cut where the server says nothing at all.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Any

import psycopg2
from sqlalchemy import Engine, create_engine, event, make_url

from killmart.db.sql import sql
from killmart.deadline import current_deadline
from killmart.errors import KillmartError
from killmart.watched import CONNECT_SECONDS, NOTICES, Watched

POOL_SECONDS = 5.0
"""How long one waits for a connection that others hold."""
MOST_CONNECTIONS = 25
"""Of one engine: eight actions of the pages at once, which hold three each while they judge a batch, and one more."""
CUT_SECONDS = 1.0
"""PostgreSQL has this long to say itself that a statement took too long, before the connection is cut."""
_LIMIT = sql("ops/set_statement_timeout")


class OutOfTimeError(KillmartError):
    """The thread's deadline is over: what it asked was given up, or not begun."""


SETTINGS = {"timezone": "UTC", "enable_partitionwise_join": "on", "random_page_cost": "1.1"}
"""Of every connection. Kill tables are joined range by range, and what is asked is in memory or on a disk that need not
turn: lookups are not as dear as PostgreSQL takes them to be (docs/adr/0013-partitions.md)."""


def build_engine(url: str) -> Engine:
    """Engine for the warehouse at `url` (`postgresql+psycopg2://…`), with a small pool that checks its connections.

    What the URL itself says of time-outs holds. On a thread with a deadline everything raises OutOfTimeError when it
    is over; the connection is given back, or dropped where the server said nothing.
    """
    given = make_url(url).query
    engine = create_engine(
        url,
        pool_size=4,
        max_overflow=MOST_CONNECTIONS - 4,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "application_name": "killmart",
            "options": " ".join(f"-c {name}={value}" for name, value in SETTINGS.items()),
            "connection_factory": Watched,
            **{name: value for name, value in NOTICES.items() if name not in given},
        },
    )
    event.listen(engine, "do_connect", _connect_in_time)
    event.listen(engine, "before_execute", _limit)
    event.listen(engine, "handle_error", _told)
    event.listen(engine, "checkin", _forget)
    return engine


@contextlib.contextmanager
def short_lived_engine(url: str) -> Iterator[Engine]:
    """The same, for what is inside alone: nobody is connected by it afterwards."""
    engine = build_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _connect_in_time(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
    deadline = current_deadline()
    if deadline is not None:
        limit = int(parameters.get("connect_timeout", CONNECT_SECONDS))
        parameters["connect_timeout"] = max(2, min(limit, math.ceil(_seconds_left())))  # libpq's least


def _limit(connection: Any, statement: Any, *_: Any) -> None:
    """Let PostgreSQL end what is about to be asked when the time is over."""
    if current_deadline() is not None and statement is not _LIMIT:
        connection.execute(_LIMIT, {"milliseconds": str(math.ceil(_seconds_left() * 1000))})


def _seconds_left() -> float:
    deadline = current_deadline()
    assert deadline is not None
    left = deadline.seconds_left - CUT_SECONDS
    if left <= 0:
        raise OutOfTimeError("The warehouse took too long to answer.")
    return left


def _told(context: Any) -> Exception | None:
    """What is raised instead of the driver's error: a statement or a connection that our own limit has ended."""
    deadline = current_deadline()
    if deadline is None or context.is_pre_ping:
        return None
    is_ours = deadline.is_over or getattr(context.original_exception, "pgcode", None) == "57014"
    return OutOfTimeError("The warehouse took too long to answer.") if is_ours else None


def _forget(connection: Any, _record: Any) -> None:
    deadline = current_deadline()
    if deadline is not None and connection is not None:
        with contextlib.suppress(psycopg2.InterfaceError):
            deadline.forget(connection.fileno())
