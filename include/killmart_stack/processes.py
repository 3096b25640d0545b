"""Child processes of the supervisor: each in a session of its own, its output in a log file, none left behind.

Every child gets the variable KILLMART_STACK (the home's path) and hands it down, so that a scan finds whatever
this installation has running: workers that lost their parent, and the children of a supervisor that was killed.
KILLMART_STACK_CHILD (its name) tells whose they were.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from killmart.errors import KillmartError
from killmart_stack.home import Home, tail

MARKER = "KILLMART_STACK"
_CHILD_MARKER = "KILLMART_STACK_CHILD"
"""Which child it is, or belongs to."""

ASK_SECONDS = 15.0
"""What a child has to end by itself, its own workers included, after a SIGTERM."""
PRESS_SECONDS = 10.0
"""What is left gets after a SIGTERM to each single process."""

_KILL_SECONDS = 5.0


@dataclass
class Child:
    """A child of the supervisor: how it is started, its process, its log and where in the log this run begins."""

    home: Home
    name: str
    title: str
    """What messages call it."""
    command: list[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] = field(init=False)
    log_start: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._spawn()

    @property
    def log(self) -> Path:
        """Where its output goes, run after run."""
        return self.home.logs / f"{self.name}.log"

    def start(self) -> None:
        """Start it again, once what it left behind (workers, servers of logs that hold its ports) has ended."""
        end_leftovers(self.home, self.name)
        self._spawn()

    def ending(self) -> str | None:
        """How it ended, None while it lives."""
        code = self.process.poll()
        return None if code is None else _ending(code)

    def where(self) -> str:
        """Where its output is, and how that ends."""
        return f"The whole output is in {self.log}; it ends:\n{self.last_words()}"

    def last_words(self) -> str:
        """The end of what it wrote in this run."""
        return tail(self.log, start=self.log_start) or "(it wrote nothing)"

    def _spawn(self) -> None:
        try:
            with self.log.open("ab") as output:
                self.log_start = output.tell()
                self.process = subprocess.Popen(
                    self.command,
                    env={**self.environment, **_marked(self.home, self.name)},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError as error:
            raise KillmartError(f"{self.title} cannot be started: {error}.") from error


class Children:
    """The children of one supervisor."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._running: list[Child] = []

    def spawn(self, name: str, title: str, command: list[str], environment: Mapping[str, str]) -> Child:
        """Start `command`, its output at the end of logs/<name>.log; `title` is what messages call it."""
        child = Child(self._home, name, title, command, environment)
        self._running.append(child)
        return child

    def finish(self, child: Child) -> None:
        """Wait until a child that has something to finish is done; raises KillmartError where it failed."""
        code = child.process.wait()
        self._running.remove(child)
        if code != 0:
            raise KillmartError(f"{child.title} failed ({_ending(code)}). {child.where()}")

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


def leftovers(home: Home, child: str | None = None) -> list[psutil.Process]:
    """The live processes that carry this home's marker (and this child's name), other than this process."""
    wanted = {MARKER: str(home.path)} | ({} if child is None else {_CHILD_MARKER: child})
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and wanted.items() <= process.environ().items():
                found.append(process)
        except (psutil.Error, OSError):
            continue  # another user's, or gone in the meantime
    return [process for process in found if _lives(process)]


def end_leftovers(home: Home, child: str | None = None) -> int:
    """End the processes that `leftovers` finds, gently at first; returns how many there were."""
    there = leftovers(home, child)
    _signal(there, signal.SIGTERM)
    _wait(lambda: not any(map(_lives, there)), PRESS_SECONDS)
    for _ in range(3):  # one that is being forked while we look is seen the next time
        rest = leftovers(home, child)
        if not rest:
            break
        _signal(rest, signal.SIGKILL)
        _wait(lambda: not any(map(_lives, rest)), _KILL_SECONDS)  # noqa: B023 - called before `rest` changes
    return len(there)


def program(name: str) -> str:
    """Path of a program of this Python environment, such as `airflow`."""
    return str(Path(sys.executable).parent / name)


def _marked(home: Home, child: str) -> dict[str, str]:
    # setproctitle, which Airflow's workers use, would overwrite the environment that the scan reads
    return {MARKER: str(home.path), _CHILD_MARKER: child, "SPT_NOENV": "1"}


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
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
