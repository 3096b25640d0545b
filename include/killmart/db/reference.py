"""Loads CCP's static data into the reference schema: apart, checked, swapped in by the caller's one transaction."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, NamedTuple

import psycopg2
from sqlalchemy import Connection

from killmart.config.sqlfiles import SQL_FOLDER
from killmart.db.locks import change_basis
from killmart.db.sql import sql
from killmart.errors import KillmartError
from killmart.model.static_data import (
    Build,
    Category,
    Constellation,
    Group,
    Region,
    SolarSystem,
    StaticRow,
    Type,
    TypeAttribute,
    TypeRow,
)

EXAMPLES = 5
_AT_ONCE = 1 << 20
"""Characters of rows that are in memory before they are copied."""
_INCOMING: dict[type[StaticRow], str] = {
    Category: "incoming_categories",
    Group: "incoming_groups",
    Type: "incoming_types",
    TypeAttribute: "incoming_type_attributes",
    Region: "incoming_regions",
    Constellation: "incoming_constellations",
    SolarSystem: "incoming_solar_systems",
}
_TABLES = ("categories", "groups", "types", "solar_systems")


class StaticDataRefusedError(KillmartError):
    """A build of the static data failed its checks: nothing of it was loaded."""


class SwappedIn(NamedTuple):
    """Rows that the reference tables now have, and how many rows were written or deleted to get there."""

    systems: int
    types: int
    groups: int
    categories: int
    changed: int


def find_latest_build(connection: Connection) -> int | None:
    """The number of the build that is loaded; None where there is none yet."""
    number: int | None = connection.execute(sql("reference/find_latest_build")).scalar_one_or_none()
    return number


def create_incoming(connection: Connection) -> None:
    """Make the empty tables for one export, gone with this transaction."""
    connection.execute(sql("reference/create_incoming_tables"))


def copy_incoming(connection: Connection, kind: type[StaticRow], rows: Iterable[StaticRow]) -> int:
    """COPY rows of one kind into their incoming table; returns how many.

    Raises StaticDataRefusedError where PostgreSQL does not take a value.
    """
    cursor: Any = connection.connection.cursor()
    statement = f"COPY {_INCOMING[kind]} ({', '.join(kind._fields)}) FROM STDIN WITH (FORMAT csv)"
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")

    def copy() -> None:
        buffer.seek(0)
        cursor.copy_expert(statement, buffer)
        buffer.seek(0)
        buffer.truncate()

    count = 0
    try:
        for row in rows:
            writer.writerow(row)
            count += 1
            if buffer.tell() > _AT_ONCE:
                copy()
        copy()
    except (psycopg2.DataError, UnicodeEncodeError) as error:
        raise StaticDataRefusedError(
            f"The static data was refused, and the data loaded last stays: PostgreSQL does not take a row of "
            f"{_INCOMING[kind].removeprefix('incoming_')} ({str(error).splitlines()[0]})."
        ) from None
    return count


def check_incoming(connection: Connection, build: Build) -> None:
    """Hold what was copied against include/sql/reference/checks; raises StaticDataRefusedError naming what fails."""
    broken = []
    for path in sorted((SQL_FOLDER / "reference" / "checks").glob("*.sql")):
        examples = list(connection.execute(sql(f"reference/checks/{path.stem}")).scalars())
        if examples:
            more = f" and {len(examples) - EXAMPLES} more" if len(examples) > EXAMPLES else ""
            broken.append(f"{path.stem} ({', '.join(examples[:EXAMPLES])}{more})")
    if broken:
        raise StaticDataRefusedError(
            f"Build {build.number} of the static data was refused, and the data loaded last stays, since it breaks "
            f"{'; '.join(broken)}. The next run tries again; if a later build fails too, look at "
            "include/sql/reference/checks."
        )


def swap_in(connection: Connection, build: Build) -> SwappedIn:
    """Make the reference tables equal to what was copied and note the build; readers see it when the caller commits.

    Rows that are the same are left alone, so that no table is locked against its readers or written without need.
    """
    change_basis(connection)
    changed = 0
    for table in _TABLES:
        changed += connection.execute(sql(f"reference/delete_missing_{table}")).rowcount
        changed += connection.execute(sql(f"reference/upsert_{table}")).rowcount
    parameters = {"build_number": build.number, "released_at": build.released_at}
    rows = connection.execute(sql("reference/upsert_sde_build"), parameters).one()
    return SwappedIn(rows.systems, rows.types, rows.groups, rows.categories, changed)


def select_type_rows(connection: Connection) -> list[TypeRow]:
    """The types that count in points, flags and values."""
    return [TypeRow(*row) for row in connection.execute(sql("reference/select_type_traits"))]
