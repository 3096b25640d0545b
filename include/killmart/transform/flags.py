"""Whether a kill is one by NPCs, by one player alone, or by the victim's own corporation (docs/values.md)."""

from __future__ import annotations

from typing import NamedTuple

from killmart.model.killmail import Killmail
from killmart.model.static_data import TypeTraits

LAST_NPC_CORPORATION = 1_999_999
LAST_NPC_CHARACTER = 3_999_999


class Flags(NamedTuple):
    """The three flags of a kill."""

    npc: bool
    """No player is among the attackers, or the victim is an NPC."""
    solo: bool
    """A proper ship was lost to one player at most, without a structure, and not to NPCs alone."""
    awox: bool
    """Somebody of the victim's own player corporation struck the final blow."""


def flags_of(killmail: Killmail, traits: TypeTraits) -> Flags:
    """The flags of a kill, in one pass over its attackers."""
    victim, structures = killmail.victim, traits.structures
    victims_corporation = victim.corporation_id or 0
    players = 0
    npc, solo, awox = True, victim.ship_type_id in traits.duellists, False
    for attacker in killmail.attackers:
        corporation_id = attacker.corporation_id or 0
        if (attacker.character_id or 0) > LAST_NPC_CHARACTER:
            players += 1
            npc = False
        elif corporation_id > LAST_NPC_CORPORATION:
            npc = False
        if attacker.ship_type_id in structures:
            solo = False
        if attacker.final_blow:
            awox = awox or corporation_id == victims_corporation > LAST_NPC_CORPORATION
    npc = npc or (not victim.character_id and 0 < victims_corporation < LAST_NPC_CORPORATION)
    return Flags(npc, solo and players <= 1 and not npc, awox)
