"""Points of a kill as zKillboard counts them, from the killmail and the static data alone (docs/values.md)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from killmart.model.killmail import Item, Killmail
from killmart.model.static_data import TypeTraits

DANGEROUS_SLOTS = frozenset((*range(11, 35), *range(125, 133)))
"""Flags of low, medium and high slots and of subsystems."""
FIRST_WITH_SLOTS = 23_970_577
"""Killmails with a smaller id name no slots: there the flag 0 counts, too."""
_OLD_DANGEROUS_SLOTS = DANGEROUS_SLOTS | {0}
MOST_POINTS = 2**31 - 1
"""What the column holds; no real kill comes near it."""


def points_of(killmail: Killmail, items: Sequence[Item], traits: TypeTraits) -> int:
    """How many points a kill gives, at least 1; the order of items and attackers does not matter."""
    rig_sizes, capsules, structures = traits.rig_sizes, traits.capsules, traits.structures
    rig = rig_sizes.get(killmail.victim.ship_type_id, 1)
    base: int = 5**rig
    pilots = size = 0
    for attacker in killmail.attackers:
        ship = attacker.ship_type_id
        if attacker.character_id:
            pilots += 1
        if ship is None:
            size += 5
        elif ship in structures:
            return 1
        else:
            size += 5 ** (rig + 1 if ship in capsules else rig_sizes.get(ship, 1))
    if not pilots:
        return 1
    danger = _danger(killmail.killmail_id, items, traits)
    points: float = (base + danger) * max(0.01, min(1, danger / 4))
    points /= max(1, pilots * max(1, pilots / 2))
    points *= min(1.2, max(0.5, base / max(1, size / pilots)))
    return max(1, min(MOST_POINTS, math.floor(points)))


def _danger(killmail_id: int, items: Sequence[Item], traits: TypeTraits) -> int:
    """The danger of what is fitted; what lies in containers is not."""
    dangers = traits.dangers
    slots = DANGEROUS_SLOTS if killmail_id >= FIRST_WITH_SLOTS else _OLD_DANGEROUS_SLOTS
    danger = 0
    for item in items:
        if item.flag in slots and item.item_type_id in dangers:
            danger += dangers[item.item_type_id] * (item.quantity_dropped + item.quantity_destroyed)
    return danger
