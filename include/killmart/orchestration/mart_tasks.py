"""What the task of the `marts` DAG calls, and the asset by which promoting tasks wake it."""

from __future__ import annotations

from dataclasses import asdict

from airflow.sdk import Asset

from killmart.orchestration.runtime import Counts, task_runtime

CORE = Asset(name="core", uri="killmart://core")
"""The tables of core: the outlet of every task that promotes."""


def refresh() -> Counts:
    """Refresh the days that changed; what was done, in days, killmails and battles."""
    from killmart.load.marts import refresh_marts

    return asdict(refresh_marts(task_runtime()))
