"""Static data and prices for benchmarks: CCP's real types and systems, and what types cost by the simulator."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Engine, text

from killmart.db.prices import store_prices
from killmart.model.market import DayPrices
from killmart.reference.appraise import _traits
from killmart_demo.config import SimulatorConfig
from killmart_demo.market import Market
from support import own_figures, realdata
from support.databases import maintain
from support.valued import load_types

SDE = realdata.DATA / "sde"
_TABLES = (
    "reference.market_prices, reference.price_days, reference.sde_builds, reference.types, reference.groups,"
    " reference.categories, reference.solar_systems"
)
_SYSTEMS = {
    "system_id": "solar_system_id",
    "name": "name",
    "constellation_id": "constellation_id",
    "constellation_name": "constellation_name",
    "region_id": "region_id",
    "region_name": "region_name",
    "security": "security_status",
}
"""Columns of reference.solar_systems, and what the file calls them."""


@contextmanager
def reference_data(engine: Engine, days: Iterable[date]) -> Iterator[None]:
    """Have what values, points and flags of killmails of these days are worked out from, and take it away again."""
    load_reference_data(engine, days)
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {_TABLES}"))
        _traits.clear()  # the next static data would be the same build to it


def load_reference_data(engine: Engine, days: Iterable[date], percent: int = 100) -> None:
    """Put types, systems and the prices of days into the warehouse; of the prices so many percent."""
    load_types(engine, own_figures.types_in(SDE))
    _load_systems(engine)
    store_market(engine, days, percent)
    maintain(engine, "VACUUM (ANALYZE) reference.market_prices")
    maintain(engine, "VACUUM (ANALYZE) reference.solar_systems")


def store_market(engine: Engine, days: Iterable[date], percent: int = 100) -> None:
    """Make the prices of days those of the simulator, or so many percent of them."""
    market = Market(SimulatorConfig(sde=SDE))
    for day in days:
        found = {one: market.cents(one, day) or 0 for one in market.types}
        cents = {one: -(-price * percent // 100) for one, price in found.items() if price > 0}
        with engine.begin() as connection:
            store_prices(connection, DayPrices(day, "everef", cents))


def _load_systems(engine: Engine) -> None:
    rows = io.StringIO()
    writer = csv.writer(rows)
    with (SDE / "solar_systems.csv").open(newline="", encoding="utf-8") as file:
        writer.writerows([row[theirs] for theirs in _SYSTEMS.values()] for row in csv.DictReader(file))
    rows.seek(0)
    with engine.begin() as connection:
        cursor: Any = connection.connection.cursor()
        cursor.copy_expert(f"COPY reference.solar_systems ({', '.join(_SYSTEMS)}) FROM STDIN WITH (FORMAT csv)", rows)
