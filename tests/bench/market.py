"""Static data and prices for benchmarks: CCP's real types, and what the simulator says that they cost on days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Engine, text

import own_figures
import realdata
from killmart.db.prices import store_prices
from killmart.model.market import DayPrices
from killmart.simulate.config import SimulatorConfig
from killmart.simulate.market import Market
from killmart.stages.appraise import _traits
from values.conftest import load_types

_TABLES = "reference.market_prices, reference.price_days, reference.sde_builds, reference.types, reference.groups"


@contextmanager
def reference_data(engine: Engine, days: Iterable[date]) -> Iterator[None]:
    """Have what values, points and flags of killmails of these days are worked out from, and take it away again."""
    folder = realdata.DATA / "sde"
    load_types(engine, own_figures.types_in(folder))
    market = Market(SimulatorConfig(sde=folder))
    for day in days:
        found = {one: cents for one in market.types if (cents := market.cents(one, day) or 0) > 0}
        with engine.begin() as connection:
            store_prices(connection, DayPrices(day, "everef", found))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE reference.market_prices"))
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"TRUNCATE {_TABLES}"))
        _traits.clear()  # the next static data would be the same build to it
