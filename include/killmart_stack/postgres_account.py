"""Under which account of the operating system PostgreSQL runs, since it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from killmart.errors import KillmartError

_NAMESPACE_UID = 1
"""The uid that stands for us in the namespace. Not 65534: every foreign user appears there as that one."""


@dataclass(frozen=True)
class Account:
    """How to run PostgreSQL's programs, and who we are to the server."""

    client: str
    """The name under which the server sees this process (peer authentication)."""
    owner: int
    """The uid that has to own the data folder, as seen from here."""
    prefix: list[str] = field(default_factory=list)
    """What comes before each command."""
    user: str | None = None
    """The account that subprocess changes to, None for ours."""

    def may_enter(self, path: Path) -> bool:
        """Whether the account may enter a folder, or run a program."""
        return self.run(["test", "-x", path], Path(os.devnull), dict(os.environ)) == 0

    def run(self, arguments: list[str | Path], log: Path, environment: dict[str, str]) -> int:
        """Run a program of PostgreSQL, its output going to the end of `log`; returns its exit code.

        What it leaves running (the server) holds nothing of ours open: standard input is empty, and its
        output is the log file, so that `make db | tail -1` returns.
        """
        with log.open("ab") as output:
            return subprocess.run(
                [*self.prefix, *map(str, arguments)],
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd="/",
                start_new_session=True,  # a Ctrl-C in the terminal is for us, not for a server that is starting
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
            ).returncode


def choose_account() -> Account:
    """Ourselves; for root, and for a uid without a name, a user namespace; else `nobody`.

    In the namespace our files appear as those of uid 1 (`daemon`), which every system has: they stay ours, a
    private folder above them is no hindrance, and nothing is chowned. Raises KillmartError where no way is open.
    """
    uid = os.geteuid()
    name = _name_of(uid)
    if uid != 0 and name is not None:
        return Account(client=name, owner=uid)
    return _in_namespace(uid) or _as_nobody(uid)


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def _in_namespace(uid: int) -> Account | None:
    stand_in = _name_of(_NAMESPACE_UID)
    unshare = shutil.which("unshare")
    if stand_in is None or unshare is None:
        return None
    prefix = [unshare, "--user", f"--map-user={_NAMESPACE_UID}", f"--map-group={_NAMESPACE_UID}", "--"]
    refused = subprocess.run([*prefix, "true"], check=False, stdin=subprocess.DEVNULL, capture_output=True).returncode
    return None if refused else Account(client=stand_in, owner=uid, prefix=prefix)


def _as_nobody(uid: int) -> Account:
    if uid != 0:
        raise KillmartError(
            f"The user id {uid} has no name on this system, and user namespaces are not allowed here, so PostgreSQL "
            "cannot run: run Killmart as a user who is in /etc/passwd."
        )
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise KillmartError(
            "PostgreSQL refuses to run as root, user namespaces are not allowed here and there is no account `nobody`: "
            "run Killmart as an ordinary user."
        ) from None
    return Account(client=_name_of(uid) or "root", owner=nobody.pw_uid, user=nobody.pw_name)
