"""The files that say how the embedded PostgreSQL runs and whom it lets in, and where its socket is."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from killmart.config.connections import WAREHOUSE_ROLES
from killmart.errors import KillmartError
from killmart_stack.home import own_uids

PORT = 5432
"""Part of the socket's name only: the server does not listen on TCP."""
ADMIN = "postgres"
"""The server's superuser, as which nothing of Killmart runs."""
AIRFLOW = "airflow"
"""The role that owns Airflow's database, and the name of that."""
ROLES = (ADMIN, AIRFLOW, *WAREHOUSE_ROLES.values())
"""Those of our own processes; everybody else needs a password."""

_LONGEST = 103  # bytes of a socket's path: 107 on Linux, 103 elsewhere

# wal_compression: this PostgreSQL has pglz alone, and a live batch writes whole pages after a checkpoint: to compress
# them took longer than all else of its promotion
_SETTINGS = """\
# Written by killmart_stack at each start; your own settings go into postgresql.conf after the line that includes this.
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
max_locks_per_transaction = 256
shared_buffers = 256MB
maintenance_work_mem = 128MB
work_mem = 16MB
max_wal_size = 2GB
min_wal_size = 256MB
checkpoint_timeout = 15min
wal_compression = off
synchronous_commit = on
timezone = UTC
log_timezone = UTC
log_line_prefix = '%m [%p] %u@%d '
"""

_ACCESS = f"""\
# Written by killmart_stack at each start: the operating system says who comes; people who were made readers give their
# password; nobody else gets in.
local all {",".join(ROLES)} peer map=killmart
local all +{WAREHOUSE_ROLES["warehouse_reader"]} scram-sha-256
"""


def write_configuration(data: Path, sockets: Path, client: str) -> None:
    """Write settings and access rules into the data folder; `client` is the OS user that may be any of ROLES."""
    quoted = str(sockets).replace('"', '""').replace("\\", "\\\\").replace("'", "''")
    (data / "killmart.conf").write_text(_SETTINGS.format(port=PORT, sockets=f'"{quoted}"'))
    (data / "pg_hba.conf").write_text(_ACCESS)
    (data / "pg_ident.conf").write_text("".join(f'killmart "{client}" {role}\n' for role in ROLES))
    main = data / "postgresql.conf"
    if "include 'killmart.conf'" not in main.read_text():
        with main.open("a") as file:
            file.write("\ninclude 'killmart.conf'\n")


def socket_folder(run: Path) -> Path:
    """The folder of the server's socket: `run`, or where a socket cannot have that path (too long), a short one.

    The short one lies in the system's folder for temporary files, named by user and home; it is written down in
    `run`, so that a later command with another TMPDIR finds the same one.
    """
    remembered = run / "socket_folder"
    if remembered.exists():
        return Path(remembered.read_text())
    if _fits(run):
        return run
    name = f"killmart-{os.geteuid()}-{hashlib.sha256(os.fsencode(run)).hexdigest()[:12]}"
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):
        if _fits(parent / name):
            if run.is_dir():
                remembered.write_text(str(parent / name))
            return parent / name
    raise KillmartError(f"{run} is too long a path for a socket, and so is TMPDIR: set KILLMART_HOME to a shorter one.")


def make_private(folder: Path) -> None:
    """Make `folder` with mode 0700; raises KillmartError where somebody else has put something there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in own_uids():
        raise KillmartError(f"{folder} belongs to somebody else: remove it, or set KILLMART_HOME to a shorter path.")
    folder.chmod(0o700)


def _fits(folder: Path) -> bool:
    # a comma separates hosts to libpq, whatever it stands in
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= _LONGEST and "," not in str(folder)
