"""People and programs that may read the warehouse: roles of their own, with rights and limits of killmart_reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg2 import errors
from psycopg2.extensions import encrypt_password
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from killmart.db.sql import sql
from killmart.errors import ConfigurationError, KillmartError

LONGEST_NAME = 63
"""Bytes of a name, a role's or a database's, beyond which PostgreSQL would cut it."""


@dataclass(frozen=True)
class Reader:
    """One reader: how many sessions it has now, and may have."""

    name: str
    sessions: int
    most_sessions: int


def add_reader(connection: Connection, name: str, password: str) -> None:
    """Make a role of this name, in any letters, that may read and log in with the password (of which the server
    gets a SCRAM verifier alone), in the caller's transaction.

    Raises ConfigurationError where no role can have the name, KillmartError where it is taken or the role of
    `connection` may make none.
    """
    _refuse_unfit(name)
    raw: Any = connection.connection.dbapi_connection
    verifier = encrypt_password(password, name, scope=raw, algorithm="scram-sha-256")
    with _told(f"make {name!r} a reader"):
        connection.execute(sql("roles/create_reader"), {"name": name, "password": verifier})


def readers(connection: Connection, name: str | None = None) -> list[Reader]:
    """Those who were added, by name; or the one of this name, if there is."""
    return [Reader(**row._mapping) for row in connection.execute(sql("roles/select_readers"), {"name": name})]


def remove_reader(connection: Connection, name: str) -> None:
    """End a reader's sessions and drop its role, in the caller's transaction.

    Raises KillmartError where nobody of this name was added, or its role owns something.
    """
    if not readers(connection, name):
        raise KillmartError(f"{name!r} is none of the readers, so nothing was done; `killmart readers list` has them.")
    with _told(f"remove the reader {name!r}"):
        connection.execute(sql("roles/drop_reader"), {"name": name})


def _refuse_unfit(name: str) -> None:
    if not name or not name.isprintable() or len(name.encode()) > LONGEST_NAME:
        raise ConfigurationError(
            f"{name!r} cannot be the name of a role: that has 1 to {LONGEST_NAME} bytes, all of them printable. Nobody "
            "was made a reader."
        )


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """What PostgreSQL refuses, as a sentence for people."""
    try:
        yield
    except DBAPIError as error:
        words = str(error.orig).splitlines()[0]
        if isinstance(error.orig, errors.DuplicateObject):
            advice = "Choose another name; the server's roles are those of all its databases."
        elif isinstance(error.orig, errors.DependentObjectsStillExist):
            advice = "Take what it has in other databases or tables first (DROP OWNED BY), then do this again."
        elif isinstance(error.orig, errors.InsufficientPrivilege):
            advice = "That takes killmart_owner, or who may make roles: name it in the connection `warehouse_owner`."
        elif isinstance(error.orig, errors.NoDataFound | errors.UndefinedObject):
            advice = "The role killmart_reader is missing: run `killmart migrate` as who may make roles."
        elif isinstance(error.orig, errors.ReservedName):
            advice = "Choose another name."
        else:
            raise
        raise KillmartError(f"PostgreSQL does not {doing} ({words}), and nothing was changed. {advice}") from error
