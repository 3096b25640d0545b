"""Folders in memory for PostgreSQL servers of tests: copying a database there takes a tenth of the time, or less."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
ROOM = 6_000_000_000
"""Bytes that must be free, of memory and of the file system: several servers of one run share them."""
_NAME = re.compile(r"killmart-tests-(\d+)-\w+")


def base(memory: Path = MEMORY) -> Path:
    """Where folders of test servers are made: in memory where that has room, else where temporary files are."""
    has_room = os.access(memory, os.W_OK) and min(shutil.disk_usage(memory).free, psutil.virtual_memory().available)
    return memory if has_room and has_room >= ROOM else Path(tempfile.gettempdir())


@contextmanager
def quick_folder(parent: Path | None = None) -> Iterator[Path]:
    """A new folder, gone at the end with all that is in it.

    Who was killed could not remove his own, and memory is dear: whoever comes next does.
    """
    parent = parent or base()
    for left in parent.iterdir():
        name = _NAME.fullmatch(left.name)
        if name and not psutil.pid_exists(int(name[1])):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"killmart-tests-{os.getpid()}-", dir=parent)).resolve()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
