"""What the tasks of the DAG `housekeeping` call: a chore each."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk.exceptions import AirflowSkipException

from killmart.orchestration.runtime import Counts, task_runtime


def rotate_component_logs() -> Counts:
    """Rotate the logs of components in KILLMART_HOME; how many, and what they held."""
    from killmart.housekeeping import component_logs

    return component_logs.rotate_component_logs(task_runtime())


def remove_task_logs() -> Counts:
    """Remove old logs of runs that have ended; how many files and bytes."""
    from airflow.configuration import conf

    from killmart.housekeeping import task_logs

    return task_logs.remove_task_logs(task_runtime(), Path(conf.get("logging", "base_log_folder")))


def prune_tables() -> Counts:
    """Drop old rows of staging, quality and ops; how many of each."""
    from killmart.housekeeping import tables

    return tables.prune_tables(task_runtime())


def clean_metadata() -> Counts:
    """Delete old rows of Airflow's database; how many of each table. Skipped where nobody says where that is."""
    from killmart.housekeeping import metadata

    try:
        return metadata.clean_metadata(task_runtime())
    except metadata.NoMetadataError as error:
        raise AirflowSkipException(str(error)) from None
