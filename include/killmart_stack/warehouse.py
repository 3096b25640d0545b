"""The library at work on the embedded PostgreSQL."""

from __future__ import annotations

from killmart.config.connections import Connection, connection_from_environment
from killmart.config.settings import Settings
from killmart.runtime import Runtime


def embedded_warehouse(settings: Settings) -> Runtime:
    """The runtime whose warehouse is the one that runs from this home, whatever AIRFLOW_CONN_WAREHOUSE says."""
    return Runtime(settings, find_connection=_find_upstream)


def _find_upstream(conn_id: str) -> Connection | None:
    """Mirrors and proxies of upstreams count here as in Airflow."""
    return None if conn_id.startswith("warehouse") else connection_from_environment(conn_id)
