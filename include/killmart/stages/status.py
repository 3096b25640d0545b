"""Status: what is in the warehouse, what waits in staging, what the gate last said."""

from __future__ import annotations

from typing import Any

from killmart.db.sql import sql
from killmart.runtime import Runtime


def status(runtime: Runtime) -> dict[str, Any]:
    """Counts and states of this installation, for people and programs."""
    with runtime.engine.connect() as connection:
        counts = connection.execute(sql("ops/count_warehouse")).one()._asdict()
        states = connection.execute(sql("staging/count_killmails")).all()
        run = connection.execute(sql("quality/find_latest_run")).one_or_none()
    return {
        **counts,
        "staging": {row.state: row.killmails for row in states},
        "latest_gate": run._asdict() if run else {},
    }
