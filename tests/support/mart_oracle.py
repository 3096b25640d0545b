"""Sums up killmails as the mart should, in pandas and from their bodies alone; nothing of Killmart is used."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

Json = dict[str, Any]
Frames = dict[str, pd.DataFrame]

_IDS = ["character_id", "corporation_id", "alliance_id"]
_BOUNDS = [0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]
_SUMS = ["kills", "losses", "isk_killed", "isk_lost"]


def worth(killmail_id: int) -> tuple[int | None, int, bool]:
    """Value (every fiftieth has none), points and the solo flag that the tests give a killmail."""
    value = None if killmail_id % 50 == 0 else killmail_id * 7919 % 10 ** (killmail_id % 12)
    return value, killmail_id % 100, killmail_id % 7 == 0


def price(type_id: int) -> float | None:
    """ISK in quarters that the tests give a type; every ninth has no price."""
    return None if type_id % 9 == 0 else type_id % 1000 / 4


def frames(bodies: Iterable[Json]) -> Frames:
    """Killmails, attackers who count, and items, one row each."""
    kills, attackers, items = [], [], []
    for body in bodies:
        killmail_id, victim = body["killmail_id"], body["victim"]
        value, points, solo = worth(killmail_id)
        kills.append(
            {"killmail_id": killmail_id, "time": body["killmail_time"], "system_id": body["solar_system_id"]}
            | {"value": value, "isk": value or 0, "points": points, "solo": solo}
            | {name: victim.get(name) for name in _IDS}
            | {"ship_type_id": victim["ship_type_id"], "damage": victim["damage_taken"]}
        )
        attackers += [
            {"killmail_id": killmail_id, "place": place, "system_id": body["solar_system_id"]}
            | {name: one.get(name) for name in (*_IDS, "ship_type_id")}
            | {"damage": one["damage_done"], "final": one["final_blow"]}
            for place, one in enumerate(body["attackers"])
        ]
        items += [{"killmail_id": killmail_id} | item for item in _flat(victim.get("items") or [])]
    kill_frame = pd.DataFrame(kills).astype({"value": "Int64", **dict.fromkeys(_IDS, "Int64")})
    kill_frame["time"] = pd.to_datetime(kill_frame["time"], utc=True)
    attacker_frame = pd.DataFrame(attackers).astype(dict.fromkeys((*_IDS, "ship_type_id"), "Int64"))
    counting = attacker_frame[~_npc(attacker_frame)]
    return {"kills": kill_frame, "attackers": counting, "items": pd.DataFrame(items)}


def _npc(rows: pd.DataFrame) -> pd.Series[bool]:
    """Which rows name neither a player's character nor a player corporation."""
    return ~((rows.character_id > 3_999_999).fillna(False) | _player_led(rows))


def _player_led(rows: pd.DataFrame) -> pd.Series[bool]:
    return (rows.corporation_id > 1_999_999).fillna(False)


def _flat(items: list[Json]) -> list[Json]:
    found = []
    for item in items:
        dropped, destroyed = item.get("quantity_dropped") or 0, item.get("quantity_destroyed") or 0
        found.append({"type_id": item["item_type_id"], "dropped": dropped, "destroyed": destroyed})
        found += _flat(item.get("items") or [])
    return found


