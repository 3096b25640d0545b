"""The HTTP cache on disk, which may be lost at any time and never stops a request."""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from requests_cache.backends.base import BaseCache
from requests_cache.backends.sqlite import SQLiteCache, SQLiteDict
from requests_cache.models.response import CachedResponse

log = logging.getLogger(__name__)

BUSY_SECONDS = 60
"""Seconds to wait for another process that writes."""
_OLDEST = timedelta(days=15)
_NEWEST = timedelta(hours=1)
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR})
"""What SQLite says of a file that is no cache, or none any more; all else is about the disk, or about others."""

_Result = TypeVar("_Result")


class _Table(SQLiteDict):
    """A table of the cache; requests-cache's own tries for ever to write where it cannot, and hides what failed."""

    def deserialize(self, key: str, value: Any) -> Any:
        """The answer; None where a damaged row unpickles to something else, or in any way not at all."""
        if self.serializer is None:
            return value
        try:
            response = self.serializer.loads(value)
        except Exception as error:
            log.debug("an answer in the HTTP cache cannot be read: %r", error)
            return None
        if not isinstance(response, CachedResponse):
            return None
        response.cache_key = key
        return response

    @contextmanager
    def _acquire_sqlite_lock(self) -> Iterator[None]:
        with self._lock:
            connection = self._connection
            assert connection is not None  # who asks for the lock has just connected
            connection.execute("BEGIN IMMEDIATE")
            self._active_transaction = True
            try:
                yield
                connection.commit()
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.rollback()
                raise
            finally:
                self._active_transaction = False


class DiskCache(SQLiteCache):
    """The cache in `file`, for several threads and processes.

    Where the file is damaged it is set aside as `<file>.damaged` and started over; where it cannot be read or written
    (rights, full disk) nothing is cached any more. Either is one warning, and to the caller an answer that is not
    there. SQLite's handles are closed when no thread is at work with them: closed earlier they crash the process.
    """

    def __init__(self, file: Path) -> None:
        BaseCache.__init__(self, str(file))
        self._file = file
        self._inode = 0
        self._guard = threading.Lock()
        self._at_work = 0
        self._trouble: Exception | None = None
        try:
            self._open()
        except (sqlite3.Error, OSError) as error:
            self._trouble = error
            self._mend()

    def get_response(self, key: str, default: Any = None) -> CachedResponse | None:
        """The answer that is kept under `key`; `default` where none is, or where it cannot be read."""
        response = self._softly(lambda: super(DiskCache, self).get_response(key))
        return default if response is None else response  # one of 4xx is false, too

    def save_response(self, *args: Any, **kwargs: Any) -> None:
        """Keep an answer, where that is possible."""
        self._softly(lambda: super(DiskCache, self).save_response(*args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> None:
        """Remove answers, where that is possible."""
        self._softly(lambda: super(DiskCache, self).delete(*args, **kwargs))

    def close(self) -> None:
        """Close the file."""
        self._softly(super().close)

    def vacuum(self) -> None:
        """Give the space of removed answers back to the disk."""
        self._softly(lambda: self.responses.vacuum())  # type: ignore[no-untyped-call]

    @property
    def is_off(self) -> bool:
        """Whether nothing is cached any more."""
        return self._trouble is not None

    def _softly(self, work: Callable[[], _Result]) -> _Result | None:
        """What `work` returns; None where the cache cannot give or take it."""
        with self._guard:
            if self._trouble is not None:
                return None
            self._at_work += 1
        try:
            return work()
        except sqlite3.Error as error:
            self._trouble = error
            return None
        finally:
            with self._guard:
                self._at_work -= 1
                if self._trouble is not None and not self._at_work:
                    self._mend()

    def _open(self) -> None:
        """Open the file, one process at a time: two that make it at the same moment refuse each other."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._open_tables()

    def _open_tables(self) -> None:
        self._inode = self._file.stat().st_ino if self._file.exists() else 0  # also where it is damaged
        options: dict[str, Any] = {"wal": True, "busy_timeout": BUSY_SECONDS * 1000}
        responses = _Table(self._file, table_name="responses", **options)
        self.redirects = _Table(self._file, table_name="redirects", serializer=None, lock=responses._lock, **options)
        self.responses = responses
        self._inode = self._file.stat().st_ino

    def _mend(self) -> None:
        """Set a damaged file aside and begin a new one; without a usable one go on without. No thread is at work."""
        error = self._trouble
        assert error is not None  # what there is to mend
        try:
            if not _is_damage(error):
                raise error
            with self._alone():
                self._set_aside(error)
                self._open_tables()
            self._trouble = None
        except (sqlite3.Error, OSError) as reason:
            self._trouble = reason
            log.warning(
                "The HTTP cache %s cannot be used (%s); this run goes on without it and asks upstream for "
                "everything. See that its folder can be written to and that there is room.",
                self._file,
                reason,
            )

    def _set_aside(self, error: Exception) -> None:
        """Rename the damaged file, unless another process has done that already."""
        for table in (self.responses, self.redirects):
            with suppress(sqlite3.Error):
                table.close()  # type: ignore[no-untyped-call]
        if self._file.exists() and self._file.stat().st_ino != self._inode:
            return
        aside = self._file.with_name(self._file.name + ".damaged")
        for suffix in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                Path(f"{self._file}{suffix}").replace(f"{aside}{suffix}")
        log.warning(
            "The HTTP cache %s is damaged (%s) and set aside as %s; a new one is begun, what was in it is asked of "
            "upstream again. Delete the file that was set aside when you like.",
            self._file,
            error,
            aside.name,
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only process that opens or renames the file."""
        with self._file.with_name(self._file.name + ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def prune_cache(file: Path, largest: int) -> int:
    """Remove the oldest answers until the cache has `largest` bytes at most; returns the bytes freed.

    A cache that is in use by others at this moment is left to the next run.
    """
    before = _size(file)
    age = _OLDEST
    while _size(file) > largest and age >= _NEWEST:
        cache = DiskCache(file)
        cache.delete(expired=True, older_than=age)
        cache.vacuum()  # which delete() leaves out with older_than
        cache.close()
        if cache.is_off:
            break
        age /= 2
    freed = max(0, before - _size(file))
    if freed:
        log.info("the HTTP cache %s gave back %.1f MB", file.name, freed / 1024 / 1024)
    return freed


def _is_damage(error: Exception) -> bool:
    """Whether it is the file itself that is wrong."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF in _DAMAGE or code == sqlite3.SQLITE_IOERR_SHORT_READ)


def _size(file: Path) -> int:
    """Bytes of the cache, what SQLite has not moved out of its log yet included."""
    parts = (file, file.with_name(file.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
