"""What an older killmail service's database holds of a killmail, as it is read: rows of text, grouped by killmail.

Nothing is interpreted here; `transform.legacy` does that, and says what is wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class OldRow(NamedTuple):
    """One row of an old table of kills (KillFact) or losses (LossFact); None is NULL or a column that is not there."""

    killmail_id: int | None
    """None where the row's id is no number."""
    id_text: str | None
    table_name: str
    is_loss: bool
    killmail_hash: str | None
    kill_time: str | None
    character_id: str | None
    """Of a loss: who lost the ship. None of a kill, whose character is just one that was watched."""
    ship_type_id: str | None
    """The ship that was lost."""
    total_value: str | None
    points: str | None
    npc: str | None
    solo: str | None
    awox: str | None
    labels: str | None
    """JSON array of strings."""


class OldVictim(NamedTuple):
    """One row of an old table of victims."""

    killmail_id: int
    character_id: str | None
    ship_type_id: str | None


class OldAttackers(NamedTuple):
    """The rows of an old table of attackers of one killmail, counted."""

    killmail_id: int
    attackers: int
    finishers: list[str | None]
    """The distinct characters (None: no character) of rows that are marked as the final blow."""


class OldCharacters(NamedTuple):
    """The rows of an old table of characters of one killmail, counted."""

    killmail_id: int
    characters: int


@dataclass(slots=True)
class OldKill:
    """All that the old database has of one killmail; `rows` is empty where only its victim or attackers are there."""

    killmail_id: int | None
    rows: list[OldRow] = field(default_factory=list)
    victims: list[OldVictim] = field(default_factory=list)
    attackers: int = 0
    finishers: list[str | None] = field(default_factory=list)
    characters: int = 0