def _entities(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each entity that a row names: entity_kind, entity_id, and the row's other columns."""
    kinds = {
        "character": "character_id",
        "corporation": "corporation_id",
        "alliance": "alliance_id",
        "system": "system_id",
    }
    parts = [rows.assign(entity_kind=kind, entity_id=rows[column]) for kind, column in kinds.items()]
    together = pd.concat(parts)
    return together[together.entity_id.notna()].astype({"entity_id": "int64"})


def appearances(given: Frames) -> pd.DataFrame:
    """One row per entity, killmail and side, with the killmail's columns."""
    kills, attackers = given["kills"], given["attackers"]
    players = attackers.assign(who=attackers.character_id.fillna(-1 - attackers.place))
    fleet = players.groupby("killmail_id").who.nunique()
    facts = kills.set_index("killmail_id")[
        ["time", "value", "isk", "points", "solo", "ship_type_id", "damage", "system_id"]
    ]
    facts = facts.assign(
        hour=facts.time.dt.hour,
        magnitude=[-1 if pd.isna(one) else len(str(one)) - 1 for one in facts.value],
        at_least=[max(bound for bound in _BOUNDS if bound <= fleet.get(one, 0)) for one in facts.index],
    )
    attacked = _entities(attackers).groupby(["entity_kind", "entity_id", "killmail_id"])
    on_kills = (
        attacked.agg(damage_done=("damage", "sum"), final=("final", "max")).reset_index().assign(kills=1, losses=0)
    )
    lost = _entities(kills)[["entity_kind", "entity_id", "killmail_id"]].assign(
        kills=0, losses=1, damage_done=0, final=False
    )
    both = pd.concat([on_kills, lost]).join(facts, on="killmail_id")
    return both.assign(isk_killed=both.isk * both.kills, isk_lost=both.isk * both.losses)


def summed(seen: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Kills, losses and ISK by entity and these columns."""
    return seen.groupby(["entity_kind", "entity_id", *by])[_SUMS].sum().reset_index()


def activity(seen: pd.DataFrame, given: Frames) -> pd.DataFrame:
    """The rows of activity_daily of one day."""
    parts = {
        "solo_kills": seen.kills * seen.solo,
        "solo_losses": seen.losses * seen.solo,
        "npc_losses": seen.losses * (seen.at_least == 0),
        "kills_valued": seen.kills * seen.value.notna(),
        "losses_valued": seen.losses * seen.value.notna(),
        "final_blows": seen.final.astype(int),
        "points": seen.kills * seen.points,
        "points_lost": seen.losses * seen.points,
        "damage_taken": seen.losses * seen.damage,
    }
    wide = seen.assign(**parts)
    keys = ["entity_kind", "entity_id"]
    sums = wide.groupby(keys)[[*_SUMS, "damage_done", *parts]].sum()
    columns = [*_IDS, "system_id"]
    everybody = pd.concat([given["attackers"][columns], given["kills"][columns]])
    pilots = everybody.assign(pilot=everybody.character_id.mask(_npc(everybody)))
    return sums.join(_entities(pilots).groupby(keys).pilot.nunique().rename("pilots")).reset_index()


def ships(seen: pd.DataFrame, given: Frames) -> pd.DataFrame:
    """The rows of ships_daily of one day."""
    keys = ["entity_kind", "entity_id", "ship_type_id"]
    flown = _entities(given["attackers"].dropna(subset="ship_type_id"))[[*keys, "killmail_id"]].drop_duplicates()
    counts = flown.astype({"ship_type_id": "int64"}).groupby(keys).size().rename("kills_with")
    killed = seen.groupby(keys)[_SUMS].sum()
    joined = killed.join(counts, how="outer").fillna(0).astype("int64")
    return joined.rename(columns={"kills": "killed", "losses": "lost"}).reset_index()


def corporations(given: Frames) -> pd.DataFrame:
    """The rows of corporations_daily of one day."""
    kills = given["kills"]
    isk = kills.set_index("killmail_id").isk
    columns = [*_IDS, "system_id", "killmail_id"]
    keys = ["entity_kind", "entity_id", "corporation_id"]
    parts = []
    for rows, count, money in ((given["attackers"], "kills", "isk_killed"), (kills, "losses", "isk_lost")):
        inside = _entities(rows[columns]).query("entity_kind in ('alliance', 'system') and corporation_id.notna()")
        once = inside[[*keys, "killmail_id"]].drop_duplicates()
        once = once.assign(**{count: 1, money: once.killmail_id.map(isk)})
        parts.append(once.groupby(keys)[[count, money]].sum())
    return parts[0].join(parts[1], how="outer").fillna(0).astype("int64").reset_index()


def items(given: Frames) -> pd.DataFrame:
    """The rows of items_daily of one day."""
    rows = given["items"]
    prices = rows.type_id.map(price).astype("float64")  # NaN where there is none
    rows = rows.assign(dropped_value=rows.dropped * prices, destroyed_value=rows.destroyed * prices)
    by_type = rows.groupby("type_id")
    sums = by_type[["dropped", "destroyed", "dropped_value", "destroyed_value"]].sum(min_count=1)
    return sums.assign(killmails=by_type.killmail_id.nunique()).reset_index()


def relations(seen: pd.DataFrame) -> pd.DataFrame:
    """The rows of relations_daily of one day."""
    led = seen.entity_kind.isin(["corporation", "alliance"])
    npc = (seen.entity_kind == "corporation") & (seen.entity_id <= 1_999_999)
    camps = seen[led & ~npc][["entity_kind", "entity_id", "killmail_id", "kills", "isk"]]
    pairs = camps.merge(camps, on=["entity_kind", "killmail_id"], suffixes=("", "_other"))
    pairs = pairs[pairs.entity_id != pairs.entity_id_other]
    together = (pairs.kills == 1) & (pairs.kills_other == 1)
    won = (pairs.kills == 1) & (pairs.kills_other == 0)
    lost = (pairs.kills == 0) & (pairs.kills_other == 1)
    wide = pairs.assign(flew_with=together * 1, won=won * 1, losses=lost * 1)
    wide = wide.assign(isk_with=together * pairs.isk, isk_killed=won * pairs.isk, isk_lost=lost * pairs.isk)
    columns = ["flew_with", "won", "losses", "isk_with", "isk_killed", "isk_lost"]
    edges = wide.groupby(["entity_kind", "entity_id", "entity_id_other"])[columns].sum()
    edges = edges[(edges[["flew_with", "won", "losses"]] > 0).any(axis=1)].reset_index()
    return edges.rename(columns={"entity_id_other": "other_id", "won": "kills"})


def sums(seen: pd.DataFrame, given: Frames) -> pd.DataFrame:
    """The rows of sums_daily of one day: everybody's, then those of alliances by member and by other alliance."""
    of_systems = seen[seen.entity_kind == "system"].assign(day=0)
    by = {"hour": "hour", "magnitude": "magnitude", "at_least": "at_least", "ship": "ship_type_id"}
    parts = [
        of_systems.groupby(column)[_SUMS].sum().reset_index(names="bucket").assign(counted_by=name, entity_id=0)
        for name, column in (by | {"day": "day", "system": "entity_id"}).items()
    ]
    of_ships = ships(seen, given).query("entity_kind == 'system'").groupby("ship_type_id").kills_with.sum()
    parts[3] = parts[3].set_index("bucket").join(of_ships.rename("kills_with"), how="outer").reset_index(names="bucket")
    parts[3] = parts[3].fillna({"counted_by": "ship"}).fillna(0)
    inside = corporations(given).query("entity_kind == 'alliance'").rename(columns={"corporation_id": "bucket"})
    met = relations(seen).query("entity_kind == 'alliance'")
    met = met.rename(columns={"other_id": "bucket", "flew_with": "kills_with"})
    both = pd.concat([*parts, inside.assign(counted_by="member"), met.assign(counted_by="alliance")])
    counts = both[["entity_id", "bucket", *_SUMS, "kills_with"]].fillna(0).astype("int64")
    return counts.assign(counted_by=both.counted_by)


def fights(given: Frames) -> pd.DataFrame:
    """Killmails (index) and the first one of their battle, by passing the earliest on until nothing changes."""
    kills, attackers = given["kills"], given["attackers"]
    seen = pd.concat([kills[["killmail_id", *_IDS]], attackers[["killmail_id", *_IDS]]])
    seen = seen[seen.killmail_id.isin(attackers.killmail_id)].drop_duplicates()
    seen = seen.assign(character_id=seen.character_id.mask(_npc(seen)))
    is_pilot = seen.character_id.notna()
    who = seen.character_id.astype("object").where(is_pilot, -seen.corporation_id.where(_player_led(seen)))
    linked = seen.assign(who=who).dropna(subset="who")[["killmail_id", "who"]].drop_duplicates()
    facts = kills.set_index("killmail_id")[["time", "system_id"]]
    linked = linked.join(facts, on="killmail_id").sort_values(["system_id", "who", "time", "killmail_id"])
    groups = linked.groupby(["system_id", "who"])
    span = (linked.time - pd.Timedelta(hours=11)).dt.date
    apart = (groups.time.diff() > pd.Timedelta(minutes=15)) | (
        span != span.groupby([linked.system_id, linked.who]).shift()
    )
    linked["visit"] = apart.cumsum()
    order = kills[kills.killmail_id.isin(attackers.killmail_id)].sort_values(["time", "killmail_id"]).killmail_id
    rank = pd.Series(range(len(order)), index=order.to_numpy())
    while True:
        by_visit = linked.killmail_id.map(rank).groupby(linked.visit).min()
        better = linked.visit.map(by_visit).groupby(linked.killmail_id).min().reindex(rank.index)
        better = better.fillna(rank).astype(int)
        if (better == rank).all():
            break
        rank = better
    named = pd.DataFrame({"battle_id": order.to_numpy()[rank.to_numpy()]}, index=rank.index)
    pilots = seen.assign(battle_id=seen.killmail_id.map(named.battle_id)).groupby("battle_id").character_id.nunique()
    sizes = named.groupby("battle_id").size()
    battles = sizes.index[(sizes >= 5) & (pilots.reindex(sizes.index) >= 10)]
    return named[named.battle_id.isin(battles)]
