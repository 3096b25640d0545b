"""What the API answers. Ids and ISK are JSON numbers, exact, which may exceed 2^53; times are UTC."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from killmart.web.frame.fields import EntityKind

Exact = Annotated[Decimal, WithJsonSchema({"type": "number"})]
Isk = Annotated[Exact, Field(description="ISK, exact")]
Next = Annotated[str | None, Field(description="The cursor of the next page; null on the last one")]


class ApiModel(BaseModel):
    """An object of an answer: exactly these entries."""

    model_config = ConfigDict(extra="forbid")


class Problem(ApiModel):
    """Every error."""

    detail: str


class Party(ApiModel):
    """Who flew what; names are null until they are known."""

    character_id: int | None
    character_name: str | None
    corporation_id: int | None
    corporation_name: str | None
    alliance_id: int | None
    alliance_name: str | None
    faction_id: int | None
    ship_type_id: int | None
    ship_name: str | None


class Victim(Party):
    """Who lost the ship."""

    damage_taken: int


class Attacker(Party):
    """One attacker."""

    attacker_index: int
    weapon_type_id: int | None
    weapon_name: str | None
    damage_done: int
    final_blow: bool
    security_status: float


class Item(ApiModel):
    """One stack of items; `parent_index` is the `item_index` of the container that it lay in."""

    item_index: int
    parent_index: int | None
    type_id: int
    type_name: str | None
    flag: int
    singleton: int
    quantity_dropped: int
    quantity_destroyed: int
    unit_price: Isk | None


class KillmailFacts(ApiModel):
    """What is said of a killmail everywhere."""

    killmail_id: int
    killmail_hash: str
    kill_time: datetime
    system_id: int
    system_name: str | None
    region_id: int | None
    region_name: str | None
    total_value: int | None
    value_source: str | None
    points: int | None
    attacker_count: int
    npc: bool | None
    solo: bool | None
    awox: bool | None


class KillmailSummary(KillmailFacts):
    """A killmail in a list; `final_blow` is null on the few that nobody finished."""

    victim: Party
    final_blow: Party | None


class Killmail(KillmailFacts):
    """A killmail whole."""

    fitted_value: Isk | None
    dropped_value: Isk | None
    destroyed_value: Isk | None
    points_source: str | None
    priced_value: Annotated[int | None, Field(description="ISK at the market prices of its day")]
    rule_points: Annotated[int | None, Field(description="Points by the stated rule, also where zKillboard gave some")]
    position_x: float | None
    position_y: float | None
    position_z: float | None
    item_count: int
    war_id: int | None
    moon_id: int | None
    location_id: int | None
    labels: list[str] | None
    source: str
    promoted_at: datetime
    victim: Victim
    attackers: list[Attacker]
    items: list[Item]


class KillmailPage(ApiModel):
    """Killmails, the newest first."""

    killmails: list[KillmailSummary]
    next: Next


class Named(ApiModel):
    """Something that was found by its name."""

    entity_kind: EntityKind
    entity_id: int
    name: str


class Found(ApiModel):
    """What a search found: exact names first, then kind by kind."""

    entities: list[Named]


class Totals(ApiModel):
    """Sums over the days; `efficiency` is ISK killed as a share of ISK killed and lost, 0 to 1.

    ISK is that of the killmails that have a value (`kills_valued`, `losses_valued`); null where none of them has one.
    """

    kills: int
    losses: int
    solo_kills: int
    solo_losses: int
    npc_losses: int
    final_blows: int
    points: int
    points_lost: int
    kills_valued: int
    losses_valued: int
    isk_killed: Isk | None
    isk_lost: Isk | None
    ratio: float | None
    efficiency: float | None
    active_days: int
    last_active_day: date | None


class Ship(ApiModel):
    """A ship type: kills flown with it, how many were killed and lost."""

    ship_type_id: int
    ship_name: str | None
    kills_with: int
    killed: int
    lost: int
    isk_killed: Isk
    isk_lost: Isk


class Entity(ApiModel):
    """An entity over some days. Affiliations are those known now; a kind without one has null."""

    entity_kind: EntityKind
    entity_id: int
    name: str | None
    corporation_id: int | None = None
    corporation_name: str | None = None
    alliance_id: int | None = None
    alliance_name: str | None = None
    constellation_name: str | None = None
    region_id: int | None = None
    region_name: str | None = None
    security: float | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    last_day: Annotated[date | None, Field(description="The last UTC day with a kill or a loss")] = None
    first: Annotated[date, Field(description="First UTC day of totals and ships")]
    last: date
    totals: Totals
    top_ships: list[Ship]


class Battle(ApiModel):
    """A fight; `sides` counts them. `isk` is that of the `valued` killmails, null where none has a value."""

    battle_id: int
    system_id: int
    system_name: str | None
    region_name: str | None
    started_at: datetime
    ended_at: datetime
    kills: int
    pilots: int
    sides: int
    valued: int
    isk: Isk | None


class BattlePage(ApiModel):
    """Battles, the latest first."""

    battles: list[Battle]
    next: Next


class Member(ApiModel):
    """An alliance or corporation on a side."""

    entity_id: int
    name: str | None


class Side(ApiModel):
    """Who stood together; ISK as in the battle, of the kills and losses that have a value."""

    side: int
    pilots: int
    kills: int
    losses: int
    kills_valued: int
    losses_valued: int
    isk_killed: Isk | None
    isk_lost: Isk | None
    alliances: list[Member]
    corporations: list[Member]


class BattleKill(ApiModel):
    """A killmail of a battle, what was lost and the side that lost it."""

    killmail_id: int
    victim_side: int
    kill_time: datetime
    total_value: Isk | None
    attacker_count: int
    victim_character_id: int | None
    victim_character_name: str | None
    victim_corporation_id: int | None
    victim_corporation_name: str | None
    victim_ship_type_id: int
    victim_ship_name: str | None


class WholeBattle(Battle):
    """A battle with its sides and killmails."""

    side_list: list[Side]
    killmails: list[BattleKill]


class CoveredDay(ApiModel):
    """How complete a UTC day is; `missing` counts ids that are neither loaded nor in quarantine."""

    day: date
    expected: int
    loaded: int
    quarantined: int
    missing: int
    sources: list[str]
    checked_at: datetime


class Coverage(ApiModel):
    """The days that were checked, the earliest first; `first` and `last` are what was asked for."""

    first: date
    last: date
    days: list[CoveredDay]


class Day(CoveredDay):
    """One day with the ids that are missing, in pages."""

    missing_ids: list[int]
    next: Next
