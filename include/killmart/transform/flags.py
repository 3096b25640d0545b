"""Whether a kill is one by NPCs, by one player alone, or by the victim's own corporation (docs/values.md)."""

from __future__ import annotations

from killmart.model.killmail import Killmail
from killmart.model.static_data import TypeTraits

LAST_NPC_CORPORATION = 1_999_999
LAST_NPC_CHARACTER = 3_999_999


def is_npc(killmail: Killmail) -> bool:
    """Whether no player is among the attackers, or the victim is an NPC."""
    victim = killmail.victim
    if not victim.character_id and 0 < (victim.corporation_id or 0) < LAST_NPC_CORPORATION:
        return True
    return not any(
        (attacker.character_id or 0) > LAST_NPC_CHARACTER or (attacker.corporation_id or 0) > LAST_NPC_CORPORATION
        for attacker in killmail.attackers
    )


def is_solo(killmail: Killmail, traits: TypeTraits) -> bool:
    """Whether a proper ship was lost to one player at most, without a structure, and not to NPCs alone."""
    if killmail.victim.ship_type_id not in traits.duellists:
        return False
    players = 0
    for attacker in killmail.attackers:
        if attacker.ship_type_id in traits.structures:
            return False
        players += (attacker.character_id or 0) > LAST_NPC_CHARACTER
    return players <= 1 and not is_npc(killmail)


def is_awox(killmail: Killmail) -> bool:
    """Whether somebody of the victim's own player corporation struck the final blow."""
    corporation_id = killmail.victim.corporation_id or 0
    return corporation_id > LAST_NPC_CORPORATION and any(
        attacker.final_blow and attacker.corporation_id == corporation_id for attacker in killmail.attackers
    )
