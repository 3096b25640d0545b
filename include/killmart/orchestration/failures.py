"""What people read of a failed task beside its trace: Airflow calls this in the task's process, for every DAG."""

from __future__ import annotations

import logging
from typing import Any

from airflow.listeners import hookimpl

from killmart.errors import disk_trouble

log = logging.getLogger(__name__)


@hookimpl  # type: ignore[untyped-decorator]  # Airflow comes without types
def on_task_instance_failed(error: Any) -> None:
    """Say in a sentence what no trace says: a full disk."""
    said = disk_trouble(error) if isinstance(error, BaseException) else None
    if said is not None:
        log.error("%s", said)
