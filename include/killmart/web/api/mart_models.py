"""Rows of the mart tables as the API gives them: their columns, in the table's names (its comments explain them)."""

from __future__ import annotations

from datetime import date
from types import GenericAlias

from pydantic import create_model

from killmart.web.api.fields import EntityKind
from killmart.web.api.models import Answer, Isk, Next


class EntityDay(Answer):
    """What every row about an entity begins with."""

    day: date
    entity_kind: EntityKind
    entity_id: int


class BothWays(EntityDay):
    """Kills and losses, and what they were worth."""

    kills: int
    losses: int
    isk_killed: Isk
    isk_lost: Isk


class ActivityDaily(BothWays):
    """Kills and losses per entity and UTC day; ISK is of those that have a value, as the two counts say."""

    solo_kills: int
    solo_losses: int
    npc_losses: int
    final_blows: int
    pilots: int
    kills_valued: int
    losses_valued: int
    points: int
    points_lost: int
    damage_done: Isk
    damage_taken: Isk


class ActivityHourly(BothWays):
    """Kills and losses per entity, UTC day and hour; weekday 1 is Monday."""

    hour: int
    weekday: int


class ShipsDaily(EntityDay):
    """Ship types per entity and UTC day: flown on kills, killed, lost."""

    ship_type_id: int
    kills_with: int
    killed: int
    lost: int
    isk_killed: Isk
    isk_lost: Isk


class ValueDistribution(BothWays):
    """Kills and losses by what they were worth, in powers of ten ISK; -1 is unvalued."""

    magnitude: int


class FleetSizes(BothWays):
    """Kills and losses by how many attacked."""

    at_least: int


class SystemsDaily(BothWays):
    """Where an entity killed and lost, per UTC day."""

    system_id: int


class CorporationsDaily(BothWays):
    """Corporations within an alliance or a system, per UTC day."""

    corporation_id: int


class RelationsDaily(BothWays):
    """Whom a corporation or alliance flew with and fought, per UTC day."""

    other_id: int
    flew_with: int
    isk_with: Isk


class ItemsDaily(Answer):
    """Items that dropped and were destroyed per UTC day and type."""

    day: date
    type_id: int
    killmails: int
    dropped: Isk
    destroyed: Isk
    dropped_value: Isk | None
    destroyed_value: Isk | None


_OF_ENTITY = ("day", "entity_kind", "entity_id")
TABLES: dict[str, tuple[type[Answer], tuple[str, ...]]] = {
    "activity_daily": (ActivityDaily, _OF_ENTITY),
    "activity_hourly": (ActivityHourly, (*_OF_ENTITY, "hour")),
    "ships_daily": (ShipsDaily, (*_OF_ENTITY, "ship_type_id")),
    "value_distribution": (ValueDistribution, (*_OF_ENTITY, "magnitude")),
    "fleet_sizes": (FleetSizes, (*_OF_ENTITY, "at_least")),
    "systems_daily": (SystemsDaily, (*_OF_ENTITY, "system_id")),
    "corporations_daily": (CorporationsDaily, (*_OF_ENTITY, "corporation_id")),
    "relations_daily": (RelationsDaily, (*_OF_ENTITY, "other_id")),
    "items_daily": (ItemsDaily, ("day", "type_id")),
}
"""The tables that may be read, each with the model of a row and the columns of its key."""
KEYS = {table: key for table, (_, key) in TABLES.items()}
PAGES: dict[str, type[Answer]] = {
    table: create_model(
        f"{row.__name__}Page",
        __base__=Answer,
        __doc__=row.__doc__,
        rows=(GenericAlias(list, (row,)), ...),  # type: ignore[arg-type]
        next=(Next, ...),
    )
    for table, (row, _) in TABLES.items()
}
"""The model of a page of each."""
