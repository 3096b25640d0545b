"""Says, independently of Killmart, what core must hold for given killmails, and compares it cell for cell.

Everything here is derived from the design alone, with the standard library; nothing of Killmart is imported, so a
mistake in the transform cannot repeat itself here. What the design leaves open is decided thus:

- a JSON null is the same as an absent key; an id of 0 is absent; no zkb block means null flags and null labels
- a victim without `items` has `[]` in `kills_fact.items`; what ESI gave is kept as it is, unknown keys included
- zkb money is rounded by its decimal text (100.005 is 100.01, whatever the nearest binary float is)
- any of ESI's required fields missing (a required id of 0 is) is `missing_field`; a wrong type, a number too wide
  for its column, or text in items that jsonb refuses (NUL, lone surrogates) is `unreadable`
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor, isfinite
from typing import Any, NamedTuple

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import new_type, register_type

Json = dict[str, Any]
Kill = tuple[Json, str, Json | None, str]
"""Body, killmail_hash, zkb block (or None), source."""
Key = tuple[int, ...]
Tables = dict[str, dict[Key, dict[str, Any]]]
"""Table of core → key → column → value; key columns are in the key alone."""

CCP_VERIFIED = "CCP VERIFIED"
REASONS = (
    *("unreadable", "missing_field", "id_mismatch", "hash_mismatch"),
    *("no_attackers", "several_final_blows", "negative_id", "future_time"),
)
"""Why a killmail goes to quarantine; where several hold, the first of this order is the reason."""


class Table(NamedTuple):
    """The key columns and the other columns that follow from the killmails alone."""

    key: tuple[str, ...]
    columns: tuple[str, ...]


def _table(key: str, columns: str) -> Table:
    return Table(tuple(key.split()), tuple(columns.split()))


MERGED = (
    *("total_value", "value_source", "fitted_value", "dropped_value", "destroyed_value"),
    *("points", "points_source", "npc", "solo", "awox"),
)
"""Columns of kills_fact that follow from those beside them: what is given wins, else what is worked out stands."""
_PARTY = "character_id corporation_id alliance_id faction_id ship_type_id"
JUNCTIONS = {"kill_characters": "character_id", "kill_corporations": "corporation_id", "kill_alliances": "alliance_id"}
DERIVED = (*JUNCTIONS, "kill_systems")
_COPIES = ("total_value", "points", "solo")
_INVOLVEMENT = "role also_attacked final_blow pilots damage_done damage_taken"
_FACTS = "kill_time day hour system_id total_value points solo attacker_count players victim_ship_type_id"
TABLES = {
    "kills_fact": _table(
        "killmail_id",
        "killmail_hash kill_time system_id total_value points points_source position_x position_y position_z items "
        "attacker_count item_count war_id moon_id location_id fitted_value dropped_value destroyed_value "
        "value_source npc solo awox labels source "
        "zkb_total_value zkb_fitted_value zkb_dropped_value zkb_destroyed_value zkb_points zkb_npc zkb_solo zkb_awox "
        "priced_value priced_dropped_value priced_destroyed_value rule_points rule_npc rule_solo rule_awox",
    ),
    "kill_victims": _table("killmail_id", f"{_PARTY} damage_taken"),
    "kill_attackers": _table(
        "killmail_id attacker_index", f"{_PARTY} weapon_type_id damage_done final_blow security_status"
    ),
    "kill_characters": _table(
        "killmail_id character_id", f"corporation_id alliance_id ship_type_id {_INVOLVEMENT} {_FACTS}"
    ),
    "kill_corporations": _table("killmail_id corporation_id", f"{_INVOLVEMENT} {_FACTS}"),
    "kill_alliances": _table("killmail_id alliance_id", f"{_INVOLVEMENT} {_FACTS}"),
    "kill_systems": _table(
        "killmail_id",
        "system_id kill_time day hour total_value points solo players victim_ship_type_id final_blow "
        "damage_done damage_taken",
    ),
    "kill_items": _table(
        "killmail_id item_index",
        "parent_index type_id flag singleton quantity_dropped quantity_destroyed unit_price",
    ),
    "characters": _table("eve_id", "corporation_id alliance_id first_seen last_seen"),
    "corporations": _table("eve_id", "alliance_id first_seen last_seen"),
    "alliances": _table("eve_id", "first_seen last_seen"),
}


def expected(kills: Iterable[Kill]) -> Tables:
    """Return every row that core must hold for these kills, without prices, our own figures and names.

    The same kill may come twice; twice with a difference is a ValueError, since nothing says which one wins.
    """
    tables: Tables = {table: {} for table in TABLES}
    seen: dict[int, Kill] = {}
    for body, killmail_hash, zkb, source in kills:
        killmail_id = body["killmail_id"]
        kill = ({**body, "http_last_modified": None}, killmail_hash, zkb, source)  # no part of the killmail
        if seen.setdefault(killmail_id, kill) != kill:
            raise ValueError(f"Kill {killmail_id} was given twice with different data; give the one that must win.")
        items: list[dict[str, Any]] = []
        _add_items(items, body["victim"].get("items") or [], None)
        tables["kills_fact"][(killmail_id,)] = _fact(body, killmail_hash, zkb or {}, source, len(items))
        victim = {name: _id(body["victim"], name) for name in _PARTY.split()}
        tables["kill_victims"][(killmail_id,)] = {**victim, "damage_taken": body["victim"]["damage_taken"]}
        for index, attacker in enumerate(body["attackers"]):
            tables["kill_attackers"][killmail_id, index] = _attacker(attacker)
        for index, item in enumerate(items):
            tables["kill_items"][killmail_id, index] = item
        _add_involved(tables, body)
    _add_entities(tables, [kill[0] for kill in seen.values()])
    return tables


def killmail_hash_of(body: Json) -> str:
    """Return the SHA-1 (40 hex digits) that CCP gives a killmail, from its body."""
    finishers = [attacker.get("character_id") for attacker in body["attackers"] if attacker["final_blow"]]
    victim = body["victim"]
    since_1601 = _time(body["killmail_time"]) - datetime(1601, 1, 1, tzinfo=UTC)
    ticks = since_1601 // timedelta(seconds=1) * 10_000_000  # FILETIME counts 100 ns
    finisher = finishers[0] if finishers else None
    text = f"{victim.get('character_id') or None}{finisher or None}{victim['ship_type_id']}{ticks}"
    return hashlib.sha1(text.encode("ascii"), usedforsecurity=False).hexdigest()


def _fact(body: Json, killmail_hash: str, zkb: Json, source: str, item_count: int) -> dict[str, Any]:
    position = body["victim"].get("position")
    total = zkb.get("totalValue")
    fact = {
        "killmail_hash": killmail_hash,
        "kill_time": _time(body["killmail_time"]),
        "system_id": _id(body, "solar_system_id"),
        **{f"position_{axis}": float(position[axis]) if position else None for axis in "xyz"},
        "items": body["victim"].get("items") or [],
        "attacker_count": len(body["attackers"]),
        "item_count": item_count,
        "war_id": _id(body, "war_id"),
        "moon_id": _id(body, "moon_id"),
        "location_id": _id(zkb, "locationID"),
        "labels": zkb.get("labels"),
        "source": source,
        "zkb_total_value": None if total is None else int(_half_up(total, "1")),
        **{f"zkb_{part}_value": _isk(zkb.get(f"{part}Value")) for part in ("fitted", "dropped", "destroyed")},
        **{f"zkb_{name}": zkb.get(name) for name in ("points", "npc", "solo", "awox")},
        **dict.fromkeys(("priced_value", "priced_dropped_value", "priced_destroyed_value")),  # see own_figures.py
        **dict.fromkeys(("rule_points", "rule_npc", "rule_solo", "rule_awox")),
    }
    return fact | merged(fact)


def merged(fact: dict[str, Any]) -> dict[str, Any]:
    """Return what readers use of a kill, of the columns that are given and those that are worked out."""
    if fact["zkb_total_value"] is None and fact["priced_value"] is not None:
        values = {"total_value": fact["priced_value"], "value_source": "prices", "fitted_value": None}
        values |= {name: fact[f"priced_{name}"] for name in ("dropped_value", "destroyed_value")}
    else:
        parts = ("total_value", "fitted_value", "dropped_value", "destroyed_value")
        values = {name: fact[f"zkb_{name}"] for name in parts}
        values["value_source"] = None if fact["zkb_total_value"] is None else "zkb"
    for name in ("points", "npc", "solo", "awox"):
        is_given = fact[f"zkb_{name}"] is not None
        values[name] = fact[f"zkb_{name}" if is_given else f"rule_{name}"]
        if name == "points":
            values["points_source"] = "zkb" if is_given else None if values["points"] is None else "rule"
    return values


def settle(tables: Tables, killmail_ids: Collection[int]) -> None:
    """Have what follows from the figures of these kills follow: what readers use, and what the junctions have of it."""
    for killmail_id in killmail_ids:
        fact = tables["kills_fact"][(killmail_id,)]
        fact |= merged(fact)
    for table in DERIVED:
        for key, row in tables[table].items():
            if key[0] in killmail_ids:
                fact = tables["kills_fact"][key[:1]]
                row |= {name: fact[name] for name in _COPIES}


def _attacker(attacker: Json) -> dict[str, Any]:
    return {
        **{name: _id(attacker, name) for name in (*_PARTY.split(), "weapon_type_id")},
        "damage_done": attacker["damage_done"],
        "final_blow": attacker["final_blow"],
        "security_status": float(attacker["security_status"]),
    }


def _is_npc(party: Json) -> bool:
    """Neither a player's character nor a player corporation, by zKillboard's rule."""
    return (party.get("character_id") or 0) <= 3_999_999 and (party.get("corporation_id") or 0) <= 1_999_999


def _add_involved(tables: Tables, body: Json) -> None:
    """Who was on the killmail: every character; corporations and alliances that lost, or attacked with no mere NPC."""
    killmail_id, victim = body["killmail_id"], body["victim"]
    time = _time(body["killmail_time"])
    players = [attacker for attacker in body["attackers"] if not _is_npc(attacker)]
    pilots = {_id(player, "character_id") for player in players} - {None}
    facts = {
        **{name: tables["kills_fact"][(killmail_id,)][name] for name in _COPIES},
        "kill_time": time,
        "day": time.date(),
        "hour": time.astimezone(UTC).hour,
        "system_id": _id(body, "solar_system_id"),
        "attacker_count": len(body["attackers"]),
        "players": len(pilots) + sum(not _id(player, "character_id") for player in players),
        "victim_ship_type_id": _id(victim, "ship_type_id"),
    }
    tables["kill_systems"][(killmail_id,)] = {name: one for name, one in facts.items() if name != "attacker_count"} | {
        "final_blow": any(one["final_blow"] for one in players),
        "damage_done": _within_bigint(sum(one["damage_done"] for one in players)),
        "damage_taken": victim["damage_taken"],
    }
    for table, name in JUNCTIONS.items():
        counting = body["attackers"] if table == "kill_characters" else players
        for entity_id in {_id(one, name) for one in (victim, *counting)} - {None}:
            attacks = [one for one in counting if _id(one, name) == entity_id]
            as_player = [one for one in attacks if not _is_npc(one)] or attacks  # an NPC in a player corporation
            lost = _id(victim, name) == entity_id
            row: Json = {
                **facts,
                "role": "victim" if lost else "attacker",
                "also_attacked": lost and bool(attacks),
                "final_blow": any(one["final_blow"] for one in as_player),
                "pilots": len({_id(one, "character_id") for one in as_player if not _is_npc(one)} - {None}),
                "damage_done": _within_bigint(sum(one["damage_done"] for one in as_player)),
                "damage_taken": victim["damage_taken"] if lost else None,
            }
            if table == "kill_characters":
                party = victim if lost else as_player[0]
                row |= {part: _id(party, part) for part in ("corporation_id", "alliance_id")}
                row["ship_type_id"] = _id(as_player[0], "ship_type_id") if attacks else None
            tables[table][killmail_id, entity_id or 0] = row


def _within_bigint(number: int) -> int:
    return min(max(number, -(2**63)), 2**63 - 1)


def _add_items(rows: list[dict[str, Any]], items: list[Json], parent_index: int | None) -> None:
    for item in items:
        index = len(rows)
        row = {"parent_index": parent_index, "type_id": _id(item, "item_type_id"), "unit_price": None}
        row |= {name: item[name] for name in ("flag", "singleton")}
        row |= {name: item.get(name) or 0 for name in ("quantity_dropped", "quantity_destroyed")}
        rows.append(row)
        _add_items(rows, item.get("items") or [], index)


def _add_entities(tables: Tables, bodies: list[Json]) -> None:
    sightings: dict[tuple[str, int], list[tuple[datetime, int, int]]] = {}
    for body in bodies:
        at = _time(body["killmail_time"])
        for party in (body["victim"], *body["attackers"]):
            corporation, alliance = party.get("corporation_id") or 0, party.get("alliance_id") or 0
            sightings.setdefault(("characters", party.get("character_id") or 0), []).append((at, corporation, alliance))
            sightings.setdefault(("corporations", corporation), []).append((at, 0, alliance))
            sightings.setdefault(("alliances", alliance), []).append((at, 0, 0))
    for (table, eve_id), seen in sightings.items():
        last_seen, corporation, alliance = max(seen)  # the latest kill; a tie goes to the greatest ids
        row: Json = {"corporation_id": corporation or None, "alliance_id": alliance or None}
        row |= {"first_seen": min(seen)[0], "last_seen": last_seen}
        if eve_id:
            tables[table][(eve_id,)] = {name: row[name] for name in TABLES[table].columns}


def _id(source: Json, name: str) -> int | None:
    return source.get(name) or None


def _half_up(value: int | float | Decimal, step: str) -> Decimal:
    exact, half = Fraction(str(value)), Fraction(step) / 2
    return Decimal(floor((exact + half) / Fraction(step))) * Decimal(step)


def _isk(value: int | float | Decimal | None) -> Decimal | None:
    return None if value is None else _half_up(value, "0.01")


_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


def _time(text: str) -> datetime:
    if not _RFC3339.fullmatch(text):
        raise ValueError(f"{text!r} is no time of the form 2021-11-29T00:00:00Z.")
    time = datetime.fromisoformat(text)
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def quarantine_reason(body_text: bytes, ref_id: int | None, ref_hash: str | None, now: datetime) -> str | None:
    """Return why this body must go to quarantine, the first of `REASONS` that holds, or None if it is good.

    `ref_id` and `ref_hash` are what the feed or the list named, None where it named none; `now` is aware.
    """
    return next(iter(quarantine_reasons(body_text, ref_id, ref_hash, now)), None)


def quarantine_reasons(body_text: bytes, ref_id: int | None, ref_hash: str | None, now: datetime) -> list[str]:
    """Return all of `REASONS` that hold, in their order; a body that cannot be read has the first two at most."""
    try:
        body = json.loads(body_text.decode("utf-8"), parse_constant=_finite, parse_float=_finite)
        problems = set(_shape_problems(body, _BODY))
        _time(body.get("killmail_time") or "1970-01-01T00:00:00Z")
    except (ValueError, OverflowError, RecursionError):
        return ["unreadable"]
    if not problems:
        problems = set(_rule_problems(body, ref_id, ref_hash, now))
    return [reason for reason in REASONS if reason in problems]


def _rule_problems(body: Json, ref_id: int | None, ref_hash: str | None, now: datetime) -> Iterator[str]:
    own_hash = body.get("killmail_hash")
    stated = own_hash if ref_hash is None else ref_hash
    if ref_id is not None and body["killmail_id"] != ref_id:
        yield "id_mismatch"
    if own_hash not in (None, stated) or stated not in (None, CCP_VERIFIED, killmail_hash_of(body)):
        yield "hash_mismatch"
    if not body["attackers"]:
        yield "no_attackers"
    if sum(attacker["final_blow"] for attacker in body["attackers"]) > 1:
        yield "several_final_blows"
    if any(value < 0 for value in _ids(body)):
        yield "negative_id"
    if _time(body["killmail_time"]) - now > timedelta(minutes=10):
        yield "future_time"


def _ids(value: Any, name: str = "") -> Iterator[int]:
    if isinstance(value, dict):
        for inner_name, entry in value.items():
            yield from _ids(entry, inner_name)
    elif isinstance(value, list):
        for entry in value:
            yield from _ids(entry)
    elif name.endswith("_id") and type(value) is int:
        yield value


def _integer(bits: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: type(value) is kind


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and isfinite(value)  # OverflowError on what no double can hold


_INT64, _INT32, _INT16 = _integer(64), _integer(32), _integer(16)
_IDS = dict.fromkeys(("character_id", "corporation_id", "alliance_id", "faction_id"), _INT64)
_ITEM: Json = {"item_type_id!": _INT32, "flag!": _INT16, "singleton!": _INT16}
_ITEM |= {"quantity_dropped": _INT64, "quantity_destroyed": _INT64, "items": [_ITEM]}
_ATTACKER = {**_IDS, "ship_type_id": _INT32, "weapon_type_id": _INT32}
_ATTACKER |= {"damage_done!": _INT64, "final_blow!": _is(bool), "security_status!": _is_number}
_VICTIM = {**_IDS, "ship_type_id!": _INT32, "damage_taken!": _INT64, "items": [_ITEM]}
_VICTIM |= {"position": dict.fromkeys(("x!", "y!", "z!"), _is_number)}
_BODY: Json = {"killmail_id!": _INT64, "killmail_time!": _is(str), "solar_system_id!": _INT32}
_BODY |= {"war_id": _INT64, "moon_id": _INT64, "killmail_hash": _is(str)}
_BODY |= {"victim!": _VICTIM, "attackers!": [_ATTACKER]}
"""ESI's shapes: a test of the value, a list, or fields, of which `!` marks the required ones."""


