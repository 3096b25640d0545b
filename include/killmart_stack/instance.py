"""One supervisor per home: who it is, seen from outside, and what says so."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import psutil

from killmart.errors import KillmartError
from killmart_stack.home import Home

_FILE = "supervisor.lock"


@dataclass(frozen=True)
class Instance:
    """A supervisor, or a restore: its process id, when that process began (pids are used again), its UI or nothing."""

    pid: int
    created: float
    url: str

    def process(self) -> psutil.Process | None:
        """The live process, None where it is gone."""
        try:
            process = psutil.Process(self.pid)
            lives = process.create_time() == self.created and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if lives else None


def running_instance(home: Home) -> Instance | None:
    """The supervisor that runs from `home`, None where there is none."""
    try:
        instance = Instance(**json.loads((home.run / _FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return instance if instance.process() else None


@contextmanager
def only_instance(home: Home, url: str = "") -> Iterator[None]:
    """Be the one supervisor of `home`, or keep others away; raises KillmartError saying which process is it already.

    The system drops the lock when its holder dies, however that happens.
    """
    descriptor = os.open(home.run / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise KillmartError(_taken(home)) from None
        instance = Instance(os.getpid(), psutil.Process().create_time(), url)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, json.dumps(asdict(instance)).encode())
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _taken(home: Home) -> str:
    instance = running_instance(home)
    who = f" as process {instance.pid}" if instance else ""
    who += f", with its UI at {instance.url}" if instance and instance.url else ""
    return (
        f"Killmart runs from {home.path} already{who}: stop it with `make down`, "
        "or start a second one with a KILLMART_HOME and a KILLMART_PORT of its own."
    )
