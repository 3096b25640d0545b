"""Commands of Killmart as a user gives them, with what they take: seconds, and memory of their processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_LOOK_SECONDS = 0.05
_IMPORTED = "killmart.cli.main, killmart.load.backfill, killmart.quality.suites.kills_fact"
_AT_REST = f"""import {_IMPORTED}
from killmart.quality.gate import import_great_expectations
import_great_expectations()
print(open("/proc/self/status").read())"""


class Taken(NamedTuple):
    """Seconds from a command's start to its end, its own peak of memory in kB, and what its largest job grew by.

    A job is a process that was forked by another one of the command's, which has imported what the job needs.
    """

    seconds: float
    peak_kb: int
    job_kb: int


def run_command(upstreams: Mapping[str, str], *command: str) -> Taken:
    """Give a command to Killmart in this KILLMART_HOME; raises RuntimeError where it fails."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "killmart", *command], env=_environment(upstreams), stdout=said, stderr=said
        )
        seen: dict[int, _Memory] = {}
        is_over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, seen, is_over))
        watcher.start()
        try:
            code = process.wait()
            seconds = time.perf_counter() - started
        finally:
            is_over.set()
            watcher.join()
            process.kill()
        said.seek(0)
        if code:
            words = said.read().decode(errors="replace")[-5000:]
            raise RuntimeError(f"killmart {' '.join(command)} failed:\n{words}")
    grown = (
        job.most_of_its_own_kb - seen[job.parent].own_kb
        for job in seen.values()
        if job.parent in seen and seen[job.parent].parent == process.pid
    )
    return Taken(seconds, seen[process.pid].peak_kb, max(grown, default=0))


def imports_kb() -> int:
    """What a process takes that has imported what a load needs, the gate too, and done nothing."""
    command = [sys.executable, "-c", _AT_REST]
    done = subprocess.run(command, env=_environment({}), check=True, capture_output=True, text=True)
    return _field(done.stdout, "VmRSS")


def _environment(upstreams: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "KILLMART"))}
    return kept | {"KILLMART_HOME": os.environ["KILLMART_HOME"], **upstreams}


@dataclass
class _Memory:
    """Whose child a process is, and its kB: all at its peak, and those that are no pages of files."""

    parent: int
    peak_kb: int
    own_kb: int
    most_of_its_own_kb: int


def _watch(pid: int, seen: dict[int, _Memory], is_over: threading.Event) -> None:
    """Keep what a process and its descendants take."""
    while not is_over.wait(_LOOK_SECONDS):
        for one in family(pid):
            try:
                status = Path(f"/proc/{one}/status").read_text()
                parent, peak, own = [_field(status, name) for name in ("PPid", "VmHWM", "RssAnon")]
            except (FileNotFoundError, ProcessLookupError, StopIteration):  # it has ended
                continue
            most = max(own, seen[one].most_of_its_own_kb) if one in seen else own
            seen[one] = _Memory(parent, peak, own, most)


def family(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task").glob("*/children")
        found = [int(child) for path in children for child in path.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return
    for child in found:
        yield from family(child)


def _field(status: str, name: str) -> int:
    return int(next(line for line in status.splitlines() if line.startswith(name)).split()[1])
