"""Checks the oracle itself: on small kills worked out by hand, on all real data there is, and on a real PostgreSQL."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import psycopg2
import pytest
from psycopg2 import extras
from psycopg2.extensions import connection as Connection  # noqa: N812

from killmart.config.connections import Connection as Warehouse
from killmart_stack.postgres import EmbeddedPostgres
from support import oracle, realdata
from support.oracle import Json, Tables
from support.pipeline import NOW

VICTIM, PILOT, OTHER = 95_000_001, 95_000_002, 3_000_000_000  # the last one is beyond 2^31
CORPORATION, ALLIANCE = 98_000_001, 99_000_001
HASH = hashlib.sha1(b"9500000195000002587132826628960000000", usedforsecurity=False).hexdigest()
NOON = datetime(2021, 11, 29, 12, 34, 56, tzinfo=UTC)
BODY: Json = {
    "killmail_id": 100,
    "killmail_time": "2021-11-29T12:34:56Z",
    "solar_system_id": 30_000_142,
    "victim": {"character_id": VICTIM, "corporation_id": CORPORATION, "damage_taken": 7, "ship_type_id": 587},
    "attackers": [{"character_id": PILOT, "damage_done": 7, "final_blow": True, "security_status": 5}],
}


def changed(change: Callable[[Json], object] = lambda body: None) -> Json:
    """Return a copy of the plain kill after `change`."""
    body = copy.deepcopy(BODY)
    change(body)
    return body


def rows_of(*bodies: Json, zkb: Json | None = None) -> Tables:
    """Return what the oracle expects of these bodies."""
    return oracle.expected((body, HASH, zkb, "redisq") for body in bodies)


def test_a_kill_without_position_items_and_zkb() -> None:
    rows = rows_of(BODY)
    fact = {name: value for name, value in rows["kills_fact"][(100,)].items() if value is not None}
    known = {"killmail_hash": HASH, "kill_time": NOON, "system_id": 30_000_142, "source": "redisq"}
    assert fact == {**known, "items": [], "attacker_count": 1, "item_count": 0}
    victim = {"character_id": VICTIM, "corporation_id": CORPORATION, "alliance_id": None, "faction_id": None}
    assert rows["kill_victims"] == {(100,): {**victim, "ship_type_id": 587, "damage_taken": 7}}
    attacker = rows["kill_attackers"][100, 0]
    assert attacker["weapon_type_id"] is None
    assert (attacker["security_status"], type(attacker["security_status"])) == (5.0, float)
    assert rows["kill_items"] == rows["alliances"] == {}
    assert rows["corporations"] == {(CORPORATION,): {"alliance_id": None, "first_seen": NOON, "last_seen": NOON}}


@pytest.mark.parametrize("table", oracle.TABLES)
def test_every_expected_row_has_exactly_the_columns_compared(table: str) -> None:
    keys, columns = oracle.TABLES[table]
    shapes = {(len(key), frozenset(row)) for key, row in some_rows()[table].items()}
    assert shapes == {(len(keys), frozenset(columns))}


def test_victim_among_the_attackers_and_an_attacker_listed_twice() -> None:
    attack = {"damage_done": -5, "final_blow": False, "security_status": -0.5}
    again = [{**attack, "character_id": name} for name in (VICTIM, PILOT, OTHER)]
    rows = rows_of(changed(lambda body: body["attackers"].extend(again)))
    roles = {key: row["role"] for key, row in rows["kill_characters"].items()}
    assert roles == {(100, VICTIM): "victim", (100, PILOT): "attacker", (100, OTHER): "attacker"}
    assert [row["character_id"] for row in rows["kill_attackers"].values()] == [PILOT, VICTIM, PILOT, OTHER]
    assert [row["damage_done"] for row in rows["kill_attackers"].values()] == [7, -5, -5, -5]
    assert list(rows["kill_attackers"]) == [
        (100, index) for index in range(rows["kills_fact"][(100,)]["attacker_count"])
    ]


def test_an_id_of_zero_and_a_null_are_absent() -> None:
    nothing = {"character_id": 0, "corporation_id": 0, "alliance_id": 0, "faction_id": 0, "items": None}
    body = changed(lambda body: body["victim"].update(nothing, position=None)) | {"war_id": 0, "moon_id": None}
    rows = rows_of(body, zkb={"locationID": 0})
    assert set(rows["kill_victims"][(100,)].values()) == {None, 587, 7}
    assert {rows["kills_fact"][(100,)][name] for name in ("war_id", "moon_id", "location_id", "position_x")} == {None}
    assert set(rows["characters"]) == {(PILOT,)}


def item(type_id: int, *inside: Json, **quantities: int) -> Json:
    """Return one item as ESI gives it."""
    contents = {"items": [*inside]} if inside else {}
    return {"item_type_id": type_id, "flag": 5, "singleton": 0, **quantities, **contents}


def test_nested_items_are_numbered_depth_first() -> None:
    inside = item(2, item(3, quantity_dropped=3), item(4, quantity_destroyed=4))
    items = [item(1, inside, quantity_dropped=2**40), item(5)]
    rows = rows_of(changed(lambda body: body["victim"].update(items=items)))
    numbered = [(*key, row["parent_index"], row["type_id"]) for key, row in rows["kill_items"].items()]
    assert numbered == [(100, 0, None, 1), (100, 1, 0, 2), (100, 2, 1, 3), (100, 3, 1, 4), (100, 4, None, 5)]
    quantities = [(row["quantity_dropped"], row["quantity_destroyed"]) for row in rows["kill_items"].values()]
    assert quantities == [(2**40, 0), (0, 0), (3, 0), (0, 4), (0, 0)]
    assert [rows["kills_fact"][(100,)][name] for name in ("item_count", "items")] == [5, items]


@pytest.mark.parametrize(
    ("value", "isk", "cents"),
    [
        (0.5, 1, "0.50"),
        (2.5, 3, "2.50"),  # half to even would be 2
        (2.4949, 2, "2.49"),
        (100.005, 100, "100.01"),  # its binary float is a little less
        (Decimal("0.125"), 0, "0.13"),
        (3375084389.45, 3375084389, "3375084389.45"),
        (0, 0, "0.00"),
    ],
)
def test_isk_is_rounded_half_up(value: float, isk: int, cents: str) -> None:
    zkb = {"totalValue": value, "fittedValue": value, "droppedValue": value, "destroyedValue": value}
    fact = rows_of(BODY, zkb=zkb)["kills_fact"][(100,)]
    assert (fact["total_value"], type(fact["total_value"]), fact["value_source"]) == (isk, int, "zkb")
    assert {str(fact[name]) for name in ("fitted_value", "dropped_value", "destroyed_value")} == {cents}
    assert (fact["points"], fact["points_source"]) == (None, None)


def test_what_zkb_says_is_taken_over() -> None:
    flags = {"npc": False, "solo": True, "awox": False}
    body = changed(lambda body: body["victim"].update(position={"x": 1, "y": -2.5, "z": 1e15}))
    fact = rows_of(body, zkb={**flags, "points": 13, "labels": ["pvp"], "locationID": 2**40})["kills_fact"][(100,)]
    assert {name: fact[name] for name in flags} == flags
    assert (fact["points"], fact["points_source"], fact["labels"], fact["location_id"]) == (13, "zkb", ["pvp"], 2**40)
    assert (fact["total_value"], fact["value_source"]) == (None, None)
    assert [repr(fact[f"position_{axis}"]) for axis in "xyz"] == ["1.0", "-2.5", "1000000000000000.0"]


def sighting(killmail_id: int, at: str, corporation_id: int | None, alliance_id: int | None) -> Json:
    """Return a kill at `at` o'clock in which PILOT attacks for that corporation and alliance."""
    body = changed() | {"killmail_id": killmail_id, "killmail_time": f"2021-11-29T{at}:00Z"}
    body["attackers"][0] |= {"corporation_id": corporation_id, "alliance_id": alliance_id}
    return body


