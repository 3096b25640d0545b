"""Airflow's task logs and the folders that they leave: a run's go together, once it has ended and is old.

Looked at is what has the names that Airflow gives: `dag_id=…/run_id=…` and the days of `dag_processor`. Whatever else
lies there is somebody's own.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from killmart.housekeeping.chore import Chore, chore
from killmart.housekeeping.metadata import unfinished
from killmart.runtime import Runtime

log = logging.getLogger(__name__)

_DAY = 86_400.0
_RUN, _DAG = "run_id=", "dag_id="
_EVERY = 1000
"""Folders between two lines of the log."""


@dataclass
class _Measured:
    """What is in a folder, and when something in it last changed (seconds since 1970)."""

    files: int
    bytes: int
    newest: float


def remove_task_logs(runtime: Runtime, folder: Path | None = None) -> dict[str, int]:
    """Remove logs older than `KILLMART_AIRFLOW_DAYS` from `folder`; returns how many files and bytes.

    Those of a run that has not ended stay, whatever their age. Where Airflow's database cannot tell which have, the
    logs of a run go only when nothing was written to them for as long as people may be waited for, too
    (`KILLMART_REVIEW_HOURS`). `folder` is Airflow's `[logging] base_log_folder`, else that of `KILLMART_HOME`. Raises
    KillmartError, after all the others, naming what could not be read or removed.
    """
    folder = folder or runtime.settings.home_path / "airflow" / "logs"
    running = unfinished(runtime)
    before = time.time() - runtime.settings.airflow_days * _DAY
    if running is None:
        before -= runtime.settings.review_hours * 3600
    with chore(runtime, "remove_task_logs") as work:
        for dag in _folders(folder, _DAG, work):
            for run in _folders(dag, _RUN, work):
                if (dag.name.removeprefix(_DAG), run.name.removeprefix(_RUN)) not in (running or ()):
                    _remove_if_old(run, before, work)
            _remove_if_empty(dag, before)
        for day in _folders(folder / "dag_processor", "", work):
            _remove_if_old(day, before, work)
    return dict(work.counts)


def _folders(folder: Path, start: str, work: Chore) -> Iterator[Path]:
    """The folders in a folder whose names begin so; links are none."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                one.name for one in entries if one.name.startswith(start) and one.is_dir(follow_symlinks=False)
            )
    except FileNotFoundError:
        return
    except OSError as error:
        work.trouble(f"The folder of logs {folder} cannot be read ({error.strerror or error}): what is in it stays.")
        return
    for name in names:
        yield folder / name


def _remove_if_old(folder: Path, before: float, work: Chore) -> None:
    try:
        found = _measured(folder)
        if found.newest >= before:
            return
        shutil.rmtree(folder)
    except FileNotFoundError:  # somebody else removes it at the moment
        return
    except OSError as error:
        where = error.filename or folder
        work.trouble(
            f"Old logs in {folder} were not removed: {where}: {error.strerror or error}. What is left of them stays."
        )
        return
    work.counts.update(removed_files=found.files, removed_bytes=found.bytes, removed_folders=1)
    if work.counts["removed_folders"] % _EVERY == 0:
        log.info("logs of %d runs removed so far", work.counts["removed_folders"])


def _measured(folder: Path) -> _Measured:
    found = _Measured(0, 0, folder.lstat().st_mtime)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                within = _measured(Path(entry.path))
                found.files, found.bytes = found.files + within.files, found.bytes + within.bytes
                found.newest = max(found.newest, within.newest)
            else:
                about = entry.stat(follow_symlinks=False)
                found.files, found.bytes = found.files + 1, found.bytes + about.st_size
                found.newest = max(found.newest, about.st_mtime)
    return found


def _remove_if_empty(folder: Path, before: float) -> None:
    """Remove a DAG's folder in which nothing has come or gone for long: a task that begins may be about to use it."""
    try:
        if folder.lstat().st_mtime < before:
            folder.rmdir()
    except OSError:  # it is not empty, which is how it is mostly
        return
