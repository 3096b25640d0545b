"""Which UTC day a DAG run is for: its partition key, else what the run says of time. One plain function."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def day_of_run(partition_key: str | None, logical_date: datetime | None, run_after: datetime) -> date:
    """The day named by the partition key `YYYY-MM-DD`; without one the day before the run's date.

    Raises ValueError where the key is no day.
    """
    if partition_key:
        return date.fromisoformat(partition_key)
    return ((logical_date or run_after).astimezone(UTC) - timedelta(days=1)).date()
