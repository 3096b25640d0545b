"""Turns a checked killmail into rows of the kill tables that hold its body, each value under the name of its column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from killmart.model.killmail import Attacker, Item
from killmart.model.zkb import Zkb
from killmart.transform.copytext import (
    NULL,
    Rows,
    boolean,
    cents_isk,
    escaped,
    isk,
    number,
    text_array,
    whole_cents,
    whole_isk,
)
from killmart.transform.decode import Decoded
from killmart.transform.own import Own


def add_kill(rows: Rows, decoded: Decoded, killmail_hash: str, zkb: Zkb, source: str, own: Own | None = None) -> None:
    """Append the rows of one killmail.

    Absent ids are null, never 0; items are numbered depth first from 0.
    `own` are our own figures, which stand beside those that zKillboard gave.
    """
    killmail = decoded.killmail
    kill_id = f"{killmail.killmail_id}"
    victim = killmail.victim
    item_count = _add_items(rows, kill_id, decoded.items, None if own is None else own.unit_prices)
    position = victim.position
    items = bytes(victim.items)
    rows.add(
        "kills_fact",
        {
            "killmail_id": kill_id,
            "killmail_hash": escaped(killmail_hash),
            "kill_time": killmail.killmail_time.isoformat(),
            "system_id": f"{killmail.solar_system_id}",
            "position_x": repr(position.x) if position else NULL,
            "position_y": repr(position.y) if position else NULL,
            "position_z": repr(position.z) if position else NULL,
            "items": "[]" if items == b"null" else escaped(items.decode()),
            "attacker_count": str(len(killmail.attackers)),
            "item_count": str(item_count),
            "war_id": f"{killmail.war_id or NULL}",
            "moon_id": f"{killmail.moon_id or NULL}",
            "source": escaped(source),
            **_zkb_fields(zkb),
            **own_fields(own),
        },
    )
    rows.add(
        "kill_victims",
        {
            "killmail_id": kill_id,
            "character_id": f"{victim.character_id or NULL}",
            "corporation_id": f"{victim.corporation_id or NULL}",
            "alliance_id": f"{victim.alliance_id or NULL}",
            "faction_id": f"{victim.faction_id or NULL}",
            "ship_type_id": f"{victim.ship_type_id}",
            "damage_taken": f"{victim.damage_taken}",
        },
    )
    _add_attackers(rows, kill_id, killmail.attackers)


def add_zkb_change(rows: Rows, killmail_id: int, zkb: Zkb) -> None:
    """Append the zkb block of a killmail that core knows already."""
    rows.add("zkb_changes", {"killmail_id": str(killmail_id), **_zkb_fields(zkb)})


def _add_attackers(rows: Rows, kill_id: str, attackers: Sequence[Attacker]) -> None:
    for index, one in enumerate(attackers):
        rows.add(
            "kill_attackers",
            {
                "killmail_id": kill_id,
                "attacker_index": f"{index}",
                "character_id": f"{one.character_id or NULL}",
                "corporation_id": f"{one.corporation_id or NULL}",
                "alliance_id": f"{one.alliance_id or NULL}",
                "faction_id": f"{one.faction_id or NULL}",
                "ship_type_id": f"{one.ship_type_id or NULL}",
                "weapon_type_id": f"{one.weapon_type_id or NULL}",
                "damage_done": f"{one.damage_done}",
                "final_blow": "t" if one.final_blow else "f",
                "security_status": repr(one.security_status),
            },
        )


def _add_items(rows: Rows, kill_id: str, items: Sequence[Item], prices: Sequence[str] | None) -> int:
    """Append items and what is in them, each with the next of `prices`; returns how many."""
    parents = [NULL] * len(items)
    if [item for item in items if item.items]:  # one killmail in a hundred has a container
        numbered = list(_numbered(items, NULL, count()))
        parents, items = [parent for parent, _ in numbered], [item for _, item in numbered]
    rows.add_all(
        "kill_items",
        {
            "killmail_id": [kill_id] * len(items),
            "item_index": map(str, range(len(items))),
            "parent_index": parents,
            "type_id": [f"{item.item_type_id}" for item in items],
            "flag": [f"{item.flag}" for item in items],
            "singleton": [f"{item.singleton}" for item in items],
            "quantity_dropped": [f"{item.quantity_dropped}" for item in items],
            "quantity_destroyed": [f"{item.quantity_destroyed}" for item in items],
            "unit_price": [NULL] * len(items) if prices is None else prices,
        },
    )
    return len(items)


def _numbered(items: Sequence[Item], parent: str, numbers: Iterator[int]) -> Iterator[tuple[str, Item]]:
    """Items and what is in them, depth first, each with the item_index of what it is in."""
    for item in items:
        index = next(numbers)
        yield parent, item
        yield from _numbered(item.items, str(index), numbers)


def _zkb_fields(zkb: Zkb) -> dict[str, str]:
    """What zKillboard gives."""
    return {
        "location_id": number(zkb.location_id or None),
        "labels": text_array(zkb.labels),
        "zkb_total_value": whole_isk(zkb.total_value),
        "zkb_fitted_value": isk(zkb.fitted_value),
        "zkb_dropped_value": isk(zkb.dropped_value),
        "zkb_destroyed_value": isk(zkb.destroyed_value),
        "zkb_points": number(zkb.points),
        "zkb_npc": boolean(zkb.npc),
        "zkb_solo": boolean(zkb.solo),
        "zkb_awox": boolean(zkb.awox),
    }


def own_fields(own: Own | None) -> dict[str, str]:
    """What we work out ourselves, whatever zKillboard says; the three values are there together or not at all."""
    value = None if own is None else own.value
    return {
        "priced_value": NULL if value is None else whole_cents(value.total),
        "priced_dropped_value": NULL if value is None else cents_isk(value.dropped),
        "priced_destroyed_value": NULL if value is None else cents_isk(value.destroyed),
        "rule_points": NULL if own is None else str(own.points),
        "rule_npc": NULL if own is None else boolean(own.npc),
        "rule_solo": NULL if own is None else boolean(own.solo),
        "rule_awox": NULL if own is None else boolean(own.awox),
    }
