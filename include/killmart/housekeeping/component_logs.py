"""The logs of components, KILLMART_HOME/logs/*.log: what is too large is packed aside and begins anew.

Those who write there keep the file open and append to it (killmart_stack), so the file stays and is emptied.
"""

from __future__ import annotations

import fcntl
import gzip
import logging
import os
import shutil
from contextlib import suppress
from pathlib import Path

from killmart.housekeeping.chore import chore
from killmart.runtime import Runtime

log = logging.getLogger(__name__)

OLDER_LOGS = 5
"""Older logs of a component that are kept: api-server.log.1.gz is the latest."""
_MEGABYTE = 1024 * 1024


def rotate_component_logs(runtime: Runtime) -> dict[str, int]:
    """Rotate each log above `KILLMART_LOG_MB`; returns how many (`rotated_logs`) and what they held (`rotated_bytes`).

    Raises KillmartError, after the others, naming those that could not be: they stay whole.
    """
    with chore(runtime, "rotate_component_logs") as work:
        for file in sorted((runtime.settings.home_path / "logs").glob("*.log")):
            try:
                size = file.stat().st_size
                if size > runtime.settings.log_mb * _MEGABYTE and _rotate(file):
                    log.info("%s was rotated: %d MB", file, size // _MEGABYTE)
                    work.counts.update(rotated_logs=1, rotated_bytes=size)
            except OSError as error:
                work.trouble(f"The log {file} could not be rotated ({error.strerror or error}): it stays and grows.")
    return dict(work.counts)


def _rotate(file: Path) -> bool:
    """Pack a log into <file>.1.gz and empty it; False where somebody else is at it.

    It is emptied when all of it is safely packed; what is written meanwhile stays in it. Killed halfway, it leaves the
    log as it was.
    """
    with file.open("r+b") as written, file.open("ab") as end:
        try:
            fcntl.flock(written, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        packed = _older(file, 0)
        try:
            with gzip.open(packed, "wb", compresslevel=6) as target:
                shutil.copyfileobj(written, target, _MEGABYTE)
            _make_way(file)
        except BaseException:
            with suppress(OSError):
                packed.unlink()
            raise
        since = written.read()
        os.ftruncate(written.fileno(), 0)
        end.write(since)
    return True


def _make_way(file: Path) -> None:
    """Number the packed logs anew; the oldest goes."""
    for number in range(OLDER_LOGS - 1, -1, -1):
        with suppress(FileNotFoundError):
            _older(file, number).replace(_older(file, number + 1))


def _older(file: Path, number: int) -> Path:
    """Where the log before last, and so on, is; 0 is the one that is being packed."""
    return file.with_name(f"{file.name}.{number}.gz")
