"""PostgreSQL's own programs (pg_dump, pg_restore, vacuumdb) at work on a warehouse, and what they say meanwhile."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from psycopg2.extensions import make_dsn
from sqlalchemy import URL

from killmart.timing import Progress
from killmart.watched import NOTICES

log = logging.getLogger(__name__)

FindProgram = Callable[[str], Path]
"""Where the program of this name is; raises KillmartError where there is none."""

LOG_SECONDS = 5.0
"""Between two lines of the log that say how far a program is."""
_FAILURE = re.compile(r"\b(error|detail|hint): (.+)")
"""In a line that says why a program fails; processes of one may write into each other's lines."""


class ProgramFailed(Exception):
    """A program of PostgreSQL gave up; the message is what it said of that."""


class Teller:
    """Tells how far a program is by the lines that it writes: `progress` at once, the log now and then."""

    def __init__(self, doing: str, of: str, total: int, begins: re.Pattern[str], progress: Progress) -> None:
        """`begins` finds the lines that say that one of `total` things begins, and in its group which one."""
        self._doing, self._of, self._total = doing, of, total
        self._begins, self._progress = begins, progress
        self._begun = 0
        self._told_at = -LOG_SECONDS

    def __call__(self, line: str) -> None:
        """Look at a line."""
        found = self._begins.search(line)
        if not found:
            return
        self._progress(min(self._begun, self._total), max(self._total - self._begun, 0))
        self._begun += 1
        if time.monotonic() - self._told_at >= LOG_SECONDS:
            self._told_at = time.monotonic()
            log.info("%s: %d of %d %s, now %s", self._doing, self._begun, self._total, self._of, found[1])

    def end(self) -> None:
        """Say that all is done."""
        self._progress(self._total, 0)


def work(program: Path, url: URL, arguments: Sequence[str], said: Callable[[str], None] = lambda _: None) -> None:
    """Run a program on the database at `url` to its end, and hand each line that it writes to stderr to `said`.

    Raises ProgramFailed. Whatever else is raised meanwhile, a signal's exception for one, ends the program first.
    """
    dsn, secrets = _address(url)
    process = subprocess.Popen(
        [program, f"--dbname={dsn}", "--no-password", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=_environment(secrets),
        text=True,
        errors="replace",
    )
    heard: list[str] = []
    line = ""
    assert process.stderr is not None
    with process:  # waits for its end
        try:
            for line in process.stderr:
                said(line)
                heard += [line] if _FAILURE.search(line) else []
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        raise ProgramFailed(_words(heard or [line], process.returncode))


def output(program: Path, *arguments: str) -> str:
    """What a program writes that needs no server; raises ProgramFailed."""
    done = subprocess.run(
        [program, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=_environment({}),
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.splitlines()
        raise ProgramFailed(_words([line for line in lines if _FAILURE.search(line)] or lines[-1:], done.returncode))
    return done.stdout


def _address(url: URL) -> tuple[str, dict[str, str]]:
    """A database for libpq, and variables with what others must not see: everybody may read a program's arguments."""
    _, parts = url.get_dialect()().create_connect_args(url)
    password = parts.pop("password", None)
    return make_dsn(**{**NOTICES, **parts}), {} if password is None else {"PGPASSWORD": str(password)}


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", **more}  # C: what they say is read


def _words(heard: Sequence[str], code: int) -> str:
    """The first thing that went wrong, the rest being its consequences, with the details that follow it."""
    found = [match for line in heard if (match := _FAILURE.search(line))]
    if not found:
        ended = f"it ended with exit code {code}" if code >= 0 else f"it was ended by signal {-code}"
        return ", its last words: ".join([ended, *(line.strip() for line in heard if line.strip())])
    words = [found[0][2].strip()]
    for match in found[1:]:
        if match[1] == "error":
            break
        words.append(match[2].strip())
    return "; ".join(words)
