"""The library at work on the embedded PostgreSQL."""

from __future__ import annotations

from killmart.config.settings import Settings
from killmart.runtime import Runtime


def embedded_warehouse(settings: Settings) -> Runtime:
    """The runtime whose warehouse is the one that runs from this home, whatever AIRFLOW_CONN_WAREHOUSE says."""
    return Runtime(settings, find_connection=lambda _: None)
