"""`KILLMART_HOME`: its folders, its locks and its private files."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import pwd
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from killmart.errors import KillmartError

SPACE_NEEDED = 500 * 1024**2
"""Bytes that a new database cluster and its write-ahead log want."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Home:
    """The folders of one installation; nothing of it lies anywhere else, but for the socket of a very long path."""

    path: Path

    @property
    def logs(self) -> Path:
        """Output of every process, one file each."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Locks, the PostgreSQL socket, who runs; private."""
        return self.path / "run"

    @property
    def airflow(self) -> Path:
        """`AIRFLOW_HOME`."""
        return self.path / "airflow"

    @property
    def passwords(self) -> Path:
        """The passwords of Airflow's users, `{"admin": "…"}`."""
        return self.path / "simple_auth_manager_passwords.json"

    def prepare(self) -> None:
        """Make the folders; raises KillmartError where they cannot be written or are somebody else's."""
        self.refuse_foreign()
        try:
            for folder in (self.path, self.logs, self.airflow):
                folder.mkdir(parents=True, exist_ok=True)
            self.run.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            self._refuse(error)
        for folder in (self.path, self.logs, self.run, self.airflow):
            if not os.access(folder, os.W_OK | os.X_OK):
                self._refuse(PermissionError(f"no permission to write to {folder}"))

    def check_space(self, *, is_new: bool) -> None:
        """Raise KillmartError where the disk has no room for a new database; one that is there is only warned of."""
        free = shutil.disk_usage(self.path).free
        if free >= SPACE_NEEDED:
            return
        little = f"Only {free // 1024**2} MB are free on the disk of {self.path}"
        if is_new:
            raise KillmartError(
                f"{little}, and a new database needs at least {SPACE_NEEDED // 1024**2} MB: free some space, or set "
                "KILLMART_HOME to a folder elsewhere."
            )
        log.warning("%s: PostgreSQL stops when it is full, so free some space.", little)

    def refuse_foreign(self) -> None:
        """Raise KillmartError where an installation of another user is here; not even root can act for that one.

        PostgreSQL lets in, and runs as, the user who owns its files.
        """
        for folder in (self.path / "postgres", self.run, self.path):
            try:
                owner = folder.stat().st_uid
            except OSError:  # not there, or in one that is not ours to enter
                continue
            if owner not in own_uids() and (folder != self.path or not os.access(folder, os.W_OK | os.X_OK)):
                whose = _name_of(owner)
                raise KillmartError(
                    f"The folder {folder} belongs to the user {whose}: do this as {whose}, or set KILLMART_HOME to a "
                    "folder of yours."
                )

    def _refuse(self, error: OSError) -> NoReturn:
        raise KillmartError(
            f"The folder {self.path} cannot be written ({error.strerror or error}): "
            "give this user the right to write there, or set KILLMART_HOME to a folder of yours."
        ) from error


def own_uids() -> set[int]:
    """The users whose files are ours: this one, and for root also `nobody`, as which its server may have run."""
    uids = {os.geteuid()}
    if os.geteuid() == 0:
        with suppress(KeyError):
            uids.add(pwd.getpwnam("nobody").pw_uid)
    return uids


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path` alone, waiting for whoever has it; the system frees it when its holder dies."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def private_json(path: Path, make: Callable[[], dict[str, str]]) -> dict[str, str]:
    """What the JSON file `path` holds, written once from `make()`; nobody else may read it (mode 0600).

    Raises KillmartError where the file is there but no JSON object.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        path.chmod(0o600)
    else:
        with os.fdopen(descriptor, "w") as file:
            json.dump(make(), file)
    try:
        kept: Any = json.loads(path.read_text())
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        raise KillmartError(f"{path} is no JSON object any more: remove it, and the next start writes a new one.")
    return kept


def tail(path: Path, lines: int = 12, start: int = 0) -> str:
    """The last lines of a log file from byte `start` on, each cut at 300 characters; empty where there is none.

    A file that is shorter than that was rotated meanwhile: all of it is younger.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start if start <= size else 0, size - 64 * 1024))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(line[:300] for line in text.splitlines()[-lines:])