def test_affiliations_are_those_of_the_latest_kill() -> None:
    first, last = datetime(2021, 11, 29, 1, tzinfo=UTC), datetime(2021, 11, 29, 3, tzinfo=UTC)
    bodies = [sighting(3, "03:00", 7, None), sighting(1, "01:00", 8, 9), sighting(2, "02:00", 7, 9)]
    rows = rows_of(*bodies)
    seen = {"first_seen": first, "last_seen": last}
    assert rows["characters"][(PILOT,)] == {"corporation_id": 7, "alliance_id": None, **seen}
    assert rows["corporations"][(7,)] == {"alliance_id": None, "first_seen": first.replace(hour=2), "last_seen": last}
    assert rows["corporations"][(8,)] == {"alliance_id": 9, "first_seen": first, "last_seen": first}
    assert rows["alliances"] == {(9,): {"first_seen": first, "last_seen": first.replace(hour=2)}}
    assert rows == rows_of(*reversed(bodies))


def test_a_tie_on_time_goes_to_the_greatest_ids() -> None:
    tied = [sighting(1, "01:00", 7, 9), sighting(2, "01:00", 8, None), sighting(3, "01:00", 8, 5)]
    rows = rows_of(*tied)
    assert list(rows["characters"][(PILOT,)].values())[:2] == [8, 5]
    assert rows["corporations"][(8,)]["alliance_id"] == 5


