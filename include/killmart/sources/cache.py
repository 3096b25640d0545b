"""Keeps the HTTP cache on disk within its size."""

from __future__ import annotations

import logging
import sqlite3
from datetime import timedelta
from pathlib import Path

from requests_cache.backends.sqlite import SQLiteCache

log = logging.getLogger(__name__)

_OLDEST = timedelta(days=15)
_NEWEST = timedelta(hours=1)


def prune_cache(file: Path, largest: int) -> int:
    """Remove the oldest answers until the cache has `largest` bytes at most; returns the bytes freed.

    A cache that is in use by others at this moment is left to the next run.
    """
    before = _size(file)
    age = _OLDEST
    try:
        while _size(file) > largest and age >= _NEWEST:
            cache = SQLiteCache(file, wal=True, busy_timeout=5_000)
            cache.delete(expired=True, older_than=age)
            cache.responses.vacuum()  # type: ignore[no-untyped-call]  # which delete() leaves out with older_than
            cache.close()  # type: ignore[no-untyped-call]
            age /= 2
    except sqlite3.Error as error:
        log.warning("the HTTP cache %s could not be pruned now: %s", file.name, error)
    freed = max(0, before - _size(file))
    if freed:
        log.info("the HTTP cache %s gave back %.1f MB", file.name, freed / 1024 / 1024)
    return freed


def _size(file: Path) -> int:
    """Bytes of the cache, what SQLite has not moved out of its log yet included."""
    parts = (file, file.with_name(file.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
