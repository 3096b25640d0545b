"""The runtime inside an Airflow task: connections as Airflow resolves them, names of Airflow, DAG and run."""

from __future__ import annotations

import logging
import secrets
import socket
from typing import Any, NoReturn

from airflow.sdk import Variable, get_current_context
from airflow.sdk.bases.hook import BaseHook
from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException
from sqlalchemy import Engine

from killmart.config.connections import Connection, connection_from_environment, usable
from killmart.config.settings import load_settings
from killmart.db.locks import exclusive
from killmart.runtime import Runtime

log = logging.getLogger(__name__)

Counts = dict[str, Any]
"""What a task returns: it goes to XCom as JSON."""
INSTALLATION = "killmart_installation"
"""Variable with this Airflow's name: in its metadata database, so that it is the same for each of its workers."""


def give_up(reason: object) -> NoReturn:
    """Fail the task for good. The sentence is a line of its own in the log, before Airflow's traceback of it."""
    log.error("%s", reason)
    raise AirflowFailException(str(reason)) from None


def task_runtime() -> Runtime:
    """The runtime of the task that runs now; its batches belong to the DAG of this Airflow."""
    dag_run = get_current_context()["dag_run"]
    return Runtime(
        settings=load_settings(),
        find_connection=find_connection,
        owner=dag_run.dag_id,
        dag_id=dag_run.dag_id,
        run_id=dag_run.run_id,
        name_airflow=airflow_name,
    )


def airflow_name(warehouse: Engine) -> str:
    """The name of this Airflow, made up by the first task that wants it: `airflow-<host>-<random>`.

    Raises AirflowRuntimeError where Airflow does not answer.
    """
    name = Variable.get(INSTALLATION, default=None)
    if name is None:
        with exclusive(warehouse, "installation", wait=True):  # of two first tasks one makes it up
            # get() says "none" where Airflow's API is in trouble, too; this asks its database, or raises
            if INSTALLATION not in Variable.keys(prefix=INSTALLATION):
                made_up = f"airflow-{socket.gethostname()}-{secrets.token_hex(3)}"
                Variable.set(INSTALLATION, made_up, "Name of this Airflow on the batches that it builds; keep it")
            name = Variable.get(INSTALLATION)
    return str(name)


def find_connection(conn_id: str) -> Connection | None:
    """An Airflow connection (environment, metadata database or secrets backend) in our own terms.

    Raises ConfigurationError naming one that cannot be read or used: Airflow takes a variable that it cannot read for
    one that is not set, and the real service, or the wrong warehouse, would be meant.
    """
    try:
        found = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return connection_from_environment(conn_id)
    connection = Connection(
        conn_id=conn_id,
        conn_type=found.conn_type or "",
        host=found.host or "",
        login=found.login or "",
        password=found.password or "",
        schema=found.schema or "",
        port=found.port,
        extra=found.extra_dejson,
    )
    return usable(connection, f"The connection {conn_id}")
