"""Types of what the fixtures make, for tests to name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from killmart.config.connections import WAREHOUSE_ROLES, Connection, connection_from_environment
from killmart.runtime import Runtime

MakeRuntime = Callable[..., Runtime]
"""`make_runtime(esi="http://…", redisq_rate=500)`: see the fixture of that name."""

MakeAirflowHome = Callable[[Path], str]
"""`make_airflow_home(tmp_path)` is a value for AIRFLOW_HOME: see the fixture of that name."""


def find_connection(warehouse: Connection, environ: Mapping[str, str], conn_id: str) -> Connection | None:
    """The warehouse of a test, with the role that the connection is meant for, or what the environment says.

    A function that other processes can be given, too.
    """
    role = WAREHOUSE_ROLES.get(conn_id)
    return replace(warehouse, login=role) if role else connection_from_environment(conn_id, environ)