def test_the_same_kill_twice_is_one_and_two_different_ones_are_refused() -> None:
    assert rows_of(BODY, changed() | {"http_last_modified": "2021-12-03T12:37:00Z"}) == rows_of(BODY)
    with pytest.raises(ValueError, match="Kill 100 was given twice"):
        rows_of(BODY, changed() | {"solar_system_id": 1})


def test_the_hash_is_that_of_the_text_spelled_out() -> None:
    assert oracle.killmail_hash_of(BODY) == HASH
    npc = changed(lambda body: (body["victim"].pop("character_id"), body["attackers"][0].update(character_id=0)))
    text = b"NoneNone587132826628960000000"
    assert oracle.killmail_hash_of(npc) == hashlib.sha1(text, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda body: None, None),
        (lambda body: body.update(killmail_hash=HASH, unheard_of={"\0": "\ud800"}), None),
        (lambda body: body["victim"].update(damage_taken=-(2**40), items=[item(34)]), None),
        (lambda body: body["attackers"].append({**body["attackers"][0], "final_blow": False}), None),
        (lambda body: body.update(killmail_time=1638189296), "unreadable"),
        (lambda body: body.update(killmail_time="yesterday"), "unreadable"),
        (lambda body: body.update(killmail_time="9999-12-31T23:59:59-12:00"), "unreadable"),
        (lambda body: body.update(solar_system_id=2**31), "unreadable"),
        (lambda body: body.update(war_id=2**63), "unreadable"),
        (lambda body: body["attackers"][0].update(final_blow=1), "unreadable"),
        (lambda body: body["victim"].update(position={"x": 10**400, "y": 0, "z": 0}), "unreadable"),
        (lambda body: body["victim"].update(items=[{**item(34), "note": "\0"}]), "unreadable"),
        (lambda body: body["victim"].update(items=[{**item(34), "note": "\ud800"}]), "unreadable"),
        (lambda body: body.pop("killmail_id"), "missing_field"),
        (lambda body: body.update(killmail_id=0), "missing_field"),
        (lambda body: body.pop("killmail_time"), "missing_field"),
        (lambda body: body["attackers"][0].pop("final_blow"), "missing_field"),
        (lambda body: body["victim"].update(items=[item(34, {"flag": 5, "singleton": 0})]), "missing_field"),
        (lambda body: body.update(killmail_id=101), "id_mismatch"),
        (lambda body: body.update(killmail_hash="0" * 40), "hash_mismatch"),
        (lambda body: body.update(killmail_time="2021-11-29T12:34:57Z"), "hash_mismatch"),
        (lambda body: body["victim"].update(character_id=OTHER), "hash_mismatch"),
        (lambda body: body["attackers"].append(body["attackers"][0]), "several_final_blows"),
        (lambda body: body["victim"].update(alliance_id=-1), "negative_id"),
        (lambda body: body["victim"].update(items=[item(34, item(-35))]), "negative_id"),
    ],
)
def test_quarantine(change: Callable[[Json], object], reason: str | None) -> None:
    text = json.dumps(changed(change)).encode()
    assert oracle.quarantine_reason(text, 100, HASH, NOW) == reason


NO_KILLMAILS = [b"", b"<html>", b"[]", b"null", b"\xff{}", b'{"a": NaN}', b'{"a": 1e400}', b"[" * 100_000, b'{"a": 1']


@pytest.mark.parametrize("text", NO_KILLMAILS)
def test_what_is_no_killmail_is_unreadable(text: bytes) -> None:
    assert oracle.quarantine_reasons(text, 100, HASH, NOW) == ["unreadable"]


