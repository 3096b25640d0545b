"""Who is an NPC, defined once in Python; the twin in SQL is core.is_npc, and a test compares the two."""

from __future__ import annotations

_LAST_NPC_CHARACTER = 3_999_999
_LAST_NPC_CORPORATION = 1_999_999


def is_npc(character_id: int | None, corporation_id: int | None) -> bool:
    """Whether somebody with these ids (None: has none) is an NPC: no player's character, nor of a player corporation.

    The rule is zKillboard's (docs/values.md). Of one id alone, ask with None for the other.
    """
    return (character_id or 0) <= _LAST_NPC_CHARACTER and (corporation_id or 0) <= _LAST_NPC_CORPORATION
