"""Child processes of the supervisor: each in a session of its own, its output in a log file, none left behind.

Every child gets the variable KILLMART_STACK (the home's path) and hands it down, so that a scan finds whatever
this installation has running: workers that lost their parent, and the children of a supervisor that was killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from killmart.errors import KillmartError
from killmart_stack.home import Home, tail

MARKER = "KILLMART_STACK"

ASK_SECONDS = 15.0
"""What a child has to end by itself, its own workers included, after a SIGTERM."""
PRESS_SECONDS = 10.0
"""What is left gets after a SIGTERM to each single process."""

_KILL_SECONDS = 5.0


@dataclass(frozen=True)
class Child:
    """A running child: what people call it, its process, its log and where in the log this run begins."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    log_start: int

    def last_words(self) -> str:
        """The end of what it wrote in this run."""
        return tail(self.log, start=self.log_start) or "(it wrote nothing)"


class Children:
    """The children of one supervisor. Used as a context it ends them all on leaving."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._running: list[Child] = []

    def spawn(self, name: str, title: str, command: list[str], environment: Mapping[str, str]) -> Child:
        """Start `command`, its output at the end of logs/<name>.log; `title` is what messages call it."""
        log = self._home.logs / f"{name}.log"
        with log.open("ab") as output:
            started_at = output.tell()
            process = subprocess.Popen(
                command,
                env={**environment, **_marked(self._home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = Child(title, process, log, started_at)
        self._running.append(child)
        return child

    def finish(self, child: Child) -> None:
        """Wait until a child that has something to finish is done; raises KillmartError where it failed."""
        code = child.process.wait()
        self._running.remove(child)
        if code != 0:
            raise KillmartError(f"{child.name} failed, {_ending(code)}. {_where(child)}")

    def check(self) -> None:
        """Raise KillmartError naming the child that has ended although it should run on."""
        for child in self._running:
            code = child.process.poll()
            if code is not None:
                raise KillmartError(f"{child.name} ended by itself, {_ending(code)}. {_where(child)}")

    def wait_for(self, what: str, ready: Callable[[], bool], seconds: float) -> None:
        """Ask `ready` until it is true; raises KillmartError after `seconds`, or when a child dies meanwhile."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise KillmartError(f"{what} within {seconds:.0f} s. The logs are in {self._home.logs}.")
            time.sleep(0.5)

    def stop(self) -> None:
        """End every process of this home: ask the children, then each process left, then kill. Takes 30 s at most."""
        for child in self._running:
            with suppress(ProcessLookupError):
                child.process.terminate()
        _wait(lambda: all(child.process.poll() is not None for child in self._running), ASK_SECONDS)
        end_leftovers(self._home)
        for child in self._running:
            with suppress(ProcessLookupError, PermissionError):  # what took the marker out of its environment
                os.killpg(child.process.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(_KILL_SECONDS)
        self._running.clear()


def leftovers(home: Home) -> list[psutil.Process]:
    """The live processes that carry this home's marker, other than this process."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARKER) == str(home.path):
                found.append(process)
        except (psutil.Error, OSError):
            continue  # another user's, or gone in the meantime
    return [process for process in found if _lives(process)]


def end_leftovers(home: Home) -> int:
    """End the processes that carry this home's marker, gently at first; returns how many there were."""
    there = leftovers(home)
    _signal(there, signal.SIGTERM)
    _wait(lambda: not any(map(_lives, there)), PRESS_SECONDS)
    for _ in range(3):  # one that is being forked while we look is seen the next time
        rest = leftovers(home)
        if not rest:
            break
        _signal(rest, signal.SIGKILL)
        _wait(lambda: not any(map(_lives, rest)), _KILL_SECONDS)  # noqa: B023 - called before `rest` changes
    return len(there)


def program(name: str) -> str:
    """Path of a program of this Python environment, such as `airflow`."""
    return str(Path(sys.executable).parent / name)


def _marked(home: Home) -> dict[str, str]:
    # setproctitle, which Airflow's workers use, would overwrite the environment that the scan reads
    return {MARKER: str(home.path), "SPT_NOENV": "1"}


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(number)


def _wait(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.1)


def _ending(code: int) -> str:
    return f"with exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def _where(child: Child) -> str:
    return f"The whole output is in {child.log}; it ends:\n{child.last_words()}"
