"""The databases that run from a `KILLMART_HOME` without anybody naming them: who starts them leaves their DSNs there.

There is one for each connection: those to the warehouse (`WAREHOUSE_ROLES`), and `metadata`, Airflow's own. Without
`AIRFLOW_CONN_WAREHOUSE` or `AIRFLOW_CONN_METADATA` these are meant (`killmart.runtime`). `killmart_stack` leaves them
when its PostgreSQL is up and removes them when it stops. A server that was killed leaves them behind, and a home may be
copied with them in it: so they count only in the home for which they were written, and only while a server listens.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from psycopg2.extensions import parse_dsn

from killmart.errors import KillmartError

_FILE = Path("run", "warehouse.json")


def leave_dsns(home: Path, dsns: Mapping[str, str]) -> None:
    """Say in `home` where the database of each connection is (`postgresql://…` over a socket); replaces others."""
    file = home / _FILE
    unfinished = file.with_suffix(".new")
    unfinished.write_text(json.dumps({"home": str(home), "dsns": dict(dsns)}))
    unfinished.replace(file)


def remove_dsns(home: Path) -> None:
    """Take them back: nothing runs from `home` any more."""
    (home / _FILE).unlink(missing_ok=True)


def left_dsn(home: Path, conn_id: str = "warehouse") -> str | None:
    """The DSN that a connection stands for among the databases that run from `home`, None where none does.

    Raises KillmartError where the home is another user's, who alone can reach its server.
    """
    file = home / _FILE
    try:
        if file.stat().st_uid != os.geteuid():  # root may read it, but the server would not let it in
            raise _another_s(home)
        left = json.loads(file.read_text())
        dsn = str(left["dsns"][conn_id])
        return dsn if left["home"] == str(home) and _is_served(dsn) else None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (
        ValueError,
        KeyError,
        TypeError,
    ):  # half of it was written when the power went; `killmart db` writes it again
        return None
    except PermissionError as error:
        raise _another_s(home) from error


def _another_s(home: Path) -> KillmartError:
    whose = _owner(home)
    return KillmartError(
        f"The folder {home} belongs to the user {whose}: do this as {whose}, or set KILLMART_HOME to a folder of yours."
    )


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:
        return str(folder.stat().st_uid)


def _is_served(dsn: str) -> bool:
    """Whether a server listens there, one that is just starting or ending included; no connection to it is made."""
    parts = parse_dsn(dsn)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(f"{parts['host']}/.s.PGSQL.{parts['port']}")
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True
