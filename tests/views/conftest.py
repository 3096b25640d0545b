"""A warehouse with a real day, static data and marts in it: made once, read by the tests of views and documents."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

import realdata
from killmart.config.connections import Connection, connection_from_environment, database_url
from killmart.config.settings import load_settings
from killmart.db.engine import build_engine
from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from pipeline import load_past_gate, ref, stage

DAY = realdata.DAYS[0]
_STATIC = {
    "solar_systems": {
        "system_id": "solar_system_id",
        "security": "security_status",
        **{name: name for name in ("name", "constellation_id", "constellation_name", "region_id", "region_name")},
        **{name: name for name in ("security_class", "x", "y", "z")},
    },
    "categories": {"category_id": "category_id", "name": "name"},
    "groups": {"group_id": "group_id", "name": "name", "category_id": "category_id"},
    "types": {"type_id": "type_id", "name": "name", "group_id": "group_id"},
}


def bodies() -> list[realdata.Json]:
    """The real day as it lies in EVE Ref's archive."""
    return [
        {name: value for name, value in kill.body.items() if name not in ("killmail_hash", "http_last_modified")}
        for kill in realdata.day_archive(DAY)
    ]


@pytest.fixture(scope="session")
def day_runtime(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime on a warehouse with the real day; tests only read it. Its ISK is made up, its killmails are not."""
    if not realdata.DATA.is_dir():
        pytest.skip("The real killmails (../shared/data beside the project) are not here.")
    admin = build_engine(database_url(postgres.connection("postgres"))).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE real_day TEMPLATE killmart"))
    environ = {"KILLMART_HOME": str(tmp_path_factory.mktemp("views"))}

    def find(conn_id: str) -> Connection | None:
        warehouse = postgres.connection("real_day")
        return warehouse if conn_id == "warehouse" else connection_from_environment(conn_id, environ)

    runtime = Runtime(settings=load_settings(environ), find_connection=find, owner="test")
    stage(runtime, [ref(body, {"totalValue": body["killmail_id"] % 10_007 * 1e5, "points": 1}) for body in bodies()])
    load_past_gate(runtime)
    _load_static_data(runtime.engine)
    refresh_marts(runtime)
    with runtime.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    try:
        yield runtime
    finally:
        runtime.engine.dispose()
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE real_day WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def day_engine(day_runtime: Runtime) -> Engine:
    return day_runtime.engine


def _load_static_data(engine: Engine) -> None:
    """Put the names of ../shared/data/sde into reference; the path by CCP's archive has tests of its own."""
    raw = engine.raw_connection()
    try:
        with raw.cursor() as cursor:
            for table, columns in _STATIC.items():
                lines = _csv(realdata.DATA / "sde" / f"{table}.csv", columns)
                cursor.copy_expert(f"COPY reference.{table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)", lines)
        raw.commit()
    finally:
        raw.close()


def _csv(path: Path, columns: dict[str, str]) -> io.StringIO:
    out = io.StringIO()
    writer = csv.writer(out)
    with path.open(newline="", encoding="utf-8") as file:
        writer.writerows([row[name] for name in columns.values()] for row in csv.DictReader(file))
    out.seek(0)
    return out
