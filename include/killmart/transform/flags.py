"""Whether a kill is one by NPCs, by one player alone, or by the victim's own corporation (docs/values.md)."""

from __future__ import annotations

from typing import NamedTuple

from killmart.model.killmail import Killmail
from killmart.model.npc import is_npc
from killmart.model.static_data import TypeTraits


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
    victims_corporation = victim.corporation_id
    in_player_corporation = not is_npc(None, victims_corporation)
    players = 0
    npc, solo, awox = True, victim.ship_type_id in traits.duellists, False
    for attacker in killmail.attackers:
        if not is_npc(attacker.character_id, None):
            players += 1
            npc = False
        elif not is_npc(None, attacker.corporation_id):
            npc = False
        if attacker.ship_type_id in structures:
            solo = False
        if attacker.final_blow:
            awox = awox or (in_player_corporation and attacker.corporation_id == victims_corporation)
    npc = npc or bool(not victim.character_id and victims_corporation and not in_player_corporation)
    return Flags(npc, solo and players <= 1 and not npc, awox)
