"""Locks between processes of one installation, held by PostgreSQL and gone with the process that held them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.errors import DeadlockDetected
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from tenacity import RetryCallState, Retrying, retry_base, retry_if_exception, stop_after_attempt

log = logging.getLogger(__name__)

_PROMOTION_LOCK = {"lock": 7_340_002}
_BASIS_LOCK = {"lock": 7_340_004}


@contextmanager
def exclusive(engine: Engine, name: str, *, wait: bool) -> Iterator[bool]:
    """Hold the lock `name` while inside; yields False at once where another has it and `wait` is off.

    Who waits does so for as long as it takes: what another run does may last for hours, whatever a statement may.
    """
    function = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    parameters = {"name": f"killmart {name}"}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if wait:
            connection.exec_driver_sql("SET statement_timeout = 0; SET lock_timeout = 0")
        taken = connection.execute(text(f"SELECT {function}(hashtextextended(:name, 0))"), parameters).scalar_one()
        held = wait or bool(taken)
        try:
            yield held
        finally:
            if held:
                _release(connection, parameters)


def free_in_transaction(connection: Connection, name: str) -> bool:
    """Whether nobody holds the lock `name`; then it is ours until the transaction ends."""
    statement = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return bool(connection.execute(statement, {"name": f"killmart {name}"}).scalar_one())


def hold_in_transaction(connection: Connection, name: str) -> None:
    """Hold the lock `name` until the transaction ends; waits for who has it."""
    statement = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
    connection.execute(statement, {"name": f"killmart {name}"})


def take_turn(connection: Connection) -> None:
    """Be the only one who writes killmails to core, until this transaction ends; waits for its turn."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), _PROMOTION_LOCK)


def take_turn_if_free(connection: Connection) -> bool:
    """The same where nobody else has the turn; else False, at once."""
    return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), _PROMOTION_LOCK).scalar_one())


def change_basis(connection: Connection) -> None:
    """Tell that this transaction changes what values rest on, prices or static data; to be called before it does."""
    connection.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), _BASIS_LOCK)


def await_basis(connection: Connection) -> None:
    """Wait for changes to prices and static data under way to be committed; others wait for this transaction.

    What is then read has every change that was stamped before, and what changes later is stamped later.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), _BASIS_LOCK)


def wait_at_most(connection: Connection, seconds: float) -> None:
    """Have what this transaction does from now on fail where somebody else holds a lock in its way for longer."""
    milliseconds = {"milliseconds": f"{seconds * 1000:.0f}"}
    connection.execute(text("SELECT set_config('lock_timeout', :milliseconds, TRUE)"), milliseconds)


def said_by_postgres(kind: type[psycopg2.Error]) -> retry_base:
    """For tenacity: try again where PostgreSQL refuses in this way."""
    return retry_if_exception(lambda error: isinstance(error, OperationalError) and isinstance(error.orig, kind))


def _tell(_state: RetryCallState) -> None:
    log.info("PostgreSQL called this transaction off in favour of another; doing it again")


undeadlocked = Retrying(
    retry=said_by_postgres(DeadlockDetected), stop=stop_after_attempt(3), before_sleep=_tell, reraise=True
)
"""`undeadlocked(work, …)`: the result of `work`, one transaction that PostgreSQL may call off in favour of another."""


def _release(connection: Connection, parameters: dict[str, str]) -> None:
    """Give the lock up; where that fails, the connection with it, which would else keep it in the pool."""
    try:
        connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), parameters)
        connection.exec_driver_sql("RESET statement_timeout; RESET lock_timeout")
    except BaseException:
        connection.invalidate()
        raise
