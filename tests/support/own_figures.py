"""Says, independently of Killmart, what a kill is worth and which points and flags it has, from ../shared/sources.md.

Nothing of Killmart is imported: bodies are plain JSON, types are rows of static data, prices are decimals of ISK.
`add_to` puts the figures into what `oracle.expected` says that core must hold.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple

from support.oracle import Kill, Tables, settle

Json = dict[str, Any]
PriceOf = Callable[[int], Decimal | None]
CENT = Decimal("0.01")
_SLOTS = [*range(11, 19), *range(19, 27), *range(27, 35), *range(125, 133)]


class Type(NamedTuple):
    """A row of the static data; attributes that it lacks are None."""

    group: int
    category: int
    meta: float | None
    heat: float | None
    rig: float | None


Types = Mapping[int, Type]
NOTHING = Type(0, 0, None, None, None)


def types_in(folder: Path) -> dict[int, Type]:
    """The types of `types.csv`."""

    def number(text: str) -> float | None:
        return float(text) if text else None

    with (folder / "types.csv").open(newline="", encoding="utf-8") as file:
        return {
            int(row["type_id"]): Type(
                int(row["group_id"]),
                int(row["category_id"]),
                *(number(row[name]) for name in ("attr633_meta_level", "attr1211_heat_damage", "attr1547_rig_size")),
            )
            for row in csv.DictReader(file)
        }


def flat(items: Iterable[Json]) -> Iterator[Json]:
    """Items and what is in them, depth first."""
    for item in items:
        yield item
        yield from flat(item.get("items") or [])


def unit_price(item: Json, price_of: PriceOf, types: Types) -> Decimal | None:
    if item["singleton"] == 2 or types.get(item["item_type_id"], NOTHING).category == 91:
        return CENT
    return price_of(item["item_type_id"])


def value(body: Json, price_of: PriceOf, types: Types) -> tuple[Decimal, Decimal] | None:
    """(dropped, destroyed with the hull), None where the hull has no price."""
    hull = unit_price({"item_type_id": body["victim"]["ship_type_id"], "singleton": 0}, price_of, types)
    if hull is None:
        return None
    sums = {"quantity_dropped": Decimal(0), "quantity_destroyed": Decimal(0)}
    for item in flat(body["victim"].get("items") or []):
        for name in sums:
            sums[name] += (item.get(name) or 0) * (unit_price(item, price_of, types) or Decimal(0))
    return sums["quantity_dropped"], sums["quantity_destroyed"] + hull


def rig(type_id: int | None, types: Types) -> int:
    found = types.get(type_id or 0, NOTHING)
    return 2 if found.group == 963 else max(1, int(found.rig or 1))


def points(body: Json, types: Types) -> int:
    """Points by the formula, step by step as it is written down."""
    attackers, ship = body["attackers"], body["victim"]["ship_type_id"]
    if any(types.get(one.get("ship_type_id") or 0, NOTHING).category == 65 for one in attackers):
        return 1
    n = len([one for one in attackers if one.get("character_id")])
    if n == 0:
        return 1
    danger = 0
    for item in body["victim"].get("items") or []:
        found = types.get(item["item_type_id"], NOTHING)
        counts = item["flag"] in _SLOTS or (body["killmail_id"] < 23_970_577 and item["flag"] == 0)
        if found.category == 7 and counts:
            q = (item.get("quantity_dropped") or 0) + (item.get("quantity_destroyed") or 0)
            m = 1 + int((found.meta or 0) // 2)
            danger += q * m if found.heat else 0
            danger += q * m if found.group == 645 else 0
            danger -= q * m if found.group == 54 else 0
    base = 5 ** rig(ship, types)
    p = (base + danger) * min(1, max(0.01, danger / 4))
    p = p / max(1, n * max(1, n / 2))
    s = 0
    for one in attackers:
        is_capsule = types.get(one.get("ship_type_id") or 0, NOTHING).group == 29
        s += 5 ** (rig(ship, types) + 1) if is_capsule else 5 ** rig(one.get("ship_type_id"), types)
    return max(1, int(p * min(1.2, max(0.5, base / max(1, s / n)))))


def flags(body: Json, types: Types) -> dict[str, bool]:
    """npc, solo and awox."""
    victim, attackers = body["victim"], body["attackers"]
    corporation = victim.get("corporation_id") or 0
    players = [one for one in attackers if (one.get("character_id") or 0) > 3_999_999]
    by_players = players or [one for one in attackers if (one.get("corporation_id") or 0) > 1_999_999]
    npc = (not victim.get("character_id") and 0 < corporation <= 1_999_999) or not by_players
    ship = types.get(victim["ship_type_id"], NOTHING)
    structures = [one for one in attackers if types.get(one.get("ship_type_id") or 0, NOTHING).category == 65]
    solo = len(players) <= 1 and ship.category == 6 and ship.group not in (29, 31, 237) and not structures and not npc
    final = [one for one in attackers if one["final_blow"]]
    return {
        "npc": npc,
        "solo": solo,
        "awox": corporation > 1_999_999 and any(one.get("corporation_id") == corporation for one in final),
    }


def add_to(tables: Tables, kills: Iterable[Kill], price_of_kill: Callable[[Json], PriceOf], types: Types) -> None:
    """Put our figures of these kills into the expected rows, beside zKillboard's or in their place."""
    figured: set[int] = set()
    for body, _, _, _ in kills:
        price_of, killmail_id = price_of_kill(body), body["killmail_id"]
        fact = tables["kills_fact"][(killmail_id,)]
        for index, item in enumerate(flat(body["victim"].get("items") or [])):
            tables["kill_items"][killmail_id, index]["unit_price"] = unit_price(item, price_of, types)
        ours = value(body, price_of, types)
        if ours is not None:
            fact["priced_value"] = int(sum(ours).quantize(Decimal(1), ROUND_HALF_UP))
            fact |= {"priced_dropped_value": ours[0].quantize(CENT), "priced_destroyed_value": ours[1].quantize(CENT)}
        fact["rule_points"] = points(body, types)
        fact |= {f"rule_{name}": holds for name, holds in flags(body, types).items()}
        figured.add(killmail_id)
    settle(tables, figured)
