"""Our own figures of a kill: value, points and flags, worked out from the killmail, prices and static data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from killmart.model.killmail import Item, Killmail
from killmart.model.market import Prices
from killmart.model.static_data import TypeTraits
from killmart.transform.flags import flags_of
from killmart.transform.points import points_of
from killmart.transform.value import Value, value_of


class Own(NamedTuple):
    """What we say of a kill, whatever zKillboard says."""

    value: Value | None
    """None where the hull has no price."""
    unit_prices: list[str]
    """One per item, depth first, as COPY text."""
    points: int
    npc: bool
    solo: bool
    awox: bool


def own_figures(killmail: Killmail, items: Sequence[Item], prices: Prices, traits: TypeTraits) -> Own:
    """Everything that can be worked out of one kill."""
    value, unit_prices = value_of(killmail.victim.ship_type_id, items, prices)
    return Own(value, unit_prices, points_of(killmail, items, traits), *flags_of(killmail, traits))


def types_of(killmail: Killmail, items: Sequence[Item]) -> set[int]:
    """The types whose prices the value of a kill rests on."""
    types = {item.item_type_id for item in items}
    types.add(killmail.victim.ship_type_id)
    for contents in [item.items for item in items if item.items]:
        types |= types_of(killmail, contents)
    return types
