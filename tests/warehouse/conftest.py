"""A warehouse with a real day, static data and marts in it: made once, read by the tests of views and documents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from killmart.load.marts import refresh_marts
from killmart.runtime import Runtime
from killmart_stack.postgres import EmbeddedPostgres
from support import realdata
from support.databases import shared_warehouse
from support.pipeline import load_past_gate, ref, stage
from support.real_day import bodies, load_static_data


@pytest.fixture(scope="session")
def day_runtime(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """A runtime on a warehouse with the real day; tests only read it. Its ISK is made up, its killmails are not."""
    if not realdata.DATA.is_dir():
        pytest.skip("The real killmails (../shared/data beside the project) are not here.")
    with shared_warehouse(postgres, "real_day", KILLMART_HOME=str(tmp_path_factory.mktemp("views"))) as runtime:
        stage(
            runtime, [ref(body, {"totalValue": body["killmail_id"] % 10_007 * 1e5, "points": 1}) for body in bodies()]
        )
        load_past_gate(runtime)
        load_static_data(runtime.engine)
        refresh_marts(runtime)
        with runtime.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        yield runtime


@pytest.fixture
def day_engine(day_runtime: Runtime) -> Engine:
    return day_runtime.engine
