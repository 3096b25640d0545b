"""The killmail as ESI gives it, typed; and its hash, worked out again from the body.

Shapes: CCP's OpenAPI, `GET /killmails/{killmail_id}/{killmail_hash}` of compatibility date 2026-08-18.
Integers are as wide as their column (ids and amounts int64, types, flags and systems int32), so a body that
decodes also fits the warehouse.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]

CCP_VERIFIED = "CCP VERIFIED"
"""The text that two killmails (107220741, 108794056) carry where the others have a hash."""


class Position(msgspec.Struct):
    """Metres from the solar system's sun."""

    x: float
    y: float
    z: float


class Item(msgspec.Struct):
    """One stack in the victim's ship; a container carries its contents, one level deep."""

    item_type_id: Int32
    flag: Int32
    singleton: Int32
    quantity_destroyed: Int64 = 0
    quantity_dropped: Int64 = 0
    items: list[Item] = []


class Victim(msgspec.Struct):
    damage_taken: Int64
    ship_type_id: Int32
    character_id: Int64 | None = None
    corporation_id: Int64 | None = None
    alliance_id: Int64 | None = None
    faction_id: Int64 | None = None
    position: Position | None = None
    items: msgspec.Raw = msgspec.Raw(b"[]")


class Attacker(msgspec.Struct):
    damage_done: Int64
    final_blow: bool
    security_status: float
    character_id: Int64 | None = None
    corporation_id: Int64 | None = None
    alliance_id: Int64 | None = None
    faction_id: Int64 | None = None
    ship_type_id: Int32 | None = None
    weapon_type_id: Int32 | None = None


class Killmail(msgspec.Struct):
    """One killmail body; `killmail_hash` and `http_last_modified` are EVE Ref's additions."""

    killmail_id: Int64
    killmail_time: datetime
    solar_system_id: Int32
    victim: Victim
    attackers: list[Attacker]
    war_id: Int64 | None = None
    moon_id: Int64 | None = None
    killmail_hash: str | None = None
    http_last_modified: str | None = None


_FILETIME_EPOCH_SECONDS = 11_644_473_600  # 1601-01-01 to 1970-01-01


def killmail_hash(
    victim_character_id: int | None,
    final_blow_character_id: int | None,
    victim_ship_type_id: int,
    killed_at: datetime,
) -> str:
    """The hash that CCP gives this killmail: SHA-1 over three ids and the time as a Windows FILETIME.

    It held for 83,334 of 83,334 real killmails; only `CCP VERIFIED` ones have none.
    """
    filetime = (int(killed_at.replace(tzinfo=killed_at.tzinfo or UTC).timestamp()) + _FILETIME_EPOCH_SECONDS) * 10**7
    text = f"{victim_character_id or 'None'}{final_blow_character_id or 'None'}{victim_ship_type_id}{filetime}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def hash_of(killmail: Killmail) -> str:
    """`killmail_hash` of a decoded body."""
    final_blow = next((attacker for attacker in killmail.attackers if attacker.final_blow), None)
    return killmail_hash(
        killmail.victim.character_id,
        final_blow.character_id if final_blow else None,
        killmail.victim.ship_type_id,
        killmail.killmail_time,
    )