def _shape_problems(value: Any, shape: Any) -> Iterator[str]:
    """Yield `missing_field` per required field that is absent; raise ValueError on what cannot be read."""
    if isinstance(shape, dict):
        _check(isinstance(value, dict))
        for marked, inner in shape.items():
            name = marked.rstrip("!")
            entry = value.get(name)
            if entry is not None and not (marked.endswith("_id!") and type(entry) is int and entry == 0):
                yield from _shape_problems(entry, inner)
            elif marked != name:
                yield "missing_field"
            if name == "items":
                _check_jsonb(entry)
    elif isinstance(shape, list):
        _check(isinstance(value, list))
        for entry in value:
            yield from _shape_problems(entry, shape[0])
    else:
        _check(shape(value))


def _check_jsonb(value: Any) -> None:
    if isinstance(value, str):
        _check("\0" not in value)
        value.encode("utf-8")  # a lone surrogate is a UnicodeEncodeError, a kind of ValueError
    elif isinstance(value, (list, dict)):
        for entry in value if isinstance(value, list) else (*value, *value.values()):
            _check_jsonb(entry)


def _check(holds: bool) -> None:
    if not holds:
        raise ValueError("The body is not of ESI's shape.")


def _finite(text: str) -> float:
    value = float(text)
    _check(isfinite(value))
    return value


