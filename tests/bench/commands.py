"""Commands of Killmart as a user gives them, with what they take: seconds, and memory of their processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_LOOK_SECONDS = 0.1
_IMPORTED = "killmart.cli.main, killmart.load.backfill, killmart.quality.suites.kills_fact"
_AT_REST = f"""import {_IMPORTED}
from killmart.quality.gate import import_great_expectations
import_great_expectations()
print(open("/proc/self/status").read())"""


class Taken(NamedTuple):
    """Seconds from a command's start to its end, and the peak of its largest process in kB."""

    seconds: float
    peak_kb: int


def run_command(upstreams: Mapping[str, str], *command: str) -> Taken:
    """Give a command to Killmart in this KILLMART_HOME; raises RuntimeError where it fails."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "killmart", *command], env=_environment(upstreams), stdout=said, stderr=said
        )
        peak, is_over = [0], threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peak, is_over))
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
    return Taken(seconds, peak[0])


def imports_kb() -> int:
    """What a process takes that has imported what a load needs, the gate too, and done nothing."""
    command = [sys.executable, "-c", _AT_REST]
    done = subprocess.run(command, env=_environment({}), check=True, capture_output=True, text=True)
    return _field(done.stdout, "VmRSS")


def _environment(upstreams: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "KILLMART"))}
    return kept | {"KILLMART_HOME": os.environ["KILLMART_HOME"], **upstreams}


def _watch(pid: int, peak: list[int], is_over: threading.Event) -> None:
    """Keep the largest peak of a process and its descendants."""
    while not is_over.wait(_LOOK_SECONDS):
        for one in family(pid):
            try:
                peak[0] = max(peak[0], _field(Path(f"/proc/{one}/status").read_text(), "VmHWM"))
            except (FileNotFoundError, ProcessLookupError, StopIteration):  # it has ended
                continue


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
