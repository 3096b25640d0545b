"""The unit of every figure "over COPY": seconds to copy ready rows of five kill tables into those of the yardstick.

The yardstick's tables, with their keys and indexes, lie beside the project (../shared/yardstick.sql) and do not change
with core: so that a figure gets better when Killmart does, and not when its tables get dearer. One transaction, table
by table.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from bench.loading import checkpoint
from killmart.db.catalog import read_catalog
from support import realdata

_SQL = realdata.DATA.parent / "yardstick.sql"
ABSENT = (
    None if _SQL.exists() and realdata.DATA.is_dir() else "the real days and the yardstick (../shared) are not here"
)
"""Why nothing can be measured here; empty where it can."""


@dataclass(frozen=True)
class _Rows:
    """Ready rows of a table: the columns that core and the yardstick have, and a file of what COPY takes."""

    table: str
    columns: str
    file: Path


class Yardstick:
    """What core held when it was made, to be copied as often as there are rounds."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine = engine
        with engine.begin() as connection:
            _create(connection)
            self._rows = list(_ready(connection, folder))

    def seconds(self) -> float:
        """Seconds to copy it all into empty tables."""
        with self._engine.begin() as connection:
            _create(connection)
        checkpoint(self._engine)
        started = time.perf_counter()
        with self._engine.begin() as connection:
            cursor: Any = connection.connection.cursor()
            for rows in self._rows:
                with rows.file.open("rb") as file:
                    cursor.copy_expert(f"COPY yardstick.{rows.table} ({rows.columns}) FROM STDIN", file)
        return time.perf_counter() - started


@contextmanager
def yardstick(engine: Engine, folder: Path) -> Iterator[Yardstick]:
    """The yardstick for what core holds now; `folder` has room for it as text. Its tables go with the block."""
    try:
        yield Yardstick(engine, folder)
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA IF EXISTS yardstick CASCADE"))


def _create(connection: Connection) -> None:
    connection.execution_options(no_parameters=True).exec_driver_sql(_SQL.read_text())


def _ready(connection: Connection, folder: Path) -> Iterator[_Rows]:
    core = {
        table.name: {column.name for column in table.columns} for table in read_catalog(connection, ["core"]).tables
    }
    cursor: Any = connection.connection.cursor()
    for table in read_catalog(connection, ["yardstick"]).tables:  # in the order in which the file makes them
        columns = ", ".join(column.name for column in table.columns if column.name in core[table.name])
        path = folder / f"{table.name}.copy"
        with path.open("wb") as file:
            cursor.copy_expert(f"COPY (SELECT {columns} FROM core.{table.name}) TO STDOUT", file)
        yield _Rows(table.name, columns, path)
