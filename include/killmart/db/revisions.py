"""Whether code and warehouse fit: which revisions each has, and from what they were made (docs/upgrading.md)."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from killmart.config.settings import PROJECT
from killmart.config.sqlfiles import source
from killmart.db.sql import sql
from killmart.errors import KillmartError

MIGRATIONS = PROJECT / "migrations"
NOTHING_DONE = "Nothing was read or written."
_PUT_BACK = (
    "Put its files back as they were released, or load all of it again into an empty database. Nothing was changed."
)

Revisions = dict[str, str]
"""The checksum of each revision, by its number, oldest first."""


class RevisionError(KillmartError):
    """Code and warehouse do not fit; the message says which of the two is older."""


class OlderWarehouseError(RevisionError):
    """The warehouse has to be migrated first."""


@cache
def of_code(migrations: Path = MIGRATIONS) -> Revisions:
    """The revisions that this code knows, by their folders `sql/<revision>_<name>`."""
    folders = sorted((migrations / "sql").glob("[0-9][0-9][0-9][0-9]_*"))
    return {folder.name.partition("_")[0]: _checksum(folder) for folder in folders}


def files_of(folder: Path) -> list[Path]:
    """The SQL of a revision, in the order in which it is applied."""
    return sorted(folder.glob("*.sql"))


def _checksum(folder: Path) -> str:
    """SHA-256 of a revision's files; a line ends in the same way everywhere."""
    words = "".join(f"{path.name}\n{path.read_text('utf-8')}" for path in files_of(folder))
    return hashlib.sha256(words.encode()).hexdigest()


def refuse_unless_fit(warehouse: Revisions | None, code: Revisions) -> None:
    """Raise RevisionError where the warehouse is not at this code's newest revision (None: it does not say).

    An OlderWarehouseError where nothing but `migrate` is missing.
    """
    if warehouse is None:
        raise RevisionError(
            "The warehouse does not say what it was made from, as those do that were migrated before release 0.1.0: "
            "load all of it again into an empty database. Nothing was changed."
        )
    for revision, checksum in warehouse.items():
        if code.get(revision, checksum) != checksum:
            raise RevisionError(
                f"The warehouse was made from another revision {revision} than the one in migrations/sql, which was "
                f"edited since, or there. {_PUT_BACK}"
            )
    here, there = max(code), max(warehouse, default="")
    if warehouse.keys() - code.keys():
        raise RevisionError(
            f"Killmart is older than the warehouse: it knows revisions up to {here}, the warehouse is at {there}. "
            f"Update Killmart, or take back a backup of before the upgrade (docs/upgrading.md). {NOTHING_DONE}"
        )
    if not warehouse:
        raise OlderWarehouseError(
            f"The warehouse has no tables of Killmart yet: run `python -m killmart migrate`. {NOTHING_DONE}"
        )
    if code.keys() - warehouse.keys():
        raise OlderWarehouseError(
            f"The warehouse is older than Killmart: it is at revision {there}, Killmart wants {here}. Make a backup, "
            f"then run `python -m killmart migrate` (docs/upgrading.md). {NOTHING_DONE}"
        )


def of_warehouse(connection: Any) -> Revisions | None:
    """The revisions that were applied, over a driver's connection; none where it is empty, None where it does not say.

    The transaction in which it asked goes on, with nothing written.
    """
    with connection.cursor() as cursor:
        cursor.execute(source("catalog/find_revisions"))
        is_migrated, is_told = cursor.fetchone()
        if not is_told:
            return None if is_migrated else {}
        cursor.execute(source("catalog/select_revisions"))
        return dict(cursor.fetchall())


def note(connection: Connection, folder: Path) -> None:
    """Have the warehouse know that a revision was applied to it, and from what."""
    revision = folder.name.partition("_")[0]
    connection.execute(
        sql("catalog/insert_revision"), {"revision": revision, "checksum": of_code(folder.parent.parent)[revision]}
    )


def check_at_first_connection(engine: Engine) -> None:
    """Have the engine's first connection raise RevisionError where the warehouse does not fit this code.

    One that was refused is checked anew, so that who waits for a migration goes on after it.
    """

    def check(connection: Any, _record: Any) -> None:
        warehouse = of_warehouse(connection)
        connection.rollback()
        refuse_unless_fit(warehouse, of_code())

    event.listen(engine, "first_connect", check)
