"""The runtime inside an Airflow task: connections as Airflow resolves them, names of DAG and run for the records."""

from __future__ import annotations

import logging
from typing import NoReturn

from airflow.sdk import get_current_context
from airflow.sdk.bases.hook import BaseHook
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

from killmart.config.connections import Connection
from killmart.config.settings import load_settings
from killmart.runtime import Runtime

log = logging.getLogger(__name__)


def give_up(reason: object) -> NoReturn:
    """Fail the task for good. The sentence is a line of its own in the log, before Airflow's traceback of it."""
    log.error("%s", reason)
    raise AirflowFailException(str(reason)) from None


def task_runtime() -> Runtime:
    """The runtime of the task that runs now; its batches belong to the DAG."""
    dag_run = get_current_context()["dag_run"]
    return Runtime(
        settings=load_settings(),
        find_connection=find_connection,
        owner=dag_run.dag_id,
        dag_id=dag_run.dag_id,
        run_id=dag_run.run_id,
    )


def find_connection(conn_id: str) -> Connection | None:
    """An Airflow connection (environment, metadata database or secrets backend) in our own terms."""
    try:
        found = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return None
    return Connection(
        conn_id=conn_id,
        conn_type=found.conn_type or "",
        host=found.host or "",
        login=found.login or "",
        password=found.password or "",
        schema=found.schema or "",
        port=found.port,
        extra=found.extra_dejson,
    )
