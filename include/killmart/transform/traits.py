"""Derives from the static data what points, flags and values ask of a type."""

from __future__ import annotations

from collections.abc import Iterable

from killmart.model.static_data import TypeRow, TypeTraits

SHIP, MODULE, STRUCTURE, SKIN = 6, 7, 65, 91
"""Categories. All groups of 91 are skins (permanent and of 7 to 365 days); design elements (2118) are none."""
CAPSULE, SHUTTLE, ROOKIE_SHIP = 29, 31, 237
"""Groups of ships."""
MINING_LASER, DRONE_DAMAGE, STRATEGIC_CRUISER = 54, 645, 963
"""Groups that count in points in a way of their own."""
LARGEST_RIG = 4
"""Rig sizes are 1 to 4; whatever else the data may say is held to that, since points are powers of it."""


def traits_of(build_number: int, types: Iterable[TypeRow]) -> TypeTraits:
    """The traits of these types."""
    rig_sizes: dict[int, int] = {}
    dangers: dict[int, int] = {}
    kinds: dict[str, set[int]] = {"capsules": set(), "structures": set(), "duellists": set(), "skins": set()}
    for row in types:
        if (rig := _rig_size(row)) > 1:
            rig_sizes[row.type_id] = rig
        if danger := _danger(row):
            dangers[row.type_id] = danger
        if row.group_id == CAPSULE:
            kinds["capsules"].add(row.type_id)
        if row.category_id == STRUCTURE:
            kinds["structures"].add(row.type_id)
        if row.category_id == SHIP and row.group_id not in (CAPSULE, SHUTTLE, ROOKIE_SHIP):
            kinds["duellists"].add(row.type_id)
        if row.category_id == SKIN:
            kinds["skins"].add(row.type_id)
    return TypeTraits(build_number, rig_sizes, dangers, **{name: frozenset(ids) for name, ids in kinds.items()})


def _rig_size(row: TypeRow) -> int:
    if row.group_id == STRATEGIC_CRUISER:
        return 2
    return min(max(row.rig_size or 1, 1), LARGEST_RIG)


def _danger(row: TypeRow) -> int:
    """How much one piece adds to the danger of the ship that it is fitted to; mining lasers take from it."""
    if row.category_id != MODULE:
        return 0
    counted = bool(row.heat_damage) + (row.group_id == DRONE_DAMAGE) - (row.group_id == MINING_LASER)
    return counted * (1 + (row.meta_level or 0) // 2)