def differences(expected: Tables, connection: Connection, ignore: Collection[str] = (), limit: int = 50) -> list[str]:
    """Compare core with the expected rows, both ways and cell for cell with types; return one line per difference.

    Lines read `core.kill_items (123, 4).flag: expected 5, found 6`; after `limit` of them one line has the totals.
    `ignore` names columns as `kills_fact.points`. Only reads, inside the connection's transaction if it has one.
    Value, points and solo beside an involvement are those that the expected kills_fact has by now.
    """
    for table in ("kill_characters", "kill_corporations", "kill_alliances", "kill_systems"):
        for (killmail_id, *_), row in expected.get(table, {}).items():
            fact = expected.get("kills_fact", {}).get((killmail_id,), row)
            row |= {name: fact[name] for name in ("total_value", "points", "solo")}
    lines: list[str] = []
    counts: Counter[str] = Counter()
    for table, rows in expected.items():
        columns = tuple(name for name in TABLES[table].columns if f"{table}.{name}" not in ignore)
        found = _read(connection, table, columns)
        for where, wanted, got in _table_differences(rows, found, len(TABLES[table].key), columns):
            counts[f"core.{table}"] += 1
            if len(lines) < limit:
                lines.append(f"core.{table} {where}: expected {_shown(wanted)}, found {_shown(got)}")
    if counts.total() > limit:
        totals = ", ".join(f"{table} {count}" for table, count in counts.items())
        lines.append(f"… {counts.total()} differences in all: {totals}")
    return lines


