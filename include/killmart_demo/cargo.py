"""What is in a lost ship: modules, rigs, drones, cargo, containers with their contents."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from killmart_demo import type_table
from killmart_demo.type_table import Hull, HullKind, PricedType

HIGH, MEDIUM, LOW, RIG = 27, 19, 11, 92
"""First inventory flag of each row of slots."""
CARGO_HOLD, DRONE_BAY, IMPLANT, SHIP_HANGAR = 5, 87, 89, 90
MAX_CARGO_ROWS = 650
MAX_STACK_ISK = 100_000_000

_SLOTS: dict[HullKind, tuple[int, int, int, int]] = {
    "rookie": (2, 2, 2, 0),
    "frigate": (4, 4, 4, 3),
    "cruiser": (5, 5, 6, 3),
    "battleship": (8, 6, 7, 3),
    "hauler": (1, 4, 4, 3),
    "capital": (6, 7, 8, 3),
    "structure": (4, 4, 4, 3),
}
"""High, medium, low and rig slots."""

LostItem = dict[str, Any]


def items_lost(rng: random.Random, hull: Hull) -> list[LostItem]:
    """The rows of `victim.items`, containers nesting one level; empty for every fourth loss or so."""
    if hull.kind == "capsule":
        count = int(rng.random() * 8) + 1 if rng.random() < 0.1 else 0
        return [_row(rng, type_table.IMPLANTS, IMPLANT) for _ in range(count)]
    if hull.kind in ("shuttle", "deployable") or rng.random() < 0.03:
        return []
    rows = _fitting(rng, hull.kind)
    rows += _cargo(rng)
    if hull.kind in ("hauler", "capital") and rng.random() < 0.05:
        ship = type_table.HULLS[int(rng.random() * 20)]
        rows.append(_line(rng, ship.type_id, SHIP_HANGAR, 1, singleton=1))
    if rng.random() < 0.011:
        rows.append(_container(rng))
    return rows


def _fitting(rng: random.Random, kind: HullKind) -> list[LostItem]:
    high, medium, low, rigs = _SLOTS[kind]
    rows = []
    for slot in range(high):
        if rng.random() < 0.9:
            rows.append(_row(rng, type_table.WEAPONS, HIGH + slot))
        if rng.random() < 0.5:  # the charge loaded shares the flag of its weapon
            rows.append(_row(rng, type_table.CHARGES, HIGH + slot, 1 + int(rng.random() * 100)))
    rows += [_row(rng, type_table.MEDIUM_MODULES, MEDIUM + slot) for slot in range(medium) if rng.random() < 0.9]
    rows += [_row(rng, type_table.LOW_MODULES, LOW + slot) for slot in range(low) if rng.random() < 0.9]
    for slot in range(rigs):  # a rig never drops
        type_id = _one_of(rng, type_table.RIGS).type_id
        rows.append({"flag": RIG + slot, "item_type_id": type_id, "quantity_destroyed": 1, "singleton": 0})
    if rng.random() < 0.4:
        rows += [
            _row(rng, type_table.DRONES, DRONE_BAY, 1 + int(rng.random() * 5)) for _ in range(1 + int(rng.random() * 3))
        ]
    return rows


def _cargo(rng: random.Random) -> list[LostItem]:
    rows = []
    for _ in range(min(MAX_CARGO_ROWS, int(1.2 * rng.paretovariate(1.0)))):
        luck = rng.random()
        if luck < 0.012:
            rows.append(_line(rng, _one_of(rng, type_table.BLUEPRINTS).type_id, CARGO_HOLD, 1, singleton=2))
        elif luck < 0.7:
            rows.append(_stack(rng, CARGO_HOLD))
        else:
            rows.append(_row(rng, type_table.CHARGES, CARGO_HOLD, 100 * (1 + int(rng.random() * 30))))
    return rows


def _stack(rng: random.Random, flag: int) -> LostItem:
    """Mostly one piece, at times millions of something cheap."""
    goods = _one_of(rng, type_table.CARGO)
    quantity = 1
    if rng.random() < 0.4:
        quantity = min(int(rng.lognormvariate(3.0, 2.5)) + 1, max(1, int(MAX_STACK_ISK / goods.price)))
    return _line(rng, goods.type_id, flag, quantity)


def _container(rng: random.Random) -> LostItem:
    row = _row(rng, type_table.CONTAINERS, CARGO_HOLD)
    inside_flag = 0 if rng.random() < 0.95 else 64
    row["items"] = [_stack(rng, inside_flag) for _ in range(1 + int(rng.random() * 12))]
    return row


def _one_of(rng: random.Random, items: Sequence[PricedType]) -> PricedType:
    return items[int(rng.random() * len(items))]


def _row(rng: random.Random, items: Sequence[PricedType], flag: int, quantity: int = 1) -> LostItem:
    return _line(rng, _one_of(rng, items).type_id, flag, quantity)


def _line(rng: random.Random, type_id: int, flag: int, quantity: int, singleton: int = 0) -> LostItem:
    """One row; a stack is dropped or destroyed, never both."""
    fate = "quantity_dropped" if rng.random() < 0.45 else "quantity_destroyed"
    return {"flag": flag, "item_type_id": type_id, fate: quantity, "singleton": singleton}
