"""zKillboard's block of a killmail, worked out from its body and the price table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from killmart.model.npc import is_npc
from killmart_demo.kill import Body
from killmart_demo.type_table import HULL_BY_ID, price_cents

_FITTED_FLAGS = frozenset((*range(11, 35), *range(92, 100), *range(125, 133)))
_BLUEPRINT_COPY_CENTS = 1
_UNFIT_FOR_SOLO = frozenset(("capsule", "rookie", "shuttle"))


def zkb_block(body: Body, killmail_hash: str, killed_at: datetime) -> dict[str, Any]:
    """The block that RedisQ sends for this body: a pure function of it, every value in ISK with two decimals."""
    victim, attackers = body["victim"], body["attackers"]
    hull = price_cents(victim["ship_type_id"])
    fitted, dropped, destroyed = _item_cents(victim.get("items") or ())
    total = hull + dropped + destroyed
    npc, solo, awox = _is_npc(victim, attackers), _is_solo(victim, attackers), _is_awox(victim, attackers)
    return {
        "locationID": 40_000_000 + body["solar_system_id"] * 97 % 480_000,
        "hash": killmail_hash,
        "fittedValue": _isk(hull + fitted),
        "droppedValue": _isk(dropped),
        "destroyedValue": _isk(hull + destroyed),
        "totalValue": _isk(total),
        "points": max(1, int((total / 100) ** 0.2 / max(1, len(attackers) ** 2 / 2))),
        "npc": npc,
        "solo": solo,
        "awox": awox,
        "labels": _labels(body, killed_at, total, npc, solo, awox),
        "href": f"https://esi.evetech.net/killmails/{body['killmail_id']}/{killmail_hash}/",
    }


def _isk(cents: int) -> float:
    """ISK as PHP writes it: an integer where there are no decimals."""
    return cents // 100 if cents % 100 == 0 else round(cents / 100, 2)


def _item_cents(items: Iterable[Body]) -> tuple[int, int, int]:
    """(fitted, dropped, destroyed) in hundredths of an ISK, the contents of containers included."""
    fitted = dropped = destroyed = 0
    for item in items:
        price = _BLUEPRINT_COPY_CENTS if item["singleton"] == 2 else price_cents(item["item_type_id"])
        gone, kept = item.get("quantity_destroyed", 0) * price, item.get("quantity_dropped", 0) * price
        destroyed += gone
        dropped += kept
        if item["flag"] in _FITTED_FLAGS:
            fitted += gone + kept
        if item.get("items"):
            _, kept, gone = _item_cents(item["items"])
            dropped += kept
            destroyed += gone
    return fitted, dropped, destroyed


def _is_npc(victim: Body, attackers: Iterable[Body]) -> bool:
    corporation_id = victim.get("corporation_id")
    if not victim.get("character_id") and corporation_id and is_npc(None, corporation_id):
        return True
    return all(is_npc(attacker.get("character_id"), attacker.get("corporation_id")) for attacker in attackers)


def _is_solo(victim: Body, attackers: Iterable[Body]) -> bool:
    hull = HULL_BY_ID.get(victim["ship_type_id"])
    if hull is None or hull.category_id != 6 or hull.kind in _UNFIT_FOR_SOLO:
        return False
    players = 0
    for attacker in attackers:
        ship = HULL_BY_ID.get(attacker.get("ship_type_id", 0))
        if ship is not None and ship.kind == "structure":
            return False
        players += not is_npc(attacker.get("character_id"), None)
    return players == 1


def _is_awox(victim: Body, attackers: Iterable[Body]) -> bool:
    corporation_id = victim.get("corporation_id")
    return not is_npc(None, corporation_id) and any(
        attacker["final_blow"] and attacker.get("corporation_id") == corporation_id for attacker in attackers
    )


def _labels(body: Body, killed_at: datetime, total: int, npc: bool, solo: bool, awox: bool) -> list[str]:
    hull = HULL_BY_ID.get(body["victim"]["ship_type_id"])
    labels = [f"tz:{_time_zone(killed_at.hour)}", f"cat:{hull.category_id if hull else 6}"]
    labels.append("solo" if solo else f"#:{_step(len(body['attackers']), (1000, 100, 50, 25, 10, 5, 2))}")
    labels += [name for name, holds in (("npc", npc), ("pvp", not npc), ("awox", awox)) if holds]
    labels.append(f"loc:{_location(body['solar_system_id'])}")
    billions = total // 10**11
    labels.append(next((f"isk:{name}+" for name, at in _RICH if billions >= at), "isk:under1b"))
    return labels


_RICH = (("1t", 1000), ("100b", 100), ("10b", 10), ("5b", 5), ("1b", 1))


def _step(count: int, steps: Iterable[int]) -> str:
    return next((f"{step}+" for step in steps if count >= step), "1")


def _time_zone(hour: int) -> str:
    return next(name for name, until in (("usw", 5), ("au", 11), ("ru", 16), ("eu", 22), ("use", 24)) if hour < until)


def _location(solar_system_id: int) -> str:
    """A kind of space that is right for wormholes and the Abyss, and made up but steady for the rest."""
    if solar_system_id >= 32_000_000:
        return "abyssal"
    if solar_system_id >= 31_000_000:
        return "w-space"
    return ("highsec", "lowsec", "nullsec", "nullsec")[solar_system_id % 4]
