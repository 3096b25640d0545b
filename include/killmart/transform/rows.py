"""Turns a checked killmail into rows of the four kill tables that hold its body, as lines of COPY text.

The columns are named here once, in the order of the lines; `db.candidate` copies them as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, repeat

from killmart.model.killmail import Attacker, Item, Victim
from killmart.model.zkb import Zkb
from killmart.transform.copytext import (
    NULL,
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

ZKB_COLUMNS = (
    "location_id",
    "labels",
    "zkb_total_value",
    "zkb_fitted_value",
    "zkb_dropped_value",
    "zkb_destroyed_value",
    "zkb_points",
    "zkb_npc",
    "zkb_solo",
    "zkb_awox",
)
"""What zKillboard gives."""
OWN_COLUMNS = (
    "priced_value",
    "priced_dropped_value",
    "priced_destroyed_value",
    "rule_points",
    "rule_npc",
    "rule_solo",
    "rule_awox",
)
"""What we work out ourselves, whatever zKillboard says; the three values are there together or not at all."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "kills_fact": (
        "killmail_id",
        "killmail_hash",
        "kill_time",
        "system_id",
        "position_x",
        "position_y",
        "position_z",
        "items",
        "attacker_count",
        "item_count",
        "war_id",
        "moon_id",
        "source",
        *ZKB_COLUMNS,
        *OWN_COLUMNS,
    ),
    "kill_victims": (
        "killmail_id",
        "character_id",
        "corporation_id",
        "alliance_id",
        "faction_id",
        "ship_type_id",
        "damage_taken",
    ),
    "kill_attackers": (
        "killmail_id",
        "attacker_index",
        "character_id",
        "corporation_id",
        "alliance_id",
        "faction_id",
        "ship_type_id",
        "weapon_type_id",
        "damage_done",
        "final_blow",
        "security_status",
    ),
    "kill_items": (
        "killmail_id",
        "item_index",
        "parent_index",
        "type_id",
        "flag",
        "singleton",
        "quantity_dropped",
        "quantity_destroyed",
        "unit_price",
    ),
    "zkb_changes": ("killmail_id", *ZKB_COLUMNS),
}


@dataclass
class Rows:
    """Lines of COPY text per table, for some killmails."""

    tables: dict[str, list[str]] = field(default_factory=lambda: {table: [] for table in COLUMNS})


def add_kill(rows: Rows, decoded: Decoded, killmail_hash: str, zkb: Zkb, source: str, own: Own | None = None) -> None:
    """Append the rows of one killmail.

    Absent ids are null, never 0; items are numbered depth first from 0.
    `own` are our own figures, which stand beside those that zKillboard gave.
    """
    killmail = decoded.killmail
    kill_id = killmail.killmail_id
    victim = killmail.victim
    item_lines = _item_lines(kill_id, decoded.items, repeat(NULL) if own is None else own.unit_prices)
    rows.tables["kill_items"] += item_lines
    position = victim.position
    place = f"{position.x!r}\t{position.y!r}\t{position.z!r}" if position else f"{NULL}\t{NULL}\t{NULL}"
    items = bytes(victim.items)
    rows.tables["kills_fact"].append(
        f"{kill_id}\t{escaped(killmail_hash)}\t{killmail.killmail_time.isoformat()}\t{killmail.solar_system_id}\t{place}"
        f"\t{'[]' if items == b'null' else escaped(items.decode())}\t{len(killmail.attackers)}"
        f"\t{len(item_lines)}\t{killmail.war_id or NULL}\t{killmail.moon_id or NULL}"
        f"\t{escaped(source)}\t{_zkb_fields(zkb)}\t{own_fields(own)}"
    )
    rows.tables["kill_victims"].append(f"{kill_id}\t{_party(victim)}\t{victim.ship_type_id}\t{victim.damage_taken}")
    rows.tables["kill_attackers"] += [
        f"{kill_id}\t{index}\t{_party(attacker)}\t{attacker.ship_type_id or NULL}\t{attacker.weapon_type_id or NULL}"
        f"\t{attacker.damage_done}\t{'t' if attacker.final_blow else 'f'}\t{attacker.security_status!r}"
        for index, attacker in enumerate(killmail.attackers)
    ]


def add_zkb_change(rows: Rows, killmail_id: int, zkb: Zkb) -> None:
    """Append the zkb block of a killmail that core knows already."""
    rows.tables["zkb_changes"].append(f"{killmail_id}\t{_zkb_fields(zkb)}")


def _item_lines(kill_id: int, items: Sequence[Item], prices: Iterable[str]) -> list[str]:
    """Lines of items and of what is in them, each with the next of `prices`."""
    parents: Iterable[str] = repeat(NULL)
    if [item for item in items if item.items]:  # one killmail in a hundred has a container
        numbered = list(_numbered(items, NULL, count()))
        parents, items = [parent for parent, _ in numbered], [item for _, item in numbered]
    return [
        f"{kill_id}\t{index}\t{parent}\t{item.item_type_id}\t{item.flag}\t{item.singleton}"
        f"\t{item.quantity_dropped}\t{item.quantity_destroyed}\t{price}"
        for index, item, parent, price in zip(count(), items, parents, prices, strict=False)
    ]


def _numbered(items: Sequence[Item], parent: str, numbers: Iterator[int]) -> Iterator[tuple[str, Item]]:
    """Items and what is in them, depth first, each with the item_index of what it is in."""
    for item in items:
        index = next(numbers)
        yield parent, item
        yield from _numbered(item.items, str(index), numbers)


def _party(party: Victim | Attacker) -> str:
    return (
        f"{party.character_id or NULL}\t{party.corporation_id or NULL}"
        f"\t{party.alliance_id or NULL}\t{party.faction_id or NULL}"
    )


def _zkb_fields(zkb: Zkb) -> str:
    """ZKB_COLUMNS as COPY text."""
    return "\t".join(
        (
            number(zkb.location_id or None),
            text_array(zkb.labels),
            whole_isk(zkb.total_value),
            isk(zkb.fitted_value),
            isk(zkb.dropped_value),
            isk(zkb.destroyed_value),
            number(zkb.points),
            boolean(zkb.npc),
            boolean(zkb.solo),
            boolean(zkb.awox),
        )
    )


_NO_OWN = "\t".join(NULL for _ in OWN_COLUMNS)


def own_fields(own: Own | None) -> str:
    """OWN_COLUMNS as COPY text."""
    if own is None:
        return _NO_OWN
    value = (NULL, NULL, NULL)
    if own.value is not None:
        value = whole_cents(own.value.total), cents_isk(own.value.dropped), cents_isk(own.value.destroyed)
    return "\t".join((*value, str(own.points), boolean(own.npc), boolean(own.solo), boolean(own.awox)))
