"""What the tests of values share: a small day of the simulator, static data, and core's rows to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import Engine

from killmart.db.reference import copy_incoming, create_incoming, swap_in
from killmart.model.static_data import Build, Category, Group, Type, TypeAttribute
from killmart_demo.market import Market
from killmart_demo.sde_types import CATEGORIES, GROUPS
from support import own_figures

PriceOf = Callable[[int], Decimal | None]
ATTRIBUTES = (633, 1211, 1547)


def generated_types() -> dict[int, own_figures.Type]:
    """The types of the generated static data."""
    return {
        one: own_figures.Type(group.group_id, group.category_id, group.meta_level, group.heat_damage, group.rig_size)
        for group in GROUPS
        for one in group.type_ids
    }


def load_types(engine: Engine, types: dict[int, own_figures.Type], build: int = 1) -> None:
    """Put types into the reference tables, as the task `static_data` does."""
    with engine.begin() as connection:
        create_incoming(connection)
        copy_incoming(
            connection, Category, [Category(one, f"category {one}") for one in {*CATEGORIES, 0, 91, *_of(types)}]
        )
        groups = {kind.group: kind.category for kind in types.values()}
        copy_incoming(connection, Group, [Group(one, f"group {one}", category) for one, category in groups.items()])
        copy_incoming(connection, Type, [Type(one, f"type {one}", kind.group) for one, kind in types.items()])
        rows = [
            TypeAttribute(one, attribute, float(value))
            for one, kind in types.items()
            for attribute, value in zip(ATTRIBUTES, (kind.meta, kind.heat, kind.rig), strict=True)
            if value is not None
        ]
        copy_incoming(connection, TypeAttribute, rows)
        swap_in(connection, Build(build, None))


def _of(types: dict[int, own_figures.Type]) -> set[int]:
    return {kind.category for kind in types.values()}


def price_with_gaps(
    market: Market, days: Iterable[date], *, is_filled: bool = False
) -> Callable[[dict[str, Any]], PriceOf]:
    """What a kill's types cost by the simulator's prices of these days, by the rule for gaps.

    `is_filled`: the late fill was there, which takes later prices for a kill whose hull has no earlier one.
    """
    known, types = sorted(days), set(market.types)

    def price_in(order: list[date], type_id: int) -> Decimal | None:
        if type_id not in types:
            return None
        found = (market.cents(type_id, one) for one in order)
        return next((Decimal(cents) / 100 for cents in found if cents is not None and cents > 0), None)

    def of_kill(body: dict[str, Any]) -> PriceOf:
        day = datetime.fromisoformat(body["killmail_time"]).astimezone(UTC).date()
        order = [one for one in reversed(known) if 0 <= (day - one).days <= 365]
        if is_filled and price_in(order, body["victim"]["ship_type_id"]) is None:
            order += [one for one in known if 0 < (one - day).days <= 30]
        return partial(price_in, order)

    return of_kill
