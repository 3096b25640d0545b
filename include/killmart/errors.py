"""The errors that people read: what failed, why, what happens to the data, what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator


class KillmartError(Exception):
    """Something failed that a person can act on; the message is a whole sentence for that person."""


class ConfigurationError(KillmartError):
    """A setting or a connection is missing or bad; the message names it."""


class UpstreamError(KillmartError):
    """An upstream refused, broke or is away; the message names service, route and what comes next."""


class UpstreamRefusedError(UpstreamError):
    """An upstream asked us to stay away; nobody in this installation asks it again for `pause_seconds`."""

    def __init__(self, message: str, pause_seconds: float) -> None:
        super().__init__(message)
        self.pause_seconds = pause_seconds


class GateBlocked(KillmartError):
    """Critical expectations failed: the batch is set aside and core untouched."""


def disk_trouble(error: BaseException) -> str | None:
    """Which disk is full, in a sentence for people, if that is what caused an error; else None.

    Asked where errors end up, since a write fails anywhere: in PostgreSQL (SQLSTATE 53100), SQLite or a file.
    """
    for one in _chain(error):
        words = (str(one).strip().splitlines() or [type(one).__name__])[0]
        # libpq gives no code to what ends a connection, or refuses it
        code = getattr(one, "pgcode", "no error of psycopg2")
        if code == "53100" or (code is None and "No space left on device" in str(one)):
            return (
                f"The disk of the warehouse is full ({words}). What is committed stays, and what was under way is done "
                "again by the next run. Free some space where PostgreSQL keeps its data, then run this again."
            )
        is_full = isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT)
        if is_full or (isinstance(one, sqlite3.Error) and "disk is full" in words):
            file = getattr(one, "filename", None)
            return (
                f"The disk of {file or 'KILLMART_HOME or of temporary files'} is full ({words}). What is committed to "
                "the warehouse stays. Free some space, then run this again."
            )
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it comes from: its causes, and what SQLAlchemy has wrapped."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [getattr(one, "orig", None), one.__cause__, one.__context__]
