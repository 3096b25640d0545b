"""The roles of a warehouse (docs/adr/0023-roles.md): made where they are missing, given their rights, and who migrates.

killmart_owner owns the tables, killmart_loader loads, killmart_reader reads. Roles belong to the whole server: other
warehouses on it share them. On a server that lets nobody make them, one role may be all three.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg2.errors import InsufficientPrivilege
from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import ProgrammingError

from killmart.db.sql import sql
from killmart.errors import KillmartError

log = logging.getLogger(__name__)

ROLES_FILE = "include/sql/roles/create_roles.sql"
"""What makes the roles, for administrators to run with psql."""


@contextmanager
def owning(connection: Connection) -> Iterator[None]:
    """Be who owns the warehouse while inside, or is to own it; the roles that the server lacks are made before.

    Raises KillmartError, with nothing changed, where something inside is not allowed to who is connected.
    """
    _make_missing(connection)
    _become_owner(connection)
    connection.commit()  # alembic commits what it has begun itself
    try:
        yield
    except ProgrammingError as error:
        if not is_forbidden(error):
            raise
        connection.rollback()
        raise _not_allowed(connection, error) from error
    finally:
        connection.rollback()
        connection.execute(text("RESET ROLE"))
        connection.commit()


def grant(connection: Connection, *, anew: bool) -> None:
    """Give loader and readers their rights where these are missing, or `anew`; to be called while `owning`."""
    state = _state(connection)
    if state.has_roles and (anew or not state.has_grants):
        connection.execute(sql("roles/grant_privileges"))
        connection.commit()


def is_forbidden(error: ProgrammingError) -> bool:
    """Whether PostgreSQL refused something for want of a right."""
    return isinstance(error.orig, InsufficientPrivilege)


def _make_missing(connection: Connection) -> None:
    state = _state(connection)
    if state.has_roles:
        return
    try:
        connection.execute(sql("roles/create_roles"))
        connection.commit()
    except ProgrammingError as error:
        connection.rollback()
        if not is_forbidden(error):
            raise
        log.warning(
            "%s may not make the roles killmart_owner, killmart_loader and killmart_reader, so that all of Killmart "
            "has the rights of %s until an administrator runs `psql -f %s` and you migrate again",
            state.asks,
            state.asks,
            ROLES_FILE,
        )


def _become_owner(connection: Connection) -> None:
    """Have what follows done, and its tables owned, by the owner; as who is connected where that may not be."""
    state = _state(connection)
    if not state.may_own or state.owner == state.asks:
        return
    if not state.is_there:
        try:
            connection.execute(sql("roles/grant_creating"))
        except ProgrammingError as error:
            connection.rollback()
            if not is_forbidden(error):
                raise
            return
    connection.execute(text("SELECT set_config('role', :owner, FALSE)"), {"owner": state.owner})


def _not_allowed(connection: Connection, error: ProgrammingError) -> KillmartError:
    state = _state(connection)
    whose = f"It belongs to {state.owner}" if state.is_there else f"It is to belong to {state.owner}"
    return KillmartError(
        f"{state.asks} may not migrate the warehouse ({str(error.orig).splitlines()[0]}), and nothing was changed. "
        f"{whose}: name that role in the connection `warehouse_owner` (AIRFLOW_CONN_WAREHOUSE_OWNER), and have an "
        "administrator run GRANT CREATE ON DATABASE for it where it is the database that refuses."
    )


def _state(connection: Connection) -> Row[Any]:
    """Columns of include/sql/roles/find_state.sql."""
    return connection.execute(sql("roles/find_state")).one()