def test_the_other_reasons_and_their_order() -> None:
    text = json.dumps(BODY).encode()
    assert oracle.quarantine_reason(text, None, None, NOW) is None
    assert oracle.quarantine_reason(text, 100, "", NOW) == "hash_mismatch"
    assert oracle.quarantine_reason(text, 100, oracle.CCP_VERIFIED, NOW) is None
    assert oracle.quarantine_reason(text, 100, HASH, NOON.replace(minute=24, second=55)) == "future_time"
    assert oracle.quarantine_reason(text, 100, HASH, NOON.replace(minute=24)) is None
    lonely = json.dumps(changed(lambda body: body.update(attackers=[], war_id=-1))).encode()
    assert oracle.quarantine_reason(lonely, 100, oracle.CCP_VERIFIED, NOW) == "no_attackers"
    assert oracle.quarantine_reasons(lonely, 101, HASH, NOW) == [*oracle.REASONS[2:5], "negative_id"]


@realdata.needs_realdata
def test_real_kills_are_good_and_their_hash_holds() -> None:
    kills = [*realdata.edge_cases(), *realdata.corpus(), *realdata.ccp_verified()]
    assert len(kills) == 331 + 106 + 2
    for kill in kills:
        killmail_id, stated = kill.body["killmail_id"], kill.body["killmail_hash"]
        assert oracle.quarantine_reason(kill.text, killmail_id, stated, NOW) is None
        assert stated in (oracle.CCP_VERIFIED, oracle.killmail_hash_of(kill.body))


@realdata.needs_days
@pytest.mark.parametrize(("day", "count"), [("2021-11-29", 10_831), ("2021-12-02", 10_938)])
def test_the_hash_holds_for_a_whole_day(day: str, count: int) -> None:
    hashes = [(kill.body["killmail_hash"], oracle.killmail_hash_of(kill.body)) for kill in realdata.day_archive(day)]
    assert len(hashes) == count
    assert [pair for pair in hashes if pair[0] != pair[1]] == []


@realdata.needs_realdata
def test_the_hash_holds_for_real_packages() -> None:
    packages = list(realdata.zkb_packages())
    assert len(packages) == 13
    whole = [package for package in packages if package.body]
    assert len(whole) == 9
    for package in whole:
        assert oracle.killmail_hash_of(package.body or {}) == package.killmail_hash


@realdata.needs_realdata
def test_the_oracle_finds_what_the_edge_cases_are_tagged_with() -> None:
    nested, both = set(), set()
    for kill in realdata.edge_cases():
        rows = rows_of(kill.body)
        nested |= {key[0] for key, row in rows["kill_items"].items() if row["parent_index"] is not None}
        attackers = {(key[0], row["character_id"]) for key, row in rows["kill_attackers"].items()}
        both |= {key[0] for key, row in rows["kill_characters"].items() if key in attackers and row["role"] == "victim"}
    tags = realdata.edge_case_tags()
    assert both == {number for number, names in tags.items() if "victim_is_attacker" in names}
    assert nested >= {number for number, names in tags.items() if "nested_items" in names}


@pytest.fixture
def core(postgres: EmbeddedPostgres, warehouse: Warehouse) -> Iterator[Connection]:
    """Yield a connection to an empty, migrated warehouse of the test's own."""
    connection = psycopg2.connect(postgres.dsn(warehouse.schema))
    yield connection
    connection.close()


ZKB = {"totalValue": 10.5, "droppedValue": 0.005, "points": 2, "npc": False, "labels": ["pvp", "#:1"]}
STACKS = [item(34, item(35, quantity_dropped=1)), item(36) | {"odd": [0.1, 1e3, True, None, "é"]}]


def some_rows() -> Tables:
    """Return the expected rows of one kill that has something in every table."""
    more = {"alliance_id": ALLIANCE, "position": {"x": 1.1, "y": -0.3, "z": 3e17}, "items": STACKS}
    return rows_of(changed(lambda body: body["victim"].update(more)), zkb=ZKB)


def write(connection: Connection, tables: Tables) -> None:
    """Insert expected rows into core as they are."""
    connection.cursor().execute(
        "SELECT core.make_ranges(array(SELECT DISTINCT core.range_of(id) FROM unnest(%s) AS id))",
        ([killmail_id for (killmail_id,) in tables["kills_fact"]],),
    )
    for table, (keys, _) in oracle.TABLES.items():
        rows = [dict(zip(keys, key, strict=True)) | row for key, row in tables[table].items()]
        generated = oracle.MERGED if table == "kills_fact" else ("day", "hour")
        rows = [{name: value for name, value in row.items() if name not in generated} for row in rows]
        records = [[extras.Json(value) if name == "items" else value for name, value in row.items()] for row in rows]
        extras.execute_values(
            connection.cursor(), f"INSERT INTO core.{table} ({', '.join(rows[0])}) VALUES %s", records
        )


