"""What a kill is worth at given prices: hull, destroyed and dropped, in hundredths of an ISK (docs/values.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from killmart.model.killmail import Item
from killmart.model.market import TOKEN, UNKNOWN, Prices

BLUEPRINT_COPY = 2
"""The `singleton` of a copy, which counts for 0.01 ISK whatever the original costs."""
MOST_CENTS = 10**20
"""From here on it is no value, but a mistake in the killmail; `numeric(20, 2)` would not hold it either."""


class Value(NamedTuple):
    """Hundredths of an ISK; `destroyed` has the hull, and total = destroyed + dropped."""

    total: int
    dropped: int
    destroyed: int


def value_of(ship_type_id: int, items: Sequence[Item], prices: Prices) -> tuple[Value | None, list[str]]:
    """The value of a kill, and the unit price of every item as COPY text, depth first as items are numbered.

    What has no price counts nothing; without a price of the hull there is no value at all, since the hull is most of
    what nearly every kill is worth. Contents of containers count by themselves. `prices` has skins at 0.01.
    """
    texts: list[str] = []
    dropped, destroyed = _sums(items, prices, texts)
    hull = prices.get(ship_type_id)
    if hull is None or not (0 <= dropped < MOST_CENTS and 0 <= destroyed < MOST_CENTS):
        return None, texts
    destroyed += hull.cents
    total = dropped + destroyed
    return (Value(total, dropped, destroyed) if total < MOST_CENTS else None), texts


def _sums(items: Sequence[Item], prices: Prices, texts: list[str]) -> tuple[int, int]:
    """(dropped, destroyed) of items and what is in them; their unit prices are added to `texts`."""
    dropped = destroyed = 0
    add, find = texts.append, prices.get
    for item in items:
        cents, text = TOKEN if item.singleton == BLUEPRINT_COPY else find(item.item_type_id, UNKNOWN)
        add(text)
        if item.quantity_dropped:
            dropped += item.quantity_dropped * cents
        if item.quantity_destroyed:
            destroyed += item.quantity_destroyed * cents
        if item.items:
            inner_dropped, inner_destroyed = _sums(item.items, prices, texts)
            dropped += inner_dropped
            destroyed += inner_destroyed
    return dropped, destroyed
