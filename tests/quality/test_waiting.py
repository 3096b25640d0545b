"""The gate's own connection waits for no warehouse without an end, as every other one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from killmart.config.connections import Connection, database_url
from killmart.deadline import Deadline
from killmart.quality.session import ENGINE_OPTIONS
from support.silent import silent_proxy


def test_a_warehouse_that_falls_silent_holds_the_gate_no_longer_than_its_deadline(warehouse: Connection) -> None:
    with silent_proxy(warehouse) as proxy:
        proxy.is_silent = False
        engine = create_engine(database_url(proxy.connection), **ENGINE_OPTIONS)
        with engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            given = raw.get_dsn_parameters()
            assert (given["connect_timeout"], given["tcp_user_timeout"]) == ("10", "60000")
            proxy.is_silent = True
            with Deadline(0.5), pytest.raises(OperationalError):
                connection.execute(text("SELECT 1"))
        engine.dispose()
