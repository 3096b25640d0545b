"""Folders in memory for PostgreSQL servers of tests: copying a database there takes a tenth of the time, or less."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

MEMORY = Path("/dev/shm")
ROOM = 6_000_000_000
"""Bytes that must be free for each worker, of memory and of the file system."""
CONTAINER = Path("/sys/fs/cgroup")
_NAME = re.compile(r"killmart-tests-(\d+)-\w+")


def base(memory: Path = MEMORY) -> Path:
    """Where folders of test servers are made: in memory where that has room, else where temporary files are."""
    room = ROOM * int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    has_room = os.access(memory, os.W_OK) and min(shutil.disk_usage(memory).free, _free_memory()) >= room
    return memory if has_room else Path(tempfile.gettempdir())


def _free_memory() -> int:
    """Bytes that this machine, or the container that we are in, can still give."""
    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):  # no container, or "max"
        most, used = (int((CONTAINER / name).read_text()) for name in ("memory.max", "memory.current"))
        free = min(free, most - used)
    return free


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
        shutil.rmtree(folder, ignore_errors=True)  # what still writes there was not ended: its own test says so