class _Words(str):
    """Text that a difference shows as it is, without quotes."""


_JSONB = new_type((3802,), "JSONB", lambda text, _: None if text is None else json.loads(text, parse_float=Decimal))


def _read(connection: Connection, table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    names = sql.SQL(", ").join(map(sql.Identifier, (*TABLES[table].key, *columns)))
    with connection.cursor() as cursor:
        register_type(_JSONB, cursor)
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(names, sql.Identifier("core", table)))
        return cursor.fetchall()


def _table_differences(
    rows: dict[Key, dict[str, Any]], found: list[tuple[Any, ...]], width: int, columns: tuple[str, ...]
) -> Iterator[tuple[str, Any, Any]]:
    seen: set[Key] = set()
    for record in found:
        key = record[:width]
        row = rows.get(key)
        if key in seen:
            yield f"{key}", _Words("one row"), _Words("another one")
        elif row is None:
            yield f"{key}", _Words("no row"), _Words("a row")
        elif any(type(part) is not int for part in key):
            yield f"{key}", _Words("whole numbers as the key"), key
        else:
            for name, got in zip(columns, record[width:], strict=True):
                if not _same(row[name], got):
                    yield f"{key}.{name}", row[name], got
        seen.add(key)
    for key in sorted(rows.keys() - seen):
        yield f"{key}", _Words("a row"), _Words("no row")


def _same(wanted: Any, got: Any, in_json: bool = False) -> bool:
    if type(wanted) is dict and type(got) is dict:
        return wanted.keys() == got.keys() and all(_same(wanted[name], got[name], True) for name in wanted)
    if type(wanted) is list and type(got) is list:
        return len(wanted) == len(got) and all(_same(*pair, True) for pair in zip(wanted, got, strict=True))
    if in_json and type(wanted) is float and type(got) in (int, Decimal):
        return wanted == float(got)
    return type(wanted) is type(got) and bool(wanted == got)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        value = _Words(value.astimezone(UTC).isoformat() if value.tzinfo else f"{value} without a time zone")
    return f"{value if isinstance(value, _Words) else repr(value):.200}"