def test_no_differences_where_core_is_as_expected(core: Connection) -> None:
    write(core, some_rows())
    assert oracle.differences(some_rows(), core) == []


@realdata.needs_realdata
def test_no_differences_for_real_kills(core: Connection) -> None:
    rows = oracle.expected((kill.body, kill.body["killmail_hash"], ZKB, "everef") for kill in realdata.corpus())
    write(core, rows)
    assert oracle.differences(rows, core) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("zkb_dropped_value = 0", "zkb_dropped_value: expected Decimal('0.01'), found Decimal('0.00')"),
        ("position_x = 1.1000000000000003", "position_x: expected 1.1, found 1.1000000000000003"),
        (
            "kill_time = '2021-11-29 12:34:55Z'",
            f"kill_time: expected {NOON.isoformat()}, found 2021-11-29T12:34:55+00:00",
        ),
        ("labels = '{}'", "labels: expected ['pvp', '#:1'], found []"),
        ("zkb_npc = NULL", "zkb_npc: expected False, found None"),
        ("items = jsonb_set(items, '{1,odd,2}', '1')", "items: expected "),  # true is not 1
    ],
)
def test_a_difference_names_its_cell(core: Connection, change: str, line: str) -> None:
    write(core, some_rows())
    core.cursor().execute(f"UPDATE core.kills_fact SET {change}")
    column = change.partition(" ")[0]
    generated = {f"kills_fact.{name}" for name in oracle.MERGED}
    [found] = oracle.differences(some_rows(), core, ignore=generated)
    assert found.startswith(f"core.kills_fact (100,).{line}")
    assert oracle.differences(some_rows(), core, ignore={f"kills_fact.{column}", *generated}) == []
    seen = oracle.differences(some_rows(), core, ignore={f"kills_fact.{column}"})
    assert len(seen) == column.startswith("zkb_")  # what readers use of it differs with it


def test_decimals_in_items_are_compared_exactly(core: Connection) -> None:
    rows = some_rows()
    write(core, rows)
    core.cursor().execute("UPDATE core.kills_fact SET items = '[0.10000000000000000001]'")
    for number, count in (("0.10000000000000000001", 0), ("0.1", 1)):
        rows["kills_fact"][(100,)]["items"] = [Decimal(number)]
        assert len(oracle.differences(rows, core)) == count


def test_rows_and_types_differ_too(core: Connection) -> None:
    write(core, some_rows())
    core.cursor().execute(
        """SET timezone = 'UTC';
        DROP VIEW core.attackers_fact, core.attackers_named, core.items_named, core.entities_named CASCADE;
        DROP SCHEMA legacy, mart CASCADE;
        ALTER TABLE core.kill_attackers ALTER security_status TYPE numeric;
        ALTER TABLE core.kill_items ALTER quantity_dropped TYPE float;
        ALTER TABLE core.alliances ALTER last_seen TYPE timestamp;
        INSERT INTO core.alliances VALUES (1, 'extra', now(), now());
        DELETE FROM core.kill_items WHERE item_index <> 1"""
    )
    assert oracle.differences(some_rows(), core) == [
        "core.kill_attackers (100, 0).security_status: expected 5.0, found Decimal('5')",
        "core.kill_items (100, 1).quantity_dropped: expected 1, found 1.0",
        "core.kill_items (100, 0): expected a row, found no row",
        "core.kill_items (100, 2): expected a row, found no row",
        f"core.alliances ({ALLIANCE},).last_seen: expected {NOON.isoformat()}, "
        "found 2021-11-29 12:34:56 without a time zone",
        "core.alliances (1,): expected no row, found a row",
    ]


def test_many_differences_are_cut_and_counted(core: Connection) -> None:
    *lines, last = oracle.differences(some_rows(), core, limit=3)
    assert len(lines) == 3
    assert last.startswith("… 15 differences in all: core.kills_fact 1, core.kill_victims 1, core.kill_attackers 1")
